"""Every service that is compiled in can be made by its name, from options alone."""

import socket
import threading

import opendal
import pytest
from least import LEAST
from opendal.exceptions import ConfigInvalid, Error
from suite import CAPABILITIES, assert_can_what_the_table_says


def test_every_scheme_is_here() -> None:
    assert sorted(LEAST) == opendal.schemes()
    assert len(LEAST) >= 40


@pytest.mark.parametrize("scheme", LEAST)
def test_a_service_is_made_from_its_options(scheme: str) -> None:
    op = opendal.Operator(scheme, **LEAST[scheme])
    assert op.scheme == scheme
    shown = repr(op) + str(op)
    assert "hush" not in shown


@pytest.mark.parametrize("scheme", LEAST)
def test_a_service_can_do_what_the_table_says(scheme: str) -> None:
    assert_can_what_the_table_says(opendal.Operator(scheme, **LEAST[scheme]), scheme)


@pytest.mark.parametrize(
    ("scheme", "option", "value", "ability"),
    [
        ("azblob", "sas_token", "sv=1&sig=hush", "presign_read"),
        ("s3", "enable_write_with_append", True, "write_can_append"),
        ("swift", "temp_url_key", "hush", "presign_read"),
        ("webhdfs", "atomic_write_dir", "/tmp", "write_can_multi"),
    ],
)
def test_an_option_brings_what_the_table_says_that_it_may(
    scheme: str, option: str, value: object, ability: str
) -> None:
    assert ability in CAPABILITIES[scheme]["may"]
    assert not getattr(opendal.Operator(scheme, **LEAST[scheme]).capability(), ability)
    op = opendal.Operator(scheme, **LEAST[scheme], **{option: value})
    assert getattr(op.capability(), ability)


@pytest.mark.parametrize("scheme", LEAST)
def test_without_options_it_is_made_or_says_what_is_missing(scheme: str) -> None:
    found: opendal.Operator | ConfigInvalid
    try:
        found = opendal.Operator(scheme)
    except ConfigInvalid as error:
        found = error
    text = str(found)
    assert scheme in text
    assert "\n" not in text
    assert isinstance(found, (opendal.Operator, ValueError))


TOKENS = [
    (scheme, name) for scheme, least in LEAST.items() for name in least if name.endswith("token")
]


@pytest.mark.parametrize(("scheme", "name"), TOKENS)
@pytest.mark.parametrize("token", ["hush\n", "hush\r\nX: y", "hush\0", "h\u00fcsh"])
def test_a_token_is_what_a_header_can_hold(scheme: str, name: str, token: str) -> None:
    """Some services panicked at their first request."""
    with pytest.raises(ConfigInvalid, match=f"option '{name}'") as caught:
        opendal.Operator(scheme, **{**LEAST[scheme], name: token})
    assert token.strip() not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["redis", "memcached"])
@pytest.mark.parametrize("size", [0, "0", "00"])
def test_a_pool_has_room(scheme: str, size: int | str) -> None:
    """The core panicked."""
    with pytest.raises(ConfigInvalid, match="connection_pool_max_size"):
        opendal.Operator(scheme, **LEAST[scheme], connection_pool_max_size=size)
    opendal.Operator(scheme, **LEAST[scheme], connection_pool_max_size=1)


@pytest.mark.parametrize("scheme", ["rediss", "ftps"])
def test_a_service_other_than_http_speaks_tls(scheme: str) -> None:
    """Two cryptographic providers in one module would make the first handshake panic."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(20)
                if scheme == "ftps":
                    connection.sendall(b"220 ready\r\n")
                    connection.recv(100)
                    connection.sendall(b"234 go ahead\r\n")
                heard.append(connection.recv(1))

        thread = threading.Thread(target=answer)
        thread.start()
        endpoint = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(Error):
            opendal.Operator(scheme, endpoint=endpoint).read("a")
        thread.join(30)
    assert heard == [b"\x16"], "no handshake was begun"
