"""What the stand-ins of Twilio and Teams share: an outbox in memory, read and cleared over HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

Object = dict[str, Any]
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read to the end."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    environ: Environ

    @property
    def url(self) -> str:
        """The absolute URL without its query."""
        return f"{self.environ['wsgi.url_scheme']}://{self.environ['HTTP_HOST']}{self.path}"

    def object(self) -> Object:
        """The JSON object in the body. Raises Answer (400)."""
        try:
            decoded = json.loads(self.body or b"{}")
        except ValueError:
            decoded = None
        if not isinstance(decoded, dict):
            raise Answer(400, {"error": "not a JSON object"})
        return decoded


@dataclass(slots=True, eq=False)
class Answer(Exception):
    """What the stand-in answers; raised where it refuses."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


class OutboxApp:
    """A WSGI application that keeps what it was sent. Subclasses answer in `answer` and `control`."""

    def __init__(self, *, keep: int = 2000) -> None:
        self.outbox: deque[Object] = deque(maxlen=keep)
        self.lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", "/"),
            query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
            body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
            environ=environ,
        )
        try:
            answer = self._control(request) if request.path.startswith("/sandbox/") else self.answer(request)
        except Answer as refusal:
            answer = refusal
        body, content_type = _encoded(answer.body)
        start_response(
            f"{answer.status} {HTTPStatus(answer.status).phrase}",
            [("Content-Type", content_type), ("Content-Length", str(len(body))), *answer.headers.items()],
        )
        return [body]

    def answer(self, request: Request) -> Answer:
        """The stand-in's own paths."""
        raise Answer(404)

    def control(self, request: Request, action: str) -> Answer:
        """Further paths below /sandbox/."""
        raise Answer(404)

    def keep(self, **sent: object) -> None:
        """Put something in the outbox, with the time (Unix seconds)."""
        with self.lock:
            self.outbox.append({**sent, "at": int(time.time())})

    def sent(self, to: str = "") -> list[Object]:
        """What was sent, oldest first, to one recipient or ("") to all."""
        with self.lock:
            return [sent for sent in self.outbox if not to or sent.get("to") == to]

    def _control(self, request: Request) -> Answer:
        action = request.path.removeprefix("/sandbox/")
        if (request.method, action) == ("GET", "outbox"):
            return Answer(body={"messages": self.sent(request.query.get("to", ""))})
        if (request.method, action) == ("DELETE", "outbox"):
            with self.lock:
                self.outbox.clear()
            return Answer(body={"success": True})
        return self.control(request, action)


def _encoded(body: object) -> tuple[bytes, str]:
    if body is None:
        return b"", "text/plain"
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=UTF-8"
    return json.dumps(body).encode(), "application/json; charset=UTF-8"
