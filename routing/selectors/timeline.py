"""What was said and what was done in a conversation, in one order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from channels_app.models import CommunicationThread
from routing.models import ThreadEvent
from routing.selectors.conversation import Entry

EVENTS_SHOWN = 200
Kind = ThreadEvent.Kind
# The message itself, or its state, says as much.
_SEEN_IN_MESSAGES = (Kind.REPLIED, Kind.NOTED, Kind.REPLY_FAILED)


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """A message or an event, never both. `day` is set at a day's first."""

    at: datetime
    day: date | None
    entry: Entry | None = None
    event: ThreadEvent | None = None


def thread_events(thread: CommunicationThread) -> list[ThreadEvent]:
    """What was done with a conversation, oldest first, without what its messages show already."""
    newest = (
        ThreadEvent.objects.filter(thread=thread)
        .exclude(kind__in=_SEEN_IN_MESSAGES)
        .select_related("actor")
        .order_by("-id")[:EVENTS_SHOWN]
    )
    return list(newest)[::-1]


def timeline(
    entries: Sequence[Entry], events: Iterable[ThreadEvent], *, whole: bool = True
) -> list[TimelineItem]:
    """Both by time. Unless the entries are the `whole` of it, events from before the oldest are left out."""
    since = entries[0].message.sent_at if entries and not whole else None
    found = [TimelineItem(entry.message.sent_at, None, entry=entry) for entry in entries]
    found += [
        TimelineItem(event.created_at, None, event=event)
        for event in events
        if since is None or event.created_at >= since
    ]
    found.sort(key=lambda item: (item.at, item.event is not None))
    items, last = [], None
    for item in found:
        day = timezone.localtime(item.at).date()
        items.append(TimelineItem(item.at, day if day != last else None, entry=item.entry, event=item.event))
        last = day
    return items
