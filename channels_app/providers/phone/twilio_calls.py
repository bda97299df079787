"""Twilio's voice callbacks: call status, `<Dial action>`, `<Record action>`, recording status.

https://www.twilio.com/docs/voice/twiml#request-parameters. An incoming call counts as "in-progress" and
later "completed" as soon as any TwiML picked it up, so only `DialCallStatus`, or the callbacks of the
dialled leg (which names its `ParentCallSid`), prove that a person did.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from channels_app.providers.base import MalformedExchange, RawExchange
from channels_app.providers.phone.calls import CallNews, CallOutcome, Direction, seconds
from channels_app.providers.twilio import form_fields, query_fields

# Status callbacks ignore the answer; `<Dial action>` and `<Record action>` want TwiML, if only an empty one.
NO_INSTRUCTIONS = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

UNANSWERED = frozenset({"no-answer", "busy", "failed", "canceled"})
PICKED_UP = frozenset({"completed", "answered", "in-progress"})
VOICEMAIL_SOURCES = frozenset({"", "RecordVerb"})  # others record a conversation
USELESS_RECORDINGS = frozenset({"absent", "failed", "in-progress"})


def read(exchange: RawExchange) -> CallNews:
    """Raises MalformedExchange."""
    fields = form_fields(exchange) or query_fields(exchange)
    call_id = fields.get("CallSid", "")
    if not call_id:
        raise MalformedExchange(
            _("This is not news of a call: the id of the call (%(field)s) is missing.") % {"field": "CallSid"}
        )
    if fields.get("ParentCallSid") and fields.get("Direction") == "outbound-dial":
        return _dialled_leg(fields)
    outcome, assumed, cause = _outcome(fields)
    return CallNews(
        call_id=call_id,
        outcome=outcome,
        direction=_direction(fields.get("Direction", "")),
        caller=fields.get("From") or fields.get("Caller", ""),
        callee=fields.get("To") or fields.get("Called", ""),
        duration_seconds=_duration(outcome, fields),
        recording_url=_recording_url(fields),
        cause=cause,
        assumed=assumed,
    )


def _direction(direction: str) -> Direction:
    if direction.startswith("outbound"):
        return "out"
    return "in" if direction == "inbound" else ""


def _dialled_leg(fields: Mapping[str, str]) -> CallNews:
    """The leg to a colleague tells about the customer's call; its own ends say nothing of the customer."""
    status = fields.get("CallStatus", "").lower()
    outcome = CallOutcome.RINGING
    if status in PICKED_UP:
        outcome = CallOutcome.ANSWERED
    elif status in UNANSWERED:
        outcome = CallOutcome.MISSED
    return CallNews(
        call_id=fields["ParentCallSid"],
        outcome=outcome,
        duration_seconds=seconds(fields.get("CallDuration", "")),
        cause=status,
    )


def _outcome(fields: Mapping[str, str]) -> tuple[CallOutcome, bool, str]:
    """(outcome, whether it is only assumed, Twilio's word)."""
    dialled = fields.get("DialCallStatus", "").lower()
    status = fields.get("CallStatus", "").lower()
    outbound = fields.get("Direction", "").startswith("outbound")
    if dialled in PICKED_UP:
        return CallOutcome.ANSWERED, False, dialled
    if _recording_url(fields) and not outbound:
        source = fields.get("RecordingSource", "")
        if source in VOICEMAIL_SOURCES:
            return CallOutcome.VOICEMAIL, False, "recording"
        return CallOutcome.ANSWERED, True, source
    if dialled in UNANSWERED:
        return CallOutcome.MISSED, False, dialled
    if status in UNANSWERED:
        return CallOutcome.MISSED, False, status
    if outbound and status in PICKED_UP:
        return CallOutcome.ANSWERED, False, status
    if status == "completed":
        return CallOutcome.ANSWERED, True, status
    return CallOutcome.RINGING, False, status


def _recording_url(fields: Mapping[str, str]) -> str:
    if fields.get("RecordingStatus", "") in USELESS_RECORDINGS:
        return ""
    url = fields.get("RecordingUrl", "")
    return url if url.startswith(("https://", "http://")) else ""


def _duration(outcome: CallOutcome, fields: Mapping[str, str]) -> int | None:
    names = ("DialCallDuration", "CallDuration")
    if outcome is CallOutcome.VOICEMAIL:
        names = ("RecordingDuration", "CallDuration")
    if outcome is CallOutcome.MISSED:
        return 0
    return next((found for name in names if (found := seconds(fields.get(name, ""))) is not None), None)
