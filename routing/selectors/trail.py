"""The trail of a conversation in words, for the timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from channels_app.models import CommunicationThread
from routing.models import ThreadEvent

EVENTS_SHOWN = 200
Kind = ThreadEvent.Kind


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One event: who ("" is the system), when, what happened in a sentence, and a Material symbol."""

    event: ThreadEvent
    at: datetime
    who: str
    sentence: str
    icon: str


def events_of(thread: CommunicationThread) -> tuple[TrailEntry, ...]:
    """The newest events of a conversation, oldest first; one query."""
    events = list(
        ThreadEvent.objects.filter(thread=thread).select_related("actor").order_by("-id")[:EVENTS_SHOWN]
    )
    return tuple(_entry(event) for event in reversed(events))


def _entry(event: ThreadEvent) -> TrailEntry:
    actor = event.actor
    who = str(actor.get_full_name() or actor.get_username()) if actor is not None else ""
    return TrailEntry(
        event, event.created_at, who, event_in_words(event, who), _ICONS.get(event.kind, "circle")
    )


def event_in_words(event: ThreadEvent, who: str) -> str:
    """What happened, in the language of the request, from what was known then."""
    words = _WORDS.get(event.kind)
    if words is None:
        return event.get_kind_display()
    return words(who or _("The system"), event.data or {})


Words = Callable[[str, Mapping[str, Any]], str]


def _plain(sentence: Callable[[], str]) -> Words:
    return lambda who, data: sentence() % {"who": who}


def _answered(who: str, data: Mapping[str, Any]) -> str:
    sentence = _("%(who)s answered and resolved it") if data.get("resolved") else _("%(who)s answered")
    return sentence % {"who": who}


def _forwarded(who: str, data: Mapping[str, Any]) -> str:
    return _("%(who)s forwarded it to %(to)s") % {"who": who, "to": data.get("to", "")}


def _started(who: str, data: Mapping[str, Any]) -> str:
    return _("%(who)s began this conversation with %(to)s") % {"who": who, "to": data.get("to", "")}


def _noted(who: str, data: Mapping[str, Any]) -> str:
    mentioned = ", ".join(data.get("mentioned") or ())
    if not mentioned:
        return _("%(who)s wrote a note") % {"who": who}
    return _("%(who)s wrote a note for %(names)s") % {"who": who, "names": mentioned}


def _taken(who: str, data: Mapping[str, Any]) -> str:
    if data.get("from"):
        return _("%(who)s took it over from %(name)s") % {"who": who, "name": data["from"]}
    return _("%(who)s took it") % {"who": who}


def _assigned(who: str, data: Mapping[str, Any]) -> str:
    return _("%(who)s gave it to %(name)s") % {"who": who, "name": data.get("to", "")}


def _auto_assigned(who: str, data: Mapping[str, Any]) -> str:
    if data.get("from"):
        return _("Given to %(name)s, since %(previous)s is not at work") % {
            "name": data.get("to", ""), "previous": data["from"],
        }  # fmt: skip
    return _("Given to %(name)s automatically") % {"name": data.get("to", "")}


def _handed_over(who: str, data: Mapping[str, Any]) -> str:
    return _("%(who)s handed it over to %(name)s: “%(note)s”") % {
        "who": who, "name": data.get("to", ""), "note": data.get("note", ""),
    }  # fmt: skip


def _given_back(who: str, data: Mapping[str, Any]) -> str:
    if data.get("absent"):
        return _("Back at the team: %(name)s is not at work") % {"name": data.get("from", "")}
    return _("%(who)s gave it back to the team") % {"who": who}


def _moved(who: str, data: Mapping[str, Any]) -> str:
    return _("%(who)s moved it to %(department)s: “%(reason)s”") % {
        "who": who, "department": data.get("department", ""), "reason": data.get("reason", ""),
    }  # fmt: skip


def _snoozed(who: str, data: Mapping[str, Any]) -> str:
    until = parse_datetime(data.get("until") or "")
    moment = date_format(timezone.localtime(until), "j F H:i") if until is not None else ""
    return _("%(who)s snoozed it until %(moment)s") % {"who": who, "moment": moment}


def _woken(who: str, data: Mapping[str, Any]) -> str:
    if data.get("by_time"):
        return _("The snooze is over")
    return _("%(who)s ended the snooze") % {"who": who}


