"""A telephone call as staff read it: how it ended, how long it took, and whom to call back."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels_app.models import CommunicationMessage
from channels_app.providers.phone import CallOutcome

OUTCOMES: dict[str, tuple[str | Promise, str]] = {
    CallOutcome.RINGING: (_("Ringing, or its end was not told"), "info"),
    CallOutcome.MISSED: (_("Missed call"), "bad"),
    CallOutcome.BLOCKED: (_("Blocked by the line"), "neutral"),
    CallOutcome.ANSWERED: (_("Answered"), "good"),
    CallOutcome.VOICEMAIL: (_("Voicemail"), "warning"),
}


@dataclass(frozen=True, slots=True)
class CallView:
    """words and tone: how it ended. duration: "1:03", "" when unknown. call_link: "tel:+31...", "" when withheld."""

    words: str
    tone: str
    duration: str
    number: str
    call_link: str
    recording_url: str


def call_view(message: CommunicationMessage) -> CallView | None:
    """None for a message that is no call."""
    data = message.data
    if message.kind != "call" or "outcome" not in data:
        return None
    words, tone = OUTCOMES.get(data["outcome"], (data["outcome"], "neutral"))
    seconds = data.get("duration_seconds") or 0
    if message.direction == CommunicationMessage.Direction.INBOUND:
        number = message.sender
    else:
        number = str(next(iter(message.recipients), ""))
    return CallView(
        words=str(words),
        tone=tone,
        duration=f"{seconds // 60}:{seconds % 60:02}" if seconds else "",
        number=number,
        call_link=f"tel:{number}" if number.startswith("+") and number[1:].isdecimal() else "",
        recording_url=str(data.get("recording_url") or ""),
    )
