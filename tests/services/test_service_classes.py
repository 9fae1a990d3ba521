"""What a service wheel offers: its classes, their constructors, the object of its entry point."""

import dataclasses
import inspect
from importlib import import_module
from importlib.metadata import entry_points, requires
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import opendal
import pytest
from opendal import config
from opendal.services import Scheme, Service

# The wheels, and by what other schemes people know their services.
WHEELS = {
    "azblob": ("az", "azure", "wasb", "wasbs"),
    "azdls": ("abfs", "abfss"),
    "azfile": (),
    "b2": (),
    "cos": ("cosn",),
    "dropbox": (),
    "etcd": (),
    "fs": ("file",),
    "ftp": ("ftps",),
    "gcs": ("gs",),
    "gdrive": (),
    "http": ("https",),
    "memcached": (),
    "mysql": ("mariadb",),
    "obs": (),
    "onedrive": (),
    "oss": (),
    "postgresql": ("postgres",),
    "redis": ("rediss",),
    "s3": ("s3a", "s3n"),
    "sftp": (),
    "sqlite": (),
    "swift": (),
    "webdav": (),
    "webhdfs": (),
}


@pytest.fixture(params=sorted(WHEELS))
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def wheel(scheme: str) -> ModuleType:
    return import_module(f"opendal_{scheme}_service")


@pytest.fixture(params=["operator", "async_operator"])
def cls(request: pytest.FixtureRequest, wheel: ModuleType) -> Any:
    return getattr(wheel.SERVICE, request.param)


def test_every_wheel_is_here() -> None:
    folders = (Path(__file__).parents[2] / "python" / "services").iterdir()
    assert set(WHEELS) == {folder.name for folder in folders}


def test_service_names_both_classes(scheme: str, wheel: ModuleType) -> None:
    service = wheel.SERVICE
    assert isinstance(service, Service)
    assert service.operator.__name__ == f"{scheme.capitalize()}Operator"
    assert service.async_operator.__name__ == f"{scheme.capitalize()}AsyncOperator"
    assert issubclass(service.operator, opendal.Operator)
    assert issubclass(service.async_operator, opendal.AsyncOperator)
    assert service.schemes == (scheme, *WHEELS[scheme])


def test_service_is_frozen(wheel: ModuleType) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        wheel.SERVICE.schemes = ()


def test_everything_public_is_there(scheme: str, wheel: ModuleType) -> None:
    ends = ["AsyncOperator", "Operator", "PyAsyncOperator", "PyOperator"]
    assert set(wheel.__all__) == {"SERVICE", *(scheme.capitalize() + end for end in ends)}
    assert getattr(wheel, f"{scheme.capitalize()}PyOperator") is wheel.SERVICE.operator
    assert getattr(wheel, f"{scheme.capitalize()}PyAsyncOperator") is wheel.SERVICE.async_operator


def test_the_classes_are_twins(wheel: ModuleType) -> None:
    service = wheel.SERVICE
    assert service.operator.twin is service.async_operator
    assert service.async_operator.twin is service.operator
    assert service.operator.schemes == service.async_operator.schemes == service.schemes


def test_the_public_module_re_exports_the_wheel(scheme: str, wheel: ModuleType) -> None:
    module = import_module(f"opendal.services.{scheme}")
    assert set(module.__all__) == set(wheel.__all__) - {"SERVICE"}
    for name in module.__all__:
        assert getattr(module, name) is getattr(wheel, name)


def test_entry_points_name_the_service(scheme: str, wheel: ModuleType) -> None:
    for name in (scheme, *WHEELS[scheme]):
        (entry_point,) = entry_points(group="opendal.services", name=name)
        assert entry_point.load() is wheel.SERVICE


def test_the_wheel_needs_the_core_only(scheme: str) -> None:
    requirements = requires(f"opendal-{scheme}-service") or []
    assert [requirement[:7] for requirement in requirements] == ["opendal"]


def test_keywords_are_those_of_the_configuration(scheme: str, cls: Any) -> None:
    typed_dict = getattr(config, f"{scheme.capitalize()}Config")
    signature = inspect.signature(cls.__init__)
    parameters = {name: each for name, each in signature.parameters.items() if name != "self"}
    hints = get_type_hints(typed_dict)
    assert get_args(hints.pop("scheme")) == (scheme,)
    assert {name: each.annotation for name, each in parameters.items()} == hints
    for name, parameter in parameters.items():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, name
        assert parameter.default is not inspect.Parameter.empty, name
        if parameter.default is None:
            assert type(None) in get_args(parameter.annotation), name
        else:
            assert isinstance(parameter.default, parameter.annotation), name


def test_every_keyword_is_described(cls: Any) -> None:
    text = inspect.getdoc(cls.__init__) or ""
    for name in inspect.signature(cls.__init__).parameters:
        assert name == "self" or f"    {name}: " in text
    assert "Raises:" in text
    assert "Example:" in (inspect.getdoc(cls) or "")


def test_deprecated_keywords_come_last_and_are_not_sent() -> None:
    wheel = import_module("opendal_s3_service")
    init = wheel.S3Operator.__init__
    names = [name for name in inspect.signature(init).parameters if name != "self"]
    documented = (inspect.getdoc(init) or "").splitlines()
    deprecated = [
        line.strip().partition(":")[0] for line in documented if ": Deprecated since " in line
    ]
    assert "allow_anonymous" in deprecated
    assert names[-len(deprecated) :] == deprecated
    for name in deprecated:
        assert inspect.signature(init).parameters[name].default is None


def test_arguments_are_keywords_only(cls: Any) -> None:
    with pytest.raises(TypeError):
        cls("/tmp")


def test_calling_a_config_gives_a_plain_dict() -> None:
    made = config.S3Config(scheme="s3", bucket="photos")
    assert type(made) is dict
    assert made == {"scheme": "s3", "bucket": "photos"}


def test_one_config_for_each_scheme() -> None:
    schemes = set()
    for each in get_args(config.ServiceConfig):
        (scheme,) = get_args(get_type_hints(each)["scheme"])
        schemes.add(scheme)
        assert each.__required_keys__ == {"scheme"}
        assert get_origin(each) is None
    assert schemes == {scheme.value for scheme in Scheme}
