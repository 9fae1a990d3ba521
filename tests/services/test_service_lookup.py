"""How a typed class is found: by entry points, which foreign wheels have too."""

import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import opendal
import pytest
from opendal import services
from opendal_fs_service import SERVICE, FsAsyncOperator, FsOperator
from opendal_s3_service import S3AsyncOperator, S3Operator

Install = Callable[..., None]


def forget() -> None:
    services._load.cache_clear()
    services._entry_points.cache_clear()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a pretended wheel: a module, and the entry points that name it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def install(module: str, source: str, **schemes: str) -> None:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        metadata = tmp_path / f"{module}-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Name: {module}\nVersion: 1\n")
        lines = [f"{scheme} = {module}:{name}" for scheme, name in schemes.items()]
        (metadata / "entry_points.txt").write_text("\n".join(["[opendal.services]", *lines]))
        forget()

    yield install
    forget()
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize("scheme", ["fs", "FS", "file", "File"])
def test_a_scheme_or_alias_in_any_case_finds_its_service(scheme: str) -> None:
    assert services._find(scheme) is SERVICE


@pytest.mark.parametrize("scheme", ["memory", "nonesuch", ""])
def test_no_wheel_is_no_service(scheme: str) -> None:
    assert services._find(scheme) is None


def test_from_uri_gives_the_typed_class(tmp_path: Path) -> None:
    uri = f"fs://{tmp_path}"
    assert type(opendal.Operator.from_uri(uri)) is FsOperator
    assert type(opendal.AsyncOperator.from_uri(uri)) is FsAsyncOperator
    assert type(opendal.Operator.from_uri("memory://")) is opendal.Operator


def test_from_config_gives_the_typed_class() -> None:
    config = {"scheme": "s3", "bucket": "photos", "region": "eu-central-1"}
    assert type(opendal.Operator.from_config(config)) is S3Operator
    assert type(opendal.AsyncOperator.from_config(config)) is S3AsyncOperator


def test_a_typed_class_refuses_a_foreign_scheme(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fs"):
        S3Operator.from_uri(f"fs://{tmp_path}")


def test_a_foreign_wheel_is_found(install: Install) -> None:
    install(
        "acme_service",
        """
        from opendal.operator import AsyncOperator, Operator
        from opendal.services import Service

        class AcmeOperator(Operator):
            schemes = ("acme-store",)
            def __init__(self) -> None:
                super().__init__("memory")

        class AcmeAsyncOperator(AsyncOperator):
            schemes = ("acme-store",)
            def __init__(self) -> None:
                super().__init__("memory")

        SERVICE = Service(AcmeOperator, AcmeAsyncOperator, ("acme-store",))
        """,
        **{"acme-store": "SERVICE"},
    )
    found = services._find("ACME_Store")
    assert found is not None
    assert found.operator.__name__ == "AcmeOperator"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('no\\nluck')", "RuntimeError: no$"),
        ("import module_that_is_not_there", "ModuleNotFoundError: .*module_that_is_not_there"),
        ("other = 1", "AttributeError: .*SERVICE"),
        ("SERVICE = 1", "TypeError: it is a int"),
        (
            "from opendal_fs_service import SERVICE",
            "ValueError: the scheme 'broken' is not one of its own",
        ),
        (
            "from opendal.services import Service\nSERVICE = Service(int, int, ('broken',))",
            "TypeError: <class 'int'> is no subclass of Operator",
        ),
    ],
)
def test_a_broken_wheel_warns_and_is_skipped(install: Install, source: str, reason: str) -> None:
    install("broken_service", source, broken="SERVICE")
    prefix = r"the service 'broken' of broken_service \(broken_service:SERVICE\) is skipped: "
    with pytest.warns(RuntimeWarning, match=prefix + reason):
        assert services._find("broken") is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert services._find("broken") is None, "it warns once"


def test_a_broken_wheel_does_not_hide_a_sound_one(install: Install) -> None:
    install("broken_service", "SERVICE = 1", fs="SERVICE")
    with pytest.warns(RuntimeWarning, match="broken_service"):
        assert services._find("fs") is SERVICE
