"""A stand-in for a Teams workflow, for tests and for the demo: a WSGI application without a database.

Every POST outside /sandbox/ is a card: it is judged as Teams would judge it and kept.

    GET    /sandbox/outbox   the cards, oldest first: `{"messages": [{"workflow", "card", "bytes", "at"}]}`
    DELETE /sandbox/outbox   forget them
    POST   /sandbox/faults   `{"status"?, "text"?, "retry_after"?, "times"?}`: fail the next posts; with
                             "text" the answer is a 200 that says so, as some workflows do
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from channels_app.sandbox.outbox_app import Answer, Object, OutboxApp, Request

MAX_BYTES = 28 * 1024
CARD = "application/vnd.microsoft.card.adaptive"
FORBIDDEN_ACTIONS = frozenset({"Action.Submit", "Action.Execute"})


@dataclass(slots=True)
class TeamsFault:
    """How the next `times` posts fail."""

    status: int = 429
    text: str = ""
    retry_after: int | None = None  # seconds
    times: int = 1


class TeamsSandbox(OutboxApp):
    """The WSGI application. One instance is one independent world."""

    def __init__(self, *, keep: int = 500) -> None:
        super().__init__(keep=keep)
        self._faults: list[TeamsFault] = []

    def fail_next(self, fault: TeamsFault) -> None:
        """Let the next `fault.times` posts fail."""
        with self.lock:
            self._faults.append(fault)

    def answer(self, request: Request) -> Answer:
        if request.method != "POST":
            raise Answer(405)
        if fault := self._next_fault():
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            raise Answer(200 if fault.text else fault.status, fault.text or None, headers)
        if not request.query.get("sig"):
            raise Answer(401, {"error": {"code": "DirectApiAuthorizationRequired"}})
        if len(request.body) > MAX_BYTES:
            raise Answer(413, "RequestEntityTooLarge")
        self.keep(workflow=request.path, card=_card(request), bytes=len(request.body))
        return Answer(202)

    def control(self, request: Request, action: str) -> Answer:
        if (request.method, action) != ("POST", "faults"):
            raise Answer(404)
        try:
            self.fail_next(TeamsFault(**request.object()))
        except TypeError as error:
            raise Answer(400, {"error": str(error)}) from None
        return Answer(body={"success": True})

    def _next_fault(self) -> TeamsFault | None:
        with self.lock:
            if not self._faults:
                return None
            fault = self._faults[0]
            fault.times -= 1
            if fault.times <= 0:
                del self._faults[0]
            return fault


def _card(request: Request) -> Object:
    message = request.object()
    attachments = message.get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else {}
    card = first.get("content") if isinstance(first, dict) else None
    if message.get("type") != "message" or first.get("contentType") != CARD or not isinstance(card, dict):
        raise Answer(400, {"error": "not a message with an Adaptive Card"})
    if card.get("type") != "AdaptiveCard" or float(card.get("version") or 99) > 1.5:
        raise Answer(400, {"error": "not an Adaptive Card that Teams shows"})
    if any(action.get("type") in FORBIDDEN_ACTIONS for action in card.get("actions", ())):
        raise Answer(400, {"error": "a workflow's card cannot submit"})
    text = json.dumps(card.get("body", []), ensure_ascii=False)
    for entity in card.get("msteams", {}).get("entities", ()):
        if json.dumps(entity.get("text", ""), ensure_ascii=False)[1:-1] not in text:
            raise Answer(400, {"error": "a mention that is not in the card's text"})
    return card
