"""The outgoing HTTP client, against real sockets on loopback."""

from __future__ import annotations

import gzip
import io
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request as WerkzeugRequest
from werkzeug import Response as WerkzeugResponse

from channels_app.providers import http
from channels_app.providers.base import ProviderError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(autouse=True)
def loopback_allowed(settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]


@contextmanager
def raw_server(handle: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with each connection what the test wants; yields its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=run, args=(connection,), daemon=True).start()

        def run(connection: socket.socket) -> None:
            with connection:
                try:
                    handle(connection)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            break
        received += part
    return received


def error_of(method: str, url: str, **options: Any) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        http.request(method, url, **options)
    return raised.value


def test_a_request_says_what_it_was_asked_to_say(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/echo").respond_with_handler(
        lambda request: WerkzeugResponse(
            f"{request.method} {request.args['a']} {request.headers['Authorization']} {request.get_data(as_text=True)}",
            headers={"X-Answer": "1"},
        )
    )
    response = http.request(
        "POST",
        httpserver.url_for("/echo"),
        params={"a": SecretStr("b")},
        json={"x": "é"},
        bearer=SecretStr("t"),
    )
    assert (response.status, response.ok, response.headers["x-answer"]) == (200, True, "1")
    assert response.body.decode() == 'POST b Bearer t {"x":"é"}'


def test_forms_basic_authorisation_and_files_are_sent(httpserver: HTTPServer) -> None:
    def handle(request: WerkzeugRequest) -> WerkzeugResponse:
        assert request.authorization is not None
        files = {
            name: (file.filename, file.content_type, file.read().decode())
            for name, file in request.files.items()
        }
        return WerkzeugResponse(f"{request.authorization.password} {dict(request.form)} {files}")

    httpserver.expect_request("/form").respond_with_handler(handle)
    basic = ("user", SecretStr("pass"))
    url = httpserver.url_for("/form")
    assert http.request("POST", url, basic=basic, form={"Body": "hoi"}).body == b"pass {'Body': 'hoi'} {}"
    file = ("a.pdf", io.BytesIO(b"data"), "application/pdf")
    answer = http.request("POST", url, basic=basic, form={"k": "v"}, files={"file": file})
    assert answer.body == b"pass {'k': 'v'} {'file': ('a.pdf', 'application/pdf', 'data')}"


@pytest.mark.parametrize("status", [204, 302, 404, 500])
def test_every_status_is_an_answer_and_no_redirect_is_followed(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/a").respond_with_data("", status=status, headers={"Location": "/b"})
    httpserver.expect_request("/b").respond_with_data("followed")
    response = http.request("GET", httpserver.url_for("/a"))
    assert response.status == status
    assert len(httpserver.log) == 1


def test_cookies_are_not_kept(httpserver: HTTPServer) -> None:
    seen: list[str] = []

    def handle(request: WerkzeugRequest) -> WerkzeugResponse:
        seen.append(request.headers.get("Cookie", ""))
        return WerkzeugResponse("", headers={"Set-Cookie": "brand=a; Path=/"})

    httpserver.expect_request("/").respond_with_handler(handle)
    http.request("GET", httpserver.url_for("/"))
    http.request("GET", httpserver.url_for("/"))
    assert seen == ["", ""]


def test_connections_are_reused() -> None:
    connections: list[int] = []

    def handle(connection: socket.socket) -> None:
        connections.append(1)
        while read_request(connection):
            connection.sendall(OK)

    with raw_server(handle) as base:
        assert [http.request("GET", base).body for _ in range(5)] == [b"ok"] * 5
    assert len(connections) == 1


def test_a_connection_that_the_other_side_closed_is_not_used_again() -> None:
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(OK)

    with raw_server(handle) as base:
        for _ in range(3):
            assert http.request("POST", base).body == b"ok"
            time.sleep(0.05)


def test_a_forked_process_opens_its_own_connections() -> None:
    def handle(connection: socket.socket) -> None:
        while read_request(connection):
            connection.sendall(OK)

    with raw_server(handle) as base:
        http.request("GET", base)
        before = http._client(False)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, b"same" if http._client(False) is before else b"other")
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(reader, 10) == b"other"
        os.close(reader)
        os.close(writer)


def test_nobody_listening_is_retryable() -> None:
    error = error_of("POST", "http://127.0.0.1:9/")
    assert (error.code, error.permanent, error.ambiguous) == ("connect", False, False)


@pytest.mark.parametrize(("method", "ambiguous"), [("POST", True), ("GET", False), ("PUT", False)])
def test_silence_after_the_request_is_ambiguous_unless_it_may_be_repeated(
    method: str, ambiguous: bool
) -> None:
    with raw_server(lambda connection: time.sleep(1)) as base:
        error = error_of(method, base, timeout=0.2)
    assert (error.code, error.permanent, error.ambiguous) == ("timeout", False, ambiguous)


def test_a_repeatable_post_is_never_ambiguous() -> None:
    with raw_server(lambda connection: None) as base:
        assert error_of("POST", base, repeatable=True).ambiguous is False


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"rubbish\r\n\r\n"]
)
def test_a_broken_answer_is_ambiguous(answer: bytes) -> None:
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)

    with raw_server(handle) as base:
        error = error_of("POST", base)
    assert (error.code, error.ambiguous) == ("connection_lost", True)


