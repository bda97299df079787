"""What was done with a conversation, in a sentence per event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.template.defaultfilters import date as date_filter
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from channels_app.admin.display import department_label
from routing.inbox.display import person_name
from routing.inbox.mail_frame import has_remote_images
from routing.models import ThreadEvent
from routing.selectors.conversation import Entry
from routing.selectors.timeline import TimelineItem

Kind = ThreadEvent.Kind
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A message (`entry`) or an event (`sentence`) in the timeline."""

    at: datetime
    day: date | None
    entry: Entry | None
    remote_images: bool
    kind: str
    sentence: str


def shown_item(item: TimelineItem) -> ShownItem:
    entry, event = item.entry, item.event
    return ShownItem(
        at=item.at,
        day=item.day,
        entry=entry,
        remote_images=entry is not None and has_remote_images(entry.message.html),
        kind=event.kind if event is not None else "",
        sentence=event_sentence(event) if event is not None else "",
    )


def event_sentence(event: ThreadEvent) -> str:
    """ "Anna gave this to Bob: please call back"; without an actor the system did it."""
    who = person_name(event.actor) if event.actor is not None else _("The system")
    told = _SENTENCES.get(Kind(event.kind)) if event.kind in Kind.values else None
    return told(who, event.data) if told is not None else f"{who}: {event.get_kind_display()}"


def _with_note(sentence: str, note: Any) -> str:
    return f"{sentence}: “{note}”" if note else sentence


def _moment(text: Any) -> str:
    at = parse_datetime(str(text or ""))
    return date_filter(timezone.localtime(at), "D j M H:i") if at is not None else ""


def _assigned(who: str, data: Data) -> str:
    sentence = _("%(who)s gave this to %(to)s") % {"who": who, "to": data.get("to", "")}
    return _with_note(sentence, data.get("note"))


def _moved(who: str, data: Data) -> str:
    sentence = _("%(who)s moved this to %(department)s") % {
        "who": who,
        "department": department_label(str(data.get("to", ""))),
    }
    return _with_note(sentence, data.get("reason"))


def _labelled(who: str, data: Data) -> str:
    parts = []
    if data.get("added"):
        parts.append(
            _("%(who)s added the label %(labels)s") % {"who": who, "labels": ", ".join(data["added"])}
        )
    if data.get("removed"):
        parts.append(
            _("%(who)s took off the label %(labels)s") % {"who": who, "labels": ", ".join(data["removed"])}
        )
    return ", ".join(parts)


_SENTENCES: dict[str, Callable[[str, Data], str]] = {
    Kind.STARTED: lambda who, data: _("%(who)s started this conversation") % {"who": who},
    Kind.REPLY_UNDONE: lambda who, data: _("%(who)s took an answer back before it left") % {"who": who},
    Kind.FORWARDED: lambda who, data: (
        _("%(who)s forwarded this to %(to)s") % {"who": who, "to": data.get("to", "")}
    ),
    Kind.TAKEN: lambda who, data: _("%(who)s took this") % {"who": who},
    Kind.ASSIGNED: _assigned,
    Kind.AUTO_ASSIGNED: lambda who, data: _("Given to %(to)s automatically") % {"to": data.get("to", "")},
    Kind.HANDED_OVER: _assigned,
    Kind.GIVEN_BACK: lambda who, data: _("%(who)s gave this back to the department") % {"who": who},
    Kind.MOVED: _moved,
    Kind.SNOOZED: lambda who, data: (
        _("%(who)s snoozed this until %(moment)s") % {"who": who, "moment": _moment(data.get("until"))}
    ),
    Kind.WOKEN: lambda who, data: _("%(who)s brought this back from its snooze") % {"who": who},
    Kind.RESOLVED: lambda who, data: _("%(who)s resolved this") % {"who": who},
    Kind.REOPENED: lambda who, data: _("%(who)s reopened this") % {"who": who},
    Kind.ESCALATED: lambda who, data: _with_note(
        _("%(who)s called for help") % {"who": who}, data.get("reason")
    ),
    Kind.LABELLED: _labelled,
    Kind.MERGED: lambda who, data: (
        _("%(who)s merged %(reference)s with this") % {"who": who, "reference": data.get("reference", "")}
    ),
    Kind.UNMERGED: lambda who, data: _("%(who)s took a merged conversation apart again") % {"who": who},
    Kind.MARKED_SPAM: lambda who, data: _("%(who)s set this aside as spam") % {"who": who},
    Kind.UNMARKED_SPAM: lambda who, data: _("%(who)s brought this back: no spam") % {"who": who},
    Kind.BLOCKED: lambda who, data: _("%(who)s blocked the sender") % {"who": who},
    Kind.UNBLOCKED: lambda who, data: _("%(who)s let the sender through again") % {"who": who},
}
