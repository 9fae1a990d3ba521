"""opendal.exceptions: what they are, what they keep, and who catches whom."""

import copy
import errno
import io
import itertools
import pickle

import pytest
from opendal import exceptions

CLASSES = [getattr(exceptions, name) for name in exceptions.__all__]
OS_ERRORS = [cls for cls in CLASSES if issubclass(cls, OSError)]

BUILTINS = {
    "AlreadyExists": (FileExistsError, errno.EEXIST),
    "ConditionNotMatch": (OSError, None),
    "ConditionalCreateFailed": (FileExistsError, errno.EEXIST),
    "ConfigInvalid": (ValueError, None),
    "Conflict": (OSError, errno.EBUSY),
    "ConnectionFailed": (ConnectionError, None),
    "ConnectionRefused": (ConnectionRefusedError, errno.ECONNREFUSED),
    "Error": (Exception, None),
    "InvalidArgument": (TypeError, None),
    "InvalidState": (RuntimeError, None),
    "IsADirectory": (IsADirectoryError, errno.EISDIR),
    "IsSameFile": (OSError, errno.EINVAL),
    "NotADirectory": (NotADirectoryError, errno.ENOTDIR),
    "NotFound": (FileNotFoundError, errno.ENOENT),
    "NotInitialized": (RuntimeError, None),
    "PermissionDenied": (PermissionError, errno.EACCES),
    "RangeNotSatisfied": (ValueError, None),
    "RateLimited": (OSError, errno.EBUSY),
    "Timeout": (TimeoutError, errno.ETIMEDOUT),
    "Unexpected": (OSError, errno.EIO),
    "Unsupported": (io.UnsupportedOperation, errno.ENOTSUP),
}

# The names that code written for Apache's package catches. There they are unrelated classes.
APACHE = [
    "Unexpected",
    "Unsupported",
    "ConfigInvalid",
    "NotFound",
    "PermissionDenied",
    "IsADirectory",
    "NotADirectory",
    "AlreadyExists",
    "IsSameFile",
    "ConditionNotMatch",
    "RateLimited",
    "RangeNotSatisfied",
    "Conflict",
]

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle{protocol}": lambda error, protocol=protocol: pickle.loads(
            pickle.dumps(error, protocol)
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.fixture(params=WAYS)
def travel(request):
    return WAYS[request.param]


class NoBucket(exceptions.NotFound):
    """What a user derives: another __init__, an own attribute."""

    def __init__(self, bucket: str, key: str) -> None:
        super().__init__(f"{bucket} has no {key}", path=key, scheme="s3")
        self.bucket = bucket


class Quiet(exceptions.Error):
    """A subclass that forgets to call the __init__ of its base."""

    def __init__(self) -> None:
        pass


def test_the_module_exports_exception_classes_only():
    public = [name for name in dir(exceptions) if not name.startswith("_")]
    assert sorted(public) == sorted(exceptions.__all__) == sorted(BUILTINS)
    for name in public:
        cls = getattr(exceptions, name)
        assert issubclass(cls, exceptions.Error)
        assert cls.__module__ == "opendal.exceptions"
        assert cls.__doc__


@pytest.mark.parametrize("name", BUILTINS)
def test_each_is_the_builtin_that_people_catch(name):
    cls = getattr(exceptions, name)
    builtin, number = BUILTINS[name]
    assert cls.kind == name
    with pytest.raises(builtin, match="it broke") as caught:
        raise cls("it broke")
    error = caught.value
    assert isinstance(error, exceptions.Error)
    assert getattr(error, "errno", None) == number
    # What Python itself raises for this number must not be another class.
    if number not in (None, errno.EIO, errno.EBUSY, errno.EINVAL, errno.ENOTSUP):
        assert type(OSError(number, "")) is builtin


def test_unsupported_is_all_that_people_catch_for_it():
    for builtin in (OSError, ValueError, NotImplementedError):
        assert issubclass(exceptions.Unsupported, builtin)


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(APACHE, 2)))
def test_siblings_do_not_catch_each_other(one, other):
    assert not issubclass(getattr(exceptions, one), getattr(exceptions, other))


def test_the_finer_classes():
    assert issubclass(exceptions.Timeout, exceptions.Unexpected)
    assert issubclass(exceptions.ConnectionRefused, exceptions.ConnectionFailed)
    assert issubclass(exceptions.ConnectionFailed, exceptions.Unexpected)
    assert issubclass(exceptions.ConditionalCreateFailed, exceptions.ConditionNotMatch)
    assert not issubclass(exceptions.ConditionalCreateFailed, exceptions.AlreadyExists)