def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X: y\r\n")
            time.sleep(0.05)

    with raw_server(handle) as base:
        started = time.monotonic()
        error = error_of("POST", base, timeout=0.5)
    assert time.monotonic() - started < 2
    assert (error.code, error.ambiguous) == ("timeout", True)


def test_a_server_that_does_not_read_ends_at_the_deadline() -> None:
    with raw_server(lambda connection: time.sleep(3)) as base:
        started = time.monotonic()
        assert error_of("POST", base, content=b"x" * 50_000_000, timeout=0.5).code == "timeout"
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize("announced", [True, False])
def test_an_answer_that_is_too_long_is_cut_off(announced: bool) -> None:
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        length = b"Content-Length: 1000000000\r\n" if announced else b""
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with raw_server(handle) as base:
        error = error_of("GET", base, max_bytes=100_000)
    assert (error.code, error.permanent, error.ambiguous) == ("too_large", True, False)


def test_a_compressed_answer_is_measured_unpacked(httpserver: HTTPServer) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    httpserver.expect_request("/").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    assert error_of("GET", httpserver.url_for("/"), max_bytes=1_000_000).code == "too_large"


def test_an_answer_that_lies_about_its_compression_is_an_error(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(b"plain", headers={"Content-Encoding": "gzip"})
    assert error_of("GET", httpserver.url_for("/")).code == "connection_lost"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "url"),
        ("ftp://example.com/", "url"),
        ("file:///etc/passwd", "url"),
        ("https://", "url"),
        ("https://[::1", "url"),
        ("http://example.com:99999999/", "url"),
        ("http://example.com/", "url"),
    ],
)
def test_a_url_that_may_not_be_called_is_a_permanent_error(url: str, code: str) -> None:
    error = error_of("POST", url)
    assert (error.code, error.permanent) == (code, True)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://localhost:8443/", "https://[::1]/", "https://0x7f.1/"]
)
def test_our_own_network_is_refused(settings: Any, url: str) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = []
    error = error_of("POST", url)
    assert (error.code, error.permanent) == ("address_refused", True)


def test_a_host_of_the_deployments_settings_may_be_anywhere(settings: Any, httpserver: HTTPServer) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = []
    httpserver.expect_request("/").respond_with_data("here")
    assert http.request("GET", httpserver.url_for("/"), configured=True).body == b"here"
    assert error_of("GET", httpserver.url_for("/")).code == "url"


def test_proxy_variables_do_not_lead_round_the_guard(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, settings: Any
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, httpserver.url_for("/"))
    http._client(False).close()
    http._client.cache_clear()
    settings.OUTBOUND_ALLOWED_HOSTS = []
    assert error_of("GET", "https://127.0.0.1:1/").code == "address_refused"
    assert not httpserver.log


@pytest.mark.parametrize("token", ["with\nnewline", "naïve", "nul\x00"])
def test_a_token_that_http_cannot_carry_is_a_permanent_error(token: str, httpserver: HTTPServer) -> None:
    error = error_of("POST", httpserver.url_for("/"), bearer=SecretStr(token))
    assert (error.code, error.permanent, error.ambiguous) == ("request", True, False)


def test_errors_lead_to_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with raw_server(lambda connection: None) as base:
        error = error_of(
            "POST",
            SecretStr(f"{base}/hook?sig=SIGNATURE"),
            bearer=SecretStr("TOKEN"),
            form={"client_secret": SecretStr("CLIENT")},
            params={"input_token": SecretStr("INPUT")},
        )
    shown = [repr(error), error.text, caplog.text]
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == http.__file__:
            shown.append(repr(frame.tb_frame.f_locals))
        frame = frame.tb_next
    assert (error.__cause__, error.__context__) == (None, None)
    assert not [word for word in ("SIGNATURE", "TOKEN", "CLIENT", "INPUT") if word in " ".join(shown)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Recipient +31 6 87654321 is not allowed", "Recipient [number] is not allowed"),
        ("number 31687654321", "number [number]"),
        ("(#131047) after 24 hours", "(#131047) after 24 hours"),
        ("Authorization: Bearer abc.def-1", "Authorization: [secret]"),
        ("/x?access_token=abc123&y=1", "/x?access_token=[secret]&y=1"),
        ("EAAGm0PX4ZCpsBAO1234567890abcdef failed", "[secret] failed"),
    ],
)
def test_tokens_and_numbers_are_taken_out_of_a_text(text: str, expected: str) -> None:
    assert http.redact(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta()),
        ("Fri, 22 May 2026 10:01:00 GMT", timedelta(seconds=60)),
        ("Fri, 22 May 2026 09:00:00 GMT", timedelta()),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("9" * 40, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str, expected: timedelta | None) -> None:
    response = http.Response(429, {"retry-after": value}, b"")
    assert response.retry_after(datetime(2026, 5, 22, 10, 0, tzinfo=UTC)) == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
def test_a_body_that_is_not_json_is_none(body: bytes) -> None:
    assert http.Response(200, {}, body).json() is None
