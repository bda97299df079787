"""Whether what somebody sees in the inbox has changed: one query, asked every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Count, Max, QuerySet, Subquery, Value
from django.db.models.fields import CharField
from django.db.models.functions import MD5, Cast, Concat, JSONObject

from channels_app.models import CommunicationMessage, CommunicationThread
from channels_app.scoping import scope
from routing.selectors.inbox import COUNTED, InboxFilter, ViewCounts, inbox_threads


@dataclass(frozen=True, slots=True)
class InboxPulse:
    """listed: changes with the list; opened: with the open conversation; waiting: how many need an answer."""

    listed: str
    opened: str
    waiting: int


def inbox_pulse(user: Any, given: InboxFilter, *, now: datetime, thread_id: UUID | None = None) -> InboxPulse:
    """The pulse of a list and of the conversation that is open beside it, if any."""
    listed = _summary(inbox_threads(user, given, now=now))
    asked = [Subquery(listed), *_opened(user, thread_id)]
    if given != InboxFilter():
        asked.append(Subquery(_summary(inbox_threads(user, InboxFilter(), now=now))))
    shown, touched, states, *rest = User.objects.filter(pk=user.pk).values_list(*asked).get()
    nothing: dict[str, Any] = {"rows": 0, "changed": None}
    rows, waits = shown or nothing, (rest[0] if rest else shown) or nothing
    return InboxPulse(
        listed=_listed_figure(
            rows["rows"], datetime.fromisoformat(rows["changed"]) if rows["changed"] else None
        ),
        opened=_opened_figure(touched, states),
        waiting=waits["rows"],
    )


def listed_pulse(user: Any, given: InboxFilter, counts: ViewCounts, *, now: datetime) -> str:
    """`InboxPulse.listed` of a list whose view was counted just now: no query, unless the filter narrows it."""
    if given.view in COUNTED and not given.narrows:
        return _listed_figure(counts.counts[given.view], counts.changed)
    return inbox_pulse(user, given, now=now).listed


def opened_pulse(user: Any, thread_id: UUID) -> str:
    """`InboxPulse.opened` of a conversation, without a look at any list; one query."""
    touched, states = User.objects.filter(pk=user.pk).values_list(*_opened(user, thread_id)).get()
    return _opened_figure(touched, states)


def _opened(user: Any, thread_id: UUID | None) -> list[Subquery]:
    opened = scope(CommunicationThread.objects.filter(pk__in=[thread_id] if thread_id else []), user)
    spoken = scope(CommunicationMessage.objects.filter(thread=thread_id), user)
    return [Subquery(opened.values("updated_at")), Subquery(_states(spoken))]


def _listed_figure(rows: int, changed: datetime | None) -> str:
    return f"{rows}.{'' if changed is None else changed.timestamp()}"


def _opened_figure(touched: datetime | None, states: str | None) -> str:
    return f"{'' if touched is None else touched.timestamp()}.{states or ''}"


def _summary(threads: QuerySet[CommunicationThread]) -> QuerySet[Any, Any]:
    """One value for all of them: how many, and when one of them last changed."""
    return (
        threads.order_by()
        .annotate(all=Value(1))
        .values("all")
        .annotate(figure=JSONObject(rows=Count("pk"), changed=Max("updated_at")))
        .values("figure")
    )


def _states(messages: QuerySet[CommunicationMessage]) -> QuerySet[Any, Any]:
    """One figure for the messages of a conversation and how far the outgoing ones have come."""
    each = Concat(Cast("pk", CharField()), "state", output_field=CharField())
    return (
        messages.order_by()
        .values("thread")
        .annotate(figure=MD5(StringAgg(each, delimiter="", order_by="pk")))
        .values("figure")
    )