def _resolved(who: str, data: Mapping[str, Any]) -> str:
    if data.get("silent"):
        return _("Resolved: the customer has been silent")
    if data.get("unanswered"):
        return _("%(who)s resolved it without an answer") % {"who": who}
    return _("%(who)s resolved it") % {"who": who}


def _escalated(who: str, data: Mapping[str, Any]) -> str:
    return _("%(who)s called for help: “%(reason)s”") % {"who": who, "reason": data.get("reason", "")}


def _labelled(who: str, data: Mapping[str, Any]) -> str:
    added, removed = ", ".join(data.get("added") or ()), ", ".join(data.get("removed") or ())
    if added and removed:
        return _("%(who)s put on %(added)s and took off %(removed)s") % {
            "who": who, "added": added, "removed": removed,
        }  # fmt: skip
    if added:
        return _("%(who)s put on %(added)s") % {"who": who, "added": added}
    return _("%(who)s took off %(removed)s") % {"who": who, "removed": removed}


def _merged(who: str, data: Mapping[str, Any]) -> str:
    if data.get("into"):
        return _("%(who)s merged it into %(reference)s") % {"who": who, "reference": data["into"]}
    return _("%(who)s merged %(reference)s into it") % {"who": who, "reference": data.get("source", "")}


def _unmerged(who: str, data: Mapping[str, Any]) -> str:
    return _("%(who)s took it apart from %(reference)s again") % {
        "who": who, "reference": data.get("source", ""),
    }  # fmt: skip


def _failed(who: str, data: Mapping[str, Any]) -> str:
    return _("The answer of %(name)s was not delivered: %(why)s") % {
        "name": data.get("author", ""), "why": data.get("why", ""),
    }  # fmt: skip


_WORDS: Mapping[str, Words] = {
    Kind.STARTED: _started,
    Kind.REPLIED: _answered,
    Kind.REPLY_UNDONE: _plain(lambda: _("%(who)s took the answer back before it left")),
    Kind.REPLY_FAILED: _failed,
    Kind.FORWARDED: _forwarded,
    Kind.NOTED: _noted,
    Kind.TAKEN: _taken,
    Kind.ASSIGNED: _assigned,
    Kind.AUTO_ASSIGNED: _auto_assigned,
    Kind.HANDED_OVER: _handed_over,
    Kind.GIVEN_BACK: _given_back,
    Kind.MOVED: _moved,
    Kind.SNOOZED: _snoozed,
    Kind.WOKEN: _woken,
    Kind.RESOLVED: _resolved,
    Kind.REOPENED: _plain(lambda: _("%(who)s reopened it")),
    Kind.ESCALATED: _escalated,
    Kind.LABELLED: _labelled,
    Kind.MERGED: _merged,
    Kind.UNMERGED: _unmerged,
    Kind.MARKED_SPAM: _plain(lambda: _("%(who)s marked it as spam")),
    Kind.UNMARKED_SPAM: _plain(lambda: _("%(who)s said it is no spam")),
    Kind.BLOCKED: _plain(lambda: _("%(who)s blocked the sender")),
    Kind.UNBLOCKED: _plain(lambda: _("%(who)s let the sender through again")),
}

_ICONS: Mapping[str, str] = {
    Kind.STARTED: "edit_square",
    Kind.REPLIED: "reply",
    Kind.REPLY_UNDONE: "undo",
    Kind.REPLY_FAILED: "error",
    Kind.FORWARDED: "forward",
    Kind.NOTED: "sticky_note_2",
    Kind.TAKEN: "back_hand",
    Kind.ASSIGNED: "person_add",
    Kind.AUTO_ASSIGNED: "smart_toy",
    Kind.HANDED_OVER: "move_up",
    Kind.GIVEN_BACK: "assignment_return",
    Kind.MOVED: "swap_horiz",
    Kind.SNOOZED: "snooze",
    Kind.WOKEN: "alarm",
    Kind.RESOLVED: "check_circle",
    Kind.REOPENED: "restart_alt",
    Kind.ESCALATED: "priority_high",
    Kind.LABELLED: "label",
    Kind.MERGED: "merge",
    Kind.UNMERGED: "call_split",
    Kind.MARKED_SPAM: "report",
    Kind.UNMARKED_SPAM: "report_off",
    Kind.BLOCKED: "block",
    Kind.UNBLOCKED: "check",
}
