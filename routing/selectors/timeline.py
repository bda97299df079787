"""What was said and what was done in a conversation, in one order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from routing.models import ThreadEvent
from routing.selectors.conversation import Entry
from routing.selectors.trail import TrailEntry

Kind = ThreadEvent.Kind
# The message itself, or its state, says as much.
_SEEN_IN_MESSAGES = frozenset({Kind.REPLIED, Kind.NOTED, Kind.REPLY_FAILED, Kind.FORWARDED})


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """A message or an event, never both. `day` is set at a day's first."""

    at: datetime
    entry: Entry | None = None
    event: TrailEntry | None = None
    day: date | None = None


def timeline(
    entries: Sequence[Entry], events: Iterable[TrailEntry], *, whole: bool = True
) -> list[TimelineItem]:
    """Both by time. Unless the entries are the `whole` of it, events from before the oldest are left out."""
    since = entries[0].message.sent_at if entries and not whole else None
    found = [TimelineItem(entry.message.sent_at, entry=entry) for entry in entries]
    found += [
        TimelineItem(event.at, event=event)
        for event in events
        if event.event.kind not in _SEEN_IN_MESSAGES and (since is None or event.at >= since)
    ]
    found.sort(key=lambda item: (item.at, item.event is not None))
    items: list[TimelineItem] = []
    last = None
    for item in found:
        day = timezone.localtime(item.at).date()
        items.append(replace(item, day=day) if day != last else item)
        last = day
    return items
