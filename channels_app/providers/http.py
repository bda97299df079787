"""The one HTTP client for everything that leaves the product.

It bounds time and size, follows no redirect, keeps no cookie, ignores proxy variables (they would go
round the address guard), reuses connections, and turns transport failures into `ProviderError`: a
failure before the request left is retryable, one after it left is `ambiguous` unless the request may
be repeated.
"""

from __future__ import annotations

import json
import logging
import os
import re
import select
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import BinaryIO

import httpcore
import httpx
from pydantic import SecretStr

from channels_app.providers.address_guard import (
    AddressRefused,
    allow_list,
    checked_socket_address,
    connect_checked,
    connect_to,
    system_resolver,
)
from channels_app.providers.base import JSON, ProviderError

__all__ = [
    "AddressRefused",
    "Response",
    "checked_socket_address",
    "connect_checked",
    "redact",
    "request",
]

CONNECT_TIMEOUT = 5.0  # seconds, names and TLS included
TOTAL_TIMEOUT = 20.0  # seconds for one request, from the first byte out to the last byte in
MAX_RESPONSE_BYTES = 1024 * 1024
KEEPALIVE_SECONDS = 10.0  # short: a connection that the other side just closed makes a send ambiguous
AFTER_SENDING = frozenset({"timeout", "connection_lost", "too_large"})
REPEATABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

# httpx logs each URL at INFO, and URLs carry tokens and numbers.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

_deadline: ContextVar[float] = ContextVar("outgoing_http_deadline")

_SECRETS = re.compile(
    r"(?i)(?:bearer|basic)\s+[\w.~+/=-]+"
    r"|(?<=token=)[^&\s\"']+|(?<=secret=)[^&\s\"']+|(?<=password=)[^&\s\"']+|(?<=sig=)[^&\s\"']+"
    r"|\bEAA[A-Za-z0-9]{16,}"
    r"|\b[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
)
_NUMBERS = re.compile(r"\+?\d(?:[\s().-]?\d){7,}")


def redact(text: str) -> str:
    """A vendor's text without tokens and phone numbers, for errors and logs."""
    return _NUMBERS.sub("[number]", _SECRETS.sub("[secret]", text))


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> JSON:
        """The decoded body, None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def retry_after(self, now: datetime | None = None) -> timedelta | None:
        """What the `Retry-After` header asks for, as seconds or as a date, None without one."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit() and len(value) < 9:
            return timedelta(seconds=int(value))
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError):
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return max(at - (now or datetime.now(UTC)), timedelta())


Secret = str | SecretStr


def request(
    method: str,
    url: Secret,
    *,
    headers: Mapping[str, str] | None = None,
    bearer: SecretStr | None = None,
    basic: tuple[str, SecretStr] | None = None,
    params: Mapping[str, Secret] | None = None,
    json: JSON = None,
    form: Mapping[str, Secret] | None = None,
    content: bytes | None = None,
    files: Mapping[str, tuple[str, BinaryIO, str]] | None = None,
    timeout: float = TOTAL_TIMEOUT,
    max_bytes: int = MAX_RESPONSE_BYTES,
    repeatable: bool | None = None,
    configured: bool = False,
) -> Response:
    """Make one request and return whatever answer comes, redirects and errors of HTTP included.

    url, params, form: a `SecretStr` stays masked in tracebacks. bearer, basic (user, password): the
    authorisation. files: field -> (file name, binary file, content type), sent as multipart with `form`.
    timeout: seconds for the whole exchange. max_bytes: a longer answer is an error.
    repeatable: whether doing it twice is harmless; by default as HTTP defines it for the method.
    configured: the host comes from the deployment's own settings, so it may be anywhere, over plain
    HTTP too. All other hosts must be public and speak HTTPS, or be in `OUTBOUND_ALLOWED_HOSTS`.

    Raises ProviderError: `ambiguous` when the other side may have acted on it.
    """
    outcome = _attempt(
        method,
        url,
        headers or {},
        bearer,
        basic,
        params,
        json,
        form,
        content,
        files,
        timeout,
        max_bytes,
        configured,
    )
    if isinstance(outcome, Response):
        return outcome
    if outcome.code in AFTER_SENDING and not (
        method.upper() in REPEATABLE_METHODS if repeatable is None else repeatable
    ):
        outcome.ambiguous = True
    # Raised here and without its traceback: the frames below hold the authorisation in clear.
    raise outcome.with_traceback(None)


