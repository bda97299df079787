"""A stand-in for Meta's Graph API, for tests and for the demo: a WSGI application without a database.

It refuses what Meta refuses, keeps what was sent where tests and the sandbox page can read it, and calls
back with signed statuses. `graph_server.running()` serves it on loopback; `manage.py sandbox_graph` too.

Beside the Graph paths (`/v26.0/<id>/messages` and so on):

    GET    /sandbox/outbox?to=      what was sent, oldest first (`{"messages": [...]}`)
    DELETE /sandbox/outbox          forget it, and queued faults too
    POST   /sandbox/faults          fail the next requests, see `graph_faults`
    POST   /sandbox/webhook         `{"url", "app_secret", "statuses"?, "delay"?}`: call back there
    POST   /sandbox/inbound         `{"phone_number_id", "message", "name"?}`: a customer writes
    POST   /sandbox/media           the raw bytes of a file that a customer sends; answers its media id
    PUT    /sandbox/numbers         `{"<phone number id>": "+31..."}`; with any, others are unknown
    PUT    /sandbox/templates       the message templates, in Meta's shape
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import threading
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from email import policy
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

from channels_app.sandbox.graph_callbacks import CallbackQueue, WebhookTarget, call, envelope
from channels_app.sandbox.graph_faults import Fault, asked_by_number, failure_asked_by_number
from channels_app.sandbox.graph_rules import Refusal, refuse_message
from channels_app.sandbox.graph_templates import TEMPLATES

Object = dict[str, Any]
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]

VERSIONED = re.compile(r"^/v\d+\.\d+/(.+)$")
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
BUSINESS_ACCOUNT = "100000000000001"
EXPIRED_TOKENS = frozenset({"expired"})


class GraphSandbox:
    """The WSGI application. One instance is one independent world."""

    def __init__(self, *, keep: int = 2000, webhook: WebhookTarget | None = None) -> None:
        self.outbox: deque[Object] = deque(maxlen=keep)
        self.templates: list[Object] = list(TEMPLATES)
        self.numbers: dict[str, str] = {}
        self.webhook = webhook
        self._media: dict[str, tuple[str, bytes]] = {}
        self._faults: list[Fault] = []
        self._callbacks = CallbackQueue()
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            status, content_type, body = self._answer(environ)
        except Refusal as refusal:
            status, content_type, body = refusal.status, "application/json", json.dumps(refusal.body).encode()
        start_response(
            f"{status} {REASONS.get(status, 'Status')}",
            [("Content-Type", content_type), ("Content-Length", str(len(body)))],
        )
        return _dripping(body, environ["sandbox.drip"]) if "sandbox.drip" in environ else [body]

    def forgive(self) -> None:
        """Forget the faults that are still queued."""
        with self._lock:
            self._faults.clear()

    def fail_next(self, fault: Fault) -> None:
        """Let the next `fault.times` calls to Graph paths fail."""
        with self._lock:
            self._faults.append(fault)

    def sent_to(self, recipient: str = "") -> list[Object]:
        """What was sent to a number or user id ("" for everybody), oldest first."""
        wanted = recipient.removeprefix("+")
        with self._lock:
            return [sent for sent in self.outbox if not wanted or wanted == _recipient(sent["request"])]

    def add_media(self, content: bytes, content_type: str) -> str:
        """Keep a file as if a customer had sent it; returns its media id."""
        media_id = str(secrets.randbelow(10**15) + 10**15)
        with self._lock:
            self._media[media_id] = (content_type, content)
        return media_id

    def _answer(self, environ: Environ) -> tuple[int, str, bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        if path.startswith("/sandbox/media/"):
            self._require_token(environ)
            return self._media_bytes(path.removeprefix("/sandbox/media/"))
        if path.startswith("/sandbox/"):
            return _json(self._control(method, path, query, body, environ))
        versioned = VERSIONED.match(path)
        if versioned is None:
            raise Refusal(100, "Unknown path components", status=404)
        self._require_token(environ)
        return _json(self._graph(method, versioned[1].split("/"), query, body, environ))

    def _require_token(self, environ: Environ) -> None:
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Refusal(190, "An access token is required to request this resource.", status=401)
        if token in EXPIRED_TOKENS:
            raise Refusal(190, "Error validating access token: Session has expired", status=401, subcode=463)

    # Graph paths

    def _graph(
        self, method: str, path: list[str], query: dict[str, str], body: bytes, environ: Environ
    ) -> Object:
        subject, edge = path[0], path[1] if len(path) > 1 else ""
        if (method, edge) == ("POST", "messages"):
            self._require_number(subject)
            return self._send(subject, _decoded(body), environ)
        self._fail_if_asked("", environ)
        if (method, edge) == ("POST", "media"):
            self._require_number(subject)
            return {"id": self._upload(body, environ)}
        if method != "GET":
            raise Refusal(100, "Unsupported post request.")
        if subject == "debug_token":
            return {"data": _token_facts(query.get("input_token", ""))}
        if edge == "message_templates":
            return _page(self.templates, query)
        if edge == "subscribed_apps":
            return {"data": [{"whatsapp_business_api_data": {"name": "Sandbox", "id": "1"}}]}
        if subject in self._media:
            return self._media_facts(subject, environ)
        self._require_number(subject)
        return self._number_facts(subject)

    def _require_number(self, phone_number_id: str) -> None:
        if self.numbers and phone_number_id not in self.numbers:
            raise Refusal(
                100,
                f"Unsupported request. Object with ID '{phone_number_id}' does not exist, "
                "cannot be loaded due to missing permissions",
                subcode=33,
            )

    def _number_facts(self, phone_number_id: str) -> Object:
        return {
            "id": phone_number_id,
            "verified_name": "Sandbox",
            "display_phone_number": self.numbers.get(phone_number_id, ""),
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "throughput": {"level": "STANDARD"},
            "status": "CONNECTED",
            "name_status": "APPROVED",
            "messaging_limit_tier": "TIER_1K",
        }

    def _send(self, phone_number_id: str, request: Object, environ: Environ) -> Object:
        refuse_message(request, self._media.keys(), self.templates)
        if request.get("status") == "read":
            return {"success": True}
        to = _recipient(request)
        fault = self._fail_if_asked(to, environ)
        wamid = "wamid." + b64encode(b"\x1d\x05\x18\x0b" + to.encode() + secrets.token_bytes(16)).decode()
        sent = {"id": wamid, "phone_number_id": phone_number_id, "at": int(time.time()), "request": request}
        with self._lock:
            self.outbox.append(sent)
        self._call_back(sent, to)
        if fault is not None and fault.kind == "drip":
            environ["sandbox.drip"] = fault.seconds
        elif fault is not None:
            _drop(environ)
        contact = {"input": to, "user_id": to} if "recipient" in request else {"input": to, "wa_id": to}
        return {
            "messaging_product": "whatsapp",
            "contacts": [contact],
            "messages": [{"id": wamid, **({"message_status": "accepted"} if "template" in request else {})}],
        }

    def _upload(self, body: bytes, environ: Environ) -> str:
        header = f"Content-Type: {environ.get('CONTENT_TYPE', '')}\r\n\r\n".encode()
        form = BytesParser(policy=policy.HTTP).parsebytes(header + body)
        parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        if "file" not in parts or "messaging_product" not in parts:
            raise Refusal(100, "(#100) The parameter file and messaging_product are required.")
        file = parts["file"]
        content = file.get_payload(decode=True)
        if not isinstance(content, bytes) or not content:
            raise Refusal(100, "(#100) The file is empty.")
        return self.add_media(content, file.get_content_type())

    def _media_facts(self, media_id: str, environ: Environ) -> Object:
        content_type, content = self._media[media_id]
        return {
            "messaging_product": "whatsapp",
            "url": f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}/sandbox/media/{media_id}",
            "mime_type": content_type,
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
            "id": media_id,
        }

    def _media_bytes(self, media_id: str) -> tuple[int, str, bytes]:
        if media_id not in self._media:
            raise Refusal(100, "The media is gone.", status=404)
        content_type, content = self._media[media_id]
        return 200, content_type, content

    # Failures and callbacks

    def _fail_if_asked(self, to: str, environ: Environ) -> Fault | None:
        """Fail as asked; returns the fault when the message must be kept first."""
        fault = self._next_fault(to) or asked_by_number(to)
        if fault is None:
            return None
        if fault.kind in ("keep_and_drop", "drip"):
            return fault
        if fault.kind == "error":
            raise Refusal(fault.code, f"(#{fault.code}) As asked.", status=fault.status)
        if fault.kind == "http":
            raise Refusal(None, "", status=fault.status)
        if fault.kind == "hang":
            time.sleep(fault.seconds)
        _drop(environ)
        return None

    def _next_fault(self, to: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.to.removeprefix("+") not in ("", to):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                else:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return replace(fault)
        return None

    def _call_back(self, sent: Object, to: str) -> None:
        if self.webhook is None:
            return
        code = failure_asked_by_number(to)
        states = ("sent", "failed") if code else self.webhook.statuses
        self._callbacks.later(self.webhook, [self._status(sent, to, state, code) for state in states])

    def _status(self, sent: Object, to: str, state: str, code: int) -> Object:
        status: Object = {
            "id": sent["id"],
            "status": state,
            "timestamp": str(int(time.time())),
            "recipient_id": to,
        }
        if "biz_opaque_callback_data" in sent["request"]:
            status["biz_opaque_callback_data"] = sent["request"]["biz_opaque_callback_data"]
        if state == "failed":
            status["errors"] = [{"code": code, "title": "As asked", "message": "As asked"}]
        elif state == "sent":
            status["pricing"] = {
                "billable": False,
                "pricing_model": "PMP",
                "category": "service",
                "type": "free",
            }
        return self._envelope(sent["phone_number_id"], statuses=[status])

    def _envelope(self, phone_number_id: str, **value: Any) -> Object:
        display = self.numbers.get(phone_number_id, "").removeprefix("+")
        return envelope(BUSINESS_ACCOUNT, phone_number_id, display, **value)

    # Control paths

    def _control(
        self, method: str, path: str, query: dict[str, str], body: bytes, environ: Environ
    ) -> Object:
        match method, path.removeprefix("/sandbox/"):
            case "GET", "outbox":
                return {"messages": self.sent_to(query.get("to", ""))}
            case "DELETE", "outbox":
                with self._lock:
                    self.outbox.clear()
                    self._faults.clear()
                return {"success": True}
            case "POST", "faults":
                try:
                    self.fail_next(Fault.parse(_decoded(body)))
                except TypeError as error:
                    raise Refusal(100, str(error)) from None
                return {"success": True}
            case "POST", "webhook":
                settings = _decoded(body)
                if "statuses" in settings:
                    settings["statuses"] = tuple(settings["statuses"])
                self.webhook = WebhookTarget(**settings) if settings.get("url") else None
                return {"success": True}
            case "POST", "inbound":
                return self._inbound(_decoded(body))
            case "POST", "media":
                content_type = environ.get("CONTENT_TYPE") or "application/octet-stream"
                return {
                    "id": self.add_media(body, content_type),
                    "sha256": b64encode(hashlib.sha256(body).digest()).decode(),
                }
            case "PUT", "numbers":
                self.numbers = {str(key): str(value) for key, value in _decoded(body).items()}
                return {"success": True}
            case "PUT", "templates":
                self.templates = list(_decoded(body)["data"])
                return {"success": True}
        raise Refusal(100, "No such control.", status=404)

    def _inbound(self, request: Object) -> Object:
        if self.webhook is None:
            raise Refusal(100, "Set the webhook first.")
        message = {
            "id": "wamid." + b64encode(secrets.token_bytes(24)).decode(),
            "timestamp": str(int(time.time())),
            **request["message"],
        }
        contact = {"profile": {"name": request.get("name", "")}, "wa_id": message.get("from", "")}
        payload = self._envelope(request["phone_number_id"], contacts=[contact], messages=[message])
        return {"id": message["id"], "status": call(self.webhook, payload)}


def _recipient(request: Object) -> str:
    return str(request.get("to") or request.get("recipient") or "").removeprefix("+")


def _token_facts(token: str) -> Object:
    valid = bool(token) and token not in EXPIRED_TOKENS
    scopes = ["whatsapp_business_messaging", "whatsapp_business_management"]
    return {"type": "SYSTEM_USER", "is_valid": valid, "expires_at": 0, "scopes": scopes if valid else []}


def _page(items: list[Object], query: dict[str, str]) -> Object:
    start, limit = int(query.get("after") or 0), int(query.get("limit") or 25)
    page: Object = {
        "data": items[start : start + limit],
        "paging": {"cursors": {"after": str(start + limit)}},
    }
    if start + limit < len(items):
        page["paging"]["next"] = "more"
    return page


def _decoded(body: bytes) -> Object:
    try:
        decoded = json.loads(body or b"{}")
    except ValueError:
        raise Refusal(100, "Invalid JSON") from None
    if not isinstance(decoded, dict):
        raise Refusal(100, "Invalid JSON")
    return decoded


def _json(body: Object) -> tuple[int, str, bytes]:
    return 200, "application/json; charset=UTF-8", json.dumps(body).encode()


def _dripping(body: bytes, seconds: float) -> Iterator[bytes]:
    """An answer that takes its time, a byte at a time."""
    for place in range(len(body)):
        time.sleep(seconds / len(body))
        yield body[place : place + 1]


def _drop(environ: Environ) -> None:
    """End the connection without an answer; only `graph_server` can, so elsewhere it is a 502."""
    dropper = environ.get("sandbox.drop")
    if dropper is None:
        raise Refusal(None, "", status=502)
    dropper()
