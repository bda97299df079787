"""Placetel's Notify API: call events as forms, signed with a shared secret.

https://github.com/Placetel/call-control-notify-api.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from django.utils.translation import gettext as _
from pydantic import SecretStr

from channels_app.providers.base import MalformedExchange, RawExchange, SignatureInvalid
from channels_app.providers.phone.calls import CallNews, CallOutcome, Direction, seconds
from channels_app.providers.twilio import form_fields

SIGNATURE_HEADER = "x-placetel-signature"

DIRECTIONS: Mapping[str, Direction] = {"IncomingCall": "in", "OutgoingCall": "out"}
ENDINGS: Mapping[str, CallOutcome] = {
    "accepted": CallOutcome.ANSWERED,
    "voicemail": CallOutcome.VOICEMAIL,
    "blocked": CallOutcome.BLOCKED,
    # missed, busy, canceled, unavailable, congestion, and what Placetel may add
}


def verify(exchange: RawExchange, secret: SecretStr) -> None:
    """Raises SignatureInvalid unless the body carries its hexadecimal HMAC-SHA256."""
    key = secret.get_secret_value().encode()
    if not key:
        raise SignatureInvalid("no shared secret to verify with")
    given = exchange.headers.get(SIGNATURE_HEADER, "").lower().encode("utf-8", "replace")
    if not hmac.compare_digest(hmac.digest(key, exchange.body, "sha256").hex().encode(), given):
        raise SignatureInvalid("wrong or no X-PLACETEL-SIGNATURE")


def read(exchange: RawExchange) -> CallNews:
    """Raises MalformedExchange."""
    fields = form_fields(exchange)
    call_id, event = fields.get("call_id", ""), fields.get("event", "")
    if not call_id:
        raise MalformedExchange(
            _("This is not news of a call: the id of the call (%(field)s) is missing.") % {"field": "call_id"}
        )
    outcome = CallOutcome.RINGING
    if event == "CallAccepted":
        outcome = CallOutcome.ANSWERED
    elif event == "HungUp":
        outcome = ENDINGS.get(fields.get("type", ""), CallOutcome.MISSED)
    return CallNews(
        call_id=call_id,
        outcome=outcome,
        direction=DIRECTIONS.get(event) or _direction(fields.get("direction", "")),
        caller=fields.get("from", ""),
        callee=fields.get("to", ""),
        duration_seconds=0 if outcome is CallOutcome.MISSED else seconds(fields.get("duration", "")),
        cause=fields.get("type", "") or event,
    )


def _direction(direction: str) -> Direction:
    if direction == "in":
        return "in"
    return "out" if direction == "out" else ""
