"""Webhook calls as Meta makes them: enveloped, escaped and signed."""

from __future__ import annotations

import hmac
import json
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

CALL_TIMEOUT = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Where callbacks go. `delay`: seconds before each next status of a message."""

    url: str
    app_secret: str
    statuses: tuple[str, ...] = ("sent", "delivered", "read")
    delay: float = 0.3


def envelope(business_account: str, phone_number_id: str, display: str, **value: Any) -> dict[str, Any]:
    """A webhook body around `messages`, `statuses`, `contacts` or `errors`."""
    return {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": business_account,
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {"display_phone_number": display, "phone_number_id": phone_number_id},
                            **value,
                        },
                    }
                ],
            }
        ],
    }


def signed(payload: object, app_secret: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a webhook call; like Meta, every non-ASCII character is escaped."""
    body = json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode()
    signature = hmac.digest(app_secret.encode(), body, "sha256").hex()
    return body, {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature-256": f"sha256={signature}",
    }


def call(target: WebhookTarget, payload: object) -> int:
    """Deliver one webhook call and return the HTTP status, 0 when nobody answered."""
    body, headers = signed(payload, target.app_secret)
    parts = urlsplit(target.url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=CALL_TIMEOUT)
    try:
        connection.request("POST", parts.path or "/", body, headers)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


class CallbackQueue:
    """Calls made one after another by a thread, each not before its time."""

    def __init__(self) -> None:
        self._waiting: queue.PriorityQueue[tuple[float, int, WebhookTarget, object]] = queue.PriorityQueue()
        self._count = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def later(self, target: WebhookTarget, payloads: Sequence[object]) -> None:
        """Call with each payload in turn, `target.delay` apart."""
        with self._lock:
            for number, payload in enumerate(payloads, start=1):
                self._count += 1
                self._waiting.put((time.monotonic() + number * target.delay, self._count, target, payload))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="graph-callbacks", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            due, number, target, payload = self._waiting.get()
            wait = due - time.monotonic()
            if wait > 0:
                # Put back, because something due earlier may come in meanwhile.
                self._waiting.put((due, number, target, payload))
                time.sleep(min(wait, 0.05))
                continue
            call(target, payload)
