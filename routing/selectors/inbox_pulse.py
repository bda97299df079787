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
from routing.selectors.inbox import InboxFilter, inbox_threads


@dataclass(frozen=True, slots=True)
class InboxPulse:
    """listed: changes with the list; opened: with the open conversation; waiting: how many need an answer."""

    listed: str
    opened: str
    waiting: int


def inbox_pulse(user: Any, given: InboxFilter, *, now: datetime, thread_id: UUID | None = None) -> InboxPulse:
    """The pulse of a list and of the conversation that is open beside it, if any."""
    listed = _summary(inbox_threads(user, given, now=now))
    opened = scope(CommunicationThread.objects.filter(pk__in=[thread_id] if thread_id else []), user)
    spoken = scope(CommunicationMessage.objects.filter(thread=thread_id), user)
    asked = [Subquery(listed), Subquery(opened.values("updated_at")), Subquery(_states(spoken))]
    if given != InboxFilter():
        asked.append(Subquery(_summary(inbox_threads(user, InboxFilter(), now=now))))
    shown, touched, states, *rest = User.objects.filter(pk=user.pk).values_list(*asked).get()
    nothing: dict[str, Any] = {"rows": 0, "changed": None}
    rows, waits = shown or nothing, (rest[0] if rest else shown) or nothing
    return InboxPulse(
        listed=f"{rows['rows']}.{rows['changed'] or ''}",
        opened=f"{'' if touched is None else touched.timestamp()}.{states or ''}",
        waiting=waits["rows"],
    )


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
