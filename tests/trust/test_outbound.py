"""Whatever staff type in, the product does not knock at its own network: HTTP, SMTP and IMAP alike."""

from __future__ import annotations

import ast
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from channels_app.providers import address_guard, http
from channels_app.providers.base import ProviderError
from channels_app.providers.email import connections

_PROVIDERS = Path(address_guard.__file__).parent
INSIDE = [
    "127.0.0.1",
    "10.0.0.5",
    "169.254.169.254",
    "::1",
    "::ffff:10.0.0.5",
    "fe80::1",
    "localhost",
    "0x7f000001",
]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mail_server_inside_is_refused(host: str, security: str) -> None:
    with pytest.raises(ProviderError) as refused:
        connections.open_socket(host, 993, security=security, timeout=1)
    assert refused.value.code in ("address_refused", "dns")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "169.254.169.254"])
def test_a_web_address_inside_is_refused(host: str) -> None:
    with pytest.raises(ProviderError) as refused:
        http.request("POST", f"https://{host}/hook", timeout=1)
    assert refused.value.code == "address_refused"


def _switching(second: str) -> Callable[..., Any]:
    """A name server that names a public address first and an inside one at every later question."""
    answers = iter(["93.184.216.34"])

    def resolve(host: str, port: int, **_options: Any) -> Any:
        address = next(answers, second)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    return resolve


def test_a_name_that_changes_its_address_gains_nothing(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: what is connected to is what was judged, so the inside address is never reached."""
    port = listener.getsockname()[1]
    reached: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", _switching("127.0.0.1"))
    monkeypatch.setattr(
        socket.socket,
        "connect",
        lambda self, address: reached.append(address) or (_ for _ in ()).throw(OSError()),
    )
    with pytest.raises(ProviderError):
        connections.open_socket("mail.example", port, security="tls", timeout=1)
    assert {address[0] for address in reached} == {"93.184.216.34"}
    with pytest.raises(TimeoutError):
        listener.accept()


def test_a_redirect_to_the_inside_is_not_followed(
    httpserver: HTTPServer, settings: Any, listener: socket.socket
) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = [f"{httpserver.host}:{httpserver.port}"]
    port = listener.getsockname()[1]
    httpserver.expect_request("/hook").respond_with_response(
        Response(status=302, headers={"Location": f"http://127.0.0.1:{port}/"})
    )
    answer = http.request("POST", httpserver.url_for("/hook"), timeout=2)
    assert answer.status == 302
    with pytest.raises(TimeoutError):
        listener.accept()


def test_no_provider_opens_a_connection_of_its_own() -> None:
    """Only the guard may open sockets: libraries that connect by themselves get theirs from it."""
    suspects = {"create_connection", "urlopen", "HTTPConnection", "HTTPSConnection"}
    for path in _PROVIDERS.rglob("*.py"):
        if path.name == "address_guard.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = (
                node.attr
                if isinstance(node, ast.Attribute)
                else node.id
                if isinstance(node, ast.Name)
                else ""
            )
            assert name not in suspects, (path.name, name)