def _attempt(
    method: str,
    url: Secret,
    headers: Mapping[str, str],
    bearer: SecretStr | None,
    basic: tuple[str, SecretStr] | None,
    params: Mapping[str, Secret] | None,
    json: JSON,
    form: Mapping[str, Secret] | None,
    content: bytes | None,
    files: Mapping[str, tuple[str, BinaryIO, str]] | None,
    timeout: float,
    max_bytes: int,
    configured: bool,
) -> Response | ProviderError:
    try:
        target = _checked_url(_revealed(url), configured)
    except ProviderError as error:
        return error
    token = _deadline.set(time.monotonic() + timeout)
    try:
        with _client(configured).stream(
            method,
            target,
            headers={**headers, **({"Authorization": f"Bearer {_revealed(bearer)}"} if bearer else {})},
            auth=(basic[0], _revealed(basic[1])) if basic else None,
            params={name: _revealed(value) for name, value in params.items()} if params else None,
            json=json,
            data={name: _revealed(value) for name, value in form.items()} if form else None,
            content=content,
            files=files,
            timeout=httpx.Timeout(timeout, connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT),
        ) as answer:
            return Response(answer.status_code, dict(answer.headers), _read(answer, max_bytes))
    except ProviderError as error:
        return error
    except (httpcore.LocalProtocolError, UnicodeEncodeError):
        return ProviderError("the request cannot be expressed in HTTP", code="request", permanent=True)
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout):
        return ProviderError(f"no connection to {target.host}", code="connect")
    except httpcore.TimeoutException:
        return ProviderError(f"{target.host} did not answer in time", code="timeout")
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.DecodingError):
        return ProviderError(f"the connection to {target.host} broke", code="connection_lost")
    except _TooLarge:
        return ProviderError(f"the answer of {target.host} is too large", code="too_large", permanent=True)
    finally:
        _deadline.reset(token)


def _revealed(value: Secret) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


class _TooLarge(Exception):
    """The answer is longer than the caller accepts."""


def _checked_url(url: str, configured: bool) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise ProviderError("not a valid URL", code="url", permanent=True) from None
    if target.scheme not in ("http", "https") or not target.host:
        raise ProviderError("not an HTTP URL", code="url", permanent=True)
    if target.scheme == "http" and not configured and not allow_list().names(target.host, target.port or 80):
        raise ProviderError(f"{target.host} must be reached over HTTPS", code="url", permanent=True)
    return target


def _read(answer: httpx.Response, max_bytes: int) -> bytes:
    length = answer.headers.get("content-length", "")
    if length.isdigit() and int(length) > max_bytes:
        raise _TooLarge
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > max_bytes:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)


@lru_cache(maxsize=2)
def _client(configured: bool) -> httpx.Client:
    return httpx.Client(
        transport=_GuardedTransport(configured),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "ChargeCars-Channels/1", "Accept-Encoding": "identity"},
    )


# A worker process forked from one that already has connections must not write into them.
os.register_at_fork(after_in_child=_client.cache_clear)


class _GuardedTransport(httpx.BaseTransport):
    """httpx over a pool whose sockets are opened by the address guard, within the request's deadline."""

    def __init__(self, configured: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=_GuardedBackend(configured),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, configured: bool) -> None:
        self._configured = configured

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore.NetworkStream:
        seconds = _remaining(timeout, httpcore.ConnectTimeout)
        with _socket_errors_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            if self._configured:
                return _DeadlineStream(connect_to(system_resolver(host, port), seconds))
            return _DeadlineStream(connect_checked(host, port, seconds))


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which no operation outlasts the deadline of the request under way."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _socket_errors_as(httpcore.ReadTimeout, httpcore.ReadError):
            self._connection.settimeout(_remaining(timeout, httpcore.ReadTimeout))
            return self._connection.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _socket_errors_as(httpcore.WriteTimeout, httpcore.WriteError):
            self._connection.settimeout(_remaining(timeout, httpcore.WriteTimeout))
            self._connection.sendall(buffer)

    def close(self) -> None:
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        with _socket_errors_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            self._connection.settimeout(_remaining(timeout, httpcore.ConnectTimeout))
            return _DeadlineStream(ssl_context.wrap_socket(self._connection, server_hostname=server_hostname))

    def get_extra_info(self, info: str) -> object:
        if info == "ssl_object" and isinstance(self._connection, ssl.SSLSocket):
            return self._connection
        if info == "is_readable":  # asked of an idle connection: has the other side closed it?
            poll = select.poll()
            poll.register(self._connection, select.POLLIN)
            return bool(poll.poll(0))
        return None


@contextmanager
def _socket_errors_as(expired: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise expired from error
    except OSError as error:
        raise broken from error


def _remaining(timeout: float | None, expired: type[httpcore.TimeoutException]) -> float:
    remaining = _deadline.get() - time.monotonic()
    if remaining <= 0:
        raise expired
    return remaining if timeout is None else min(timeout, remaining)
