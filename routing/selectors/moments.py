"""The moments customers propose in a conversation: invitations in their mail, and days in their words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from channels_app.models import CommunicationMessage, CommunicationThread
from channels_app.schemas.proposed_moments import proposed_moments

USUAL_LENGTH = timedelta(hours=1)
_YEARS = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class SuggestedMoment:
    """starts: a date for a whole day; ends likewise, exclusive. position: which of its message it is, from 0.

    words: the customer's own, or the title of the invitation. uid: of an invitation, "" otherwise.
    """

    message_id: UUID
    position: int
    starts: datetime | date
    ends: datetime | date
    words: str
    uid: str = ""
    location: str = ""
    cancelled: bool = False

    @property
    def is_whole_day(self) -> bool:
        return not isinstance(self.starts, datetime)


def shows_moments(thread: CommunicationThread) -> bool:
    """Whether the mailbox that owns the conversation has `calendar_integration` on."""
    return bool(thread.channel and thread.channel.integration_config.get("calendar_integration"))


def moments_of(message: CommunicationMessage, zone: ZoneInfo) -> tuple[SuggestedMoment, ...]:
    """What one message proposes; the same at every look, whenever that is."""
    if message.direction != CommunicationMessage.Direction.INBOUND:
        return ()
    if invitation := _invitation(message, zone):
        return (invitation,)
    text = message.body if message.new_text is None else message.new_text
    found = []
    for position, proposed in enumerate(proposed_moments(text, now=message.sent_at, zone=zone)):
        starts = proposed.day if proposed.at is None else datetime.combine(proposed.day, proposed.at, zone)
        found.append(SuggestedMoment(message.pk, position, starts, _usual_end(starts), words=proposed.words))
    return tuple(found)


def upcoming_moments(
    messages: Iterable[CommunicationMessage], *, zone: ZoneInfo, now: datetime
) -> tuple[SuggestedMoment, ...]:
    """Those that are still to come, the earliest first; of an invitation that changed the latest, and none that
    was called off. messages: oldest first."""
    latest: dict[object, SuggestedMoment] = {}
    for message in messages:
        for moment in moments_of(message, zone):
            latest[moment.uid or moment.starts] = moment
    shown = (moment for moment in latest.values() if not moment.cancelled)
    return tuple(
        sorted(
            (moment for moment in shown if _instant(moment.ends, zone) > now),
            key=lambda moment: _instant(moment.starts, zone),
        )
    )


def _invitation(message: CommunicationMessage, zone: ZoneInfo) -> SuggestedMoment | None:
    """The invitation a mail carries (`providers.email.invitations`); answers to ours are none."""
    event = message.data.get("calendar")
    if not isinstance(event, dict) or event.get("method") not in (
        "REQUEST",
        "PUBLISH",
        "CANCEL",
        "COUNTER",
        "",
    ):
        return None
    starts = _moment(event.get("start", ""), zone)
    if starts is None:
        return None
    ends = _moment(event.get("end", ""), zone)
    if ends is None or isinstance(ends, datetime) != isinstance(starts, datetime) or ends <= starts:
        ends = _usual_end(starts)
    return SuggestedMoment(
        message.pk, 0, starts, ends,
        words=event.get("summary", ""), uid=event.get("uid", ""), location=event.get("location", ""),
        cancelled=event["method"] == "CANCEL" or event.get("status") == "CANCELLED",
    )  # fmt: skip


def _moment(text: str, zone: ZoneInfo) -> datetime | date | None:
    """A date, or a time with a timezone: the brand's where the invitation gives none. None outside `_YEARS`, at
    whose far ends a calendar cannot be computed with."""
    try:
        moment = date.fromisoformat(text) if len(text) == len("2026-03-03") else datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    if not isinstance(moment, datetime):
        return moment
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone)


def _usual_end(starts: datetime | date) -> datetime | date:
    return starts + (USUAL_LENGTH if isinstance(starts, datetime) else timedelta(days=1))


def _instant(moment: datetime | date, zone: ZoneInfo) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time.min, zone)