@pytest.mark.parametrize("cls", CLASSES)
def test_one_string_or_nothing(cls):
    assert str(cls("gone")) == "gone"
    assert cls("gone").args == ("gone",)
    assert str(cls()) == ""
    assert cls().args == ()
    for error in (cls(), cls("gone")):
        assert (error.operation, error.path, error.scheme, error.temporary) == (
            None,
            None,
            None,
            False,
        )


@pytest.mark.parametrize("cls", CLASSES)
def test_attributes(cls):
    error = cls("gone", operation="read", path="a/b", scheme="s3", temporary=True, errno=5)
    assert str(error) == error.message == "gone"
    assert (error.operation, error.path, error.scheme) == ("read", "a/b", "s3")
    assert error.temporary is True
    assert error.errno == 5


@pytest.mark.parametrize("cls", OS_ERRORS)
def test_the_layout_of_an_oserror(cls):
    error = cls("gone", path="a/b")
    assert error.filename == "a/b"
    assert error.strerror == "gone"
    assert error.filename2 is None
    # Not "[Errno 2] gone: 'a/b'".
    assert str(error) == "gone"
    assert cls(path="a/b").strerror is None


@pytest.mark.parametrize("cls", CLASSES)
def test_wrong_calls_are_refused(cls):
    with pytest.raises(TypeError, match="positional"):
        cls(2, "No such file", "a/b")
    with pytest.raises(TypeError, match="bogus"):
        cls("gone", bogus=1)


def test_str_is_one_line():
    assert str(exceptions.Unexpected("first\nsecond\r\nthird")) == "first second third"
    assert exceptions.Unexpected("first\nsecond").message == "first\nsecond"


def test_repr_says_what_is_known():
    error = exceptions.NotFound("gone", operation="read", path="a/b", scheme="s3")
    assert repr(error) == "NotFound('gone', operation='read', path='a/b', scheme='s3')"
    assert repr(exceptions.Timeout("slow", temporary=True)) == "Timeout('slow', temporary=True)"
    assert repr(exceptions.Unexpected("full", errno=28)) == "Unexpected('full', errno=28)"
    assert repr(exceptions.Error()) == "Error()"
    assert repr(NoBucket("b", "k")) == "NoBucket('b has no k', path='k', scheme='s3')"


@pytest.mark.parametrize("cls", CLASSES)
def test_everything_travels(cls, travel):
    error = cls("gone", operation="read", path="a/b", scheme="s3", temporary=True, errno=5)
    error.failed = ["a/b"]
    error.add_note("the third try")
    back = travel(error)
    assert type(back) is cls
    assert back is not error
    assert back.args == error.args == ("gone",)
    assert vars(back) == vars(error)
    assert back.__notes__ == ["the third try"]
    assert (str(back), repr(back), back.errno) == (str(error), repr(error), 5)
    if isinstance(error, OSError):
        assert (back.strerror, back.filename, back.filename2) == ("gone", "a/b", None)


def test_what_was_changed_later_travels(travel):
    error = exceptions.NotFound("gone", path="a")
    error.filename, error.filename2, error.strerror = "x", "y", "changed"
    back = travel(error)
    assert (back.filename, back.filename2, back.strerror) == ("x", "y", "changed")
    assert (back.path, str(back)) == ("a", "gone")


def test_a_subclass_with_another_init_travels(travel):
    back = travel(NoBucket("photos", "cat.jpg"))
    assert type(back) is NoBucket
    assert (back.bucket, back.path, back.kind) == ("photos", "cat.jpg", "NotFound")
    assert str(back) == "photos has no cat.jpg"
    assert back.errno == errno.ENOENT


def test_a_subclass_that_calls_no_init(travel):
    for error in (Quiet(), travel(Quiet())):
        assert (str(error), repr(error), error.kind) == ("", "Quiet()", "Error")


def test_copies_do_not_share_their_notes():
    error = exceptions.NotFound("gone")
    error.add_note("one")
    back = copy.deepcopy(error)
    back.add_note("two")
    assert error.__notes__ == ["one"]


def test_cause_and_traceback_stay_as_with_any_exception(travel):
    try:
        try:
            {}["inner"]
        except KeyError as inner:
            raise exceptions.NotFound("outer") from inner
    except exceptions.NotFound as caught:
        error = caught
    plain = travel(ValueError("plain"))
    back = travel(error)
    assert isinstance(error.__cause__, KeyError)
    assert error.__suppress_context__
    for name in ("__cause__", "__context__", "__traceback__", "__suppress_context__"):
        assert getattr(back, name) == getattr(plain, name)


def test_groups_split_by_class():
    group = ExceptionGroup("many", [exceptions.NotFound("a"), exceptions.Timeout("b")])
    found, rest = group.split(FileNotFoundError)
    assert [str(error) for error in found.exceptions] == ["a"]
    assert [str(error) for error in rest.exceptions] == ["b"]
