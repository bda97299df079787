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
from django.db.models.functions import MD5, Cast, Coalesce, Concat

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
    waiting = _summary(inbox_threads(user, InboxFilter(), now=now))
    opened = scope(CommunicationThread.objects.filter(pk__in=[thread_id] if thread_id else []), user)
    spoken = scope(CommunicationMessage.objects.filter(thread=thread_id), user)
    row = (
        User.objects.filter(pk=user.pk)
        .values_list(
            Coalesce(Subquery(listed.values("rows")), 0),
            Subquery(listed.values("changed")),
            Coalesce(Subquery(waiting.values("rows")), 0),
            Subquery(opened.values("updated_at")),
            Subquery(_states(spoken)),
        )
        .get()
    )
    rows, changed, waits, touched, states = row
    return InboxPulse(
        listed=f"{rows}.{_figure(changed)}", opened=f"{_figure(touched)}.{states}", waiting=waits
    )


def _summary(threads: QuerySet[CommunicationThread]) -> QuerySet[Any, Any]:
    """One row for all of them: how many, and when one of them last changed."""
    return (
        threads.order_by()
        .annotate(all=Value(1))
        .values("all")
        .annotate(rows=Count("pk"), changed=Max("updated_at"))
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


def _figure(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.timestamp():.6f}"
