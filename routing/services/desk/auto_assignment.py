"""Giving waiting conversations to whoever is at work and has the fewest, on channels that want it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q

from channels_app.bulk import fetch_all
from channels_app.models import CommunicationThread, Membership
from routing.models import StaffNotice, StaffPresence, ThreadEvent
from routing.selectors.colleagues import CONVERSING
from routing.services.desk.notices import notices_give
from routing.services.desk.presence import PRESENT_FOR
from routing.services.desk.trail import name_of, written

Status = CommunicationThread.Status

THREADS_AT_ONCE = 200
AT_RISK = timedelta(minutes=30)
"""How near the promised answer must be before a conversation leaves somebody who is not at work."""
WORKED_ON = (Status.NEW, Status.OPEN)


@dataclass(slots=True)
class Worker:
    """Somebody at work. load: open conversations in hand; capacity None is no limit."""

    user: Any
    brands: frozenset[UUID]
    load: int
    capacity: int | None

    @property
    def has_room(self) -> bool:
        return self.capacity is None or self.load < self.capacity


@transaction.atomic
def conversations_assign(*, now: datetime) -> int:
    """Give what nobody has, and what its promise is near of and whose owner is not at work; how many.

    Only one worker gives out at a time, so that nobody gets more than their capacity; a conversation that
    somebody takes meanwhile is theirs, since giving is conditional on what was seen.
    """
    if not fetch_all("SELECT pg_try_advisory_xact_lock(hashtextextended('auto_assignment', 0))")[0][0]:
        return 0
    waiting = list(_waiting(now))
    if not waiting:
        return 0
    workers = _at_work(now)
    given = 0
    for thread in waiting:
        here = [worker for worker in workers if thread.business_entity_id in worker.brands]
        if thread.assignee_id is not None and any(worker.user.pk == thread.assignee_id for worker in here):
            continue
        chosen = _least_loaded(here)
        if chosen is not None and _give(thread, chosen, now):
            chosen.load += 1
            given += 1
    return given


def _waiting(now: datetime) -> Iterable[CommunicationThread]:
    """What is to be given, the most pressing first."""
    return (
        CommunicationThread.objects.filter(
            Q(assignee__isnull=True) | Q(response_due_at__lte=now + AT_RISK),
            channel__auto_assignment=True, status__in=WORKED_ON, set_aside=False,
        )
        .select_related("assignee")
        .order_by("-is_urgent", F("response_due_at").asc(nulls_last=True), "id")[:THREADS_AT_ONCE]
    )  # fmt: skip


def _at_work(now: datetime) -> list[Worker]:
    """Everybody who is at work and available, with their brands and load; three queries."""
    present = StaffPresence.objects.filter(
        is_available=True, last_seen_at__gte=now - PRESENT_FOR, user__is_active=True
    ).select_related("user")
    people = {row.user_id: row for row in present}
    brands: dict[int, set[UUID]] = {}
    for user_id, entity_id in Membership.objects.filter(user__in=people, role__in=CONVERSING).values_list(
        "user_id", "business_entity_id"
    ):
        brands.setdefault(user_id, set()).add(entity_id)
    loads: Mapping[int, int] = Counter(
        dict(
            CommunicationThread.objects.filter(assignee__in=people, status__in=WORKED_ON)
            .values_list("assignee")
            .annotate(count=Count("id"))
            .order_by()
        )
    )
    return [
        Worker(row.user, frozenset(brands[user_id]), loads[user_id], row.capacity)
        for user_id, row in sorted(people.items())
        if user_id in brands
    ]


def _least_loaded(workers: Sequence[Worker]) -> Worker | None:
    free = [worker for worker in workers if worker.has_room]
    return min(free, key=lambda worker: (worker.load, worker.user.pk), default=None)


def _give(thread: CommunicationThread, worker: Worker, now: datetime) -> bool:
    """Give it, unless it changed hands or was answered since we looked."""
    taken = CommunicationThread.objects.filter(
        id=thread.id, assignee_id=thread.assignee_id, status__in=WORKED_ON
    ).update(assignee=worker.user, updated_at=now)
    if not taken:
        return False
    previous = {"from": name_of(thread.assignee)} if thread.assignee is not None else {}
    written(
        thread, ThreadEvent.Kind.AUTO_ASSIGNED, user=None, now=now, to=name_of(worker.user), to_id=worker.user.pk,
        **previous,
    )  # fmt: skip
    notices_give(
        thread, [worker.user], kind=StaffNotice.Kind.ASSIGNED, by=None, now=now, preview=thread.subject
    )  # fmt: skip
    return True
