"""Conversations of somebody who is away go back to their department, whose team is told."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from channels_app.models import CommunicationThread, Membership
from channels_app.scoping import ABILITIES, Ability
from channels_app.selectors.directory import configuration_version
from channels_app.services.messages import OutboxRow, outbox_insert
from routing.models import ThreadEvent
from routing.selectors.brands import brand_profile
from routing.services.desk.trail import name_of, written_many
from routing.services.notifications import notification_row, team_channel, thread_url

THREADS_AT_ONCE = 500
REFERENCES_ON_CARD = 10

_CONVERSING = [role for role, abilities in ABILITIES.items() if Ability.CONVERSE in abilities]


def threads_give_back(*, user: Any, now: datetime) -> int:
    """Release what this person has in hand, as when they go offline; how many conversations."""
    return _release(CommunicationThread.objects.filter(assignee=user), now, by=user)


def threads_give_back_of_absent(*, now: datetime) -> int:
    """Release what is assigned to people who can no longer work on it: deactivated, or not of the brand."""
    works_here = Membership.objects.filter(
        user=OuterRef("assignee"), business_entity=OuterRef("business_entity"), role__in=_CONVERSING
    )
    absent = CommunicationThread.objects.filter(assignee__isnull=False).filter(
        Q(assignee__is_active=False) | (Q(assignee__is_superuser=False) & ~Exists(works_here))
    )
    return _release(absent, now, by=None)


@transaction.atomic
def _release(threads: Any, now: datetime, *, by: Any) -> int:
    released = list(
        threads.exclude(status=CommunicationThread.Status.RESOLVED)
        .select_related("assignee")
        .order_by("id")
        .select_for_update(skip_locked=True, of=("self",))[:THREADS_AT_ONCE]
    )
    CommunicationThread.objects.filter(id__in=[thread.id for thread in released]).update(
        assignee=None, updated_at=now
    )
    written_many(
        (
            (
                thread.business_entity_id, thread.id, ThreadEvent.Kind.GIVEN_BACK,
                {"from": name_of(thread.assignee), "from_id": thread.assignee_id, "absent": by is None},
            )
            for thread in released
        ),
        user=by, now=now,
    )  # fmt: skip
    outbox_insert(_cards(released, now), now=now)
    return len(released)


def _cards(released: list[CommunicationThread], now: datetime) -> list[OutboxRow]:
    """One card per department, however many conversations it gets back."""
    by_department: dict[tuple[UUID, UUID | None], list[CommunicationThread]] = defaultdict(list)
    for thread in released:
        by_department[thread.business_entity_id, thread.channel_id].append(thread)
    version = configuration_version()
    cards = []
    for (entity_id, channel_id), threads in by_department.items():
        brand = brand_profile(entity_id, version)
        owner = brand.channels.get(channel_id) if channel_id else None
        team = team_channel(brand, owner.channel.channel_code if owner else "", "new_thread")
        if team is None:
            continue
        first, count = threads[0], len(threads)
        shown = ", ".join(thread.reference_number for thread in threads[:REFERENCES_ON_CARD])
        cards.append(
            notification_row(
                brand,
                team,
                event="new_thread",
                dedupe_key=f"given_back:{first.id}:{now.isoformat()}",
                thread_id=first.id,
                title="Een gesprek is terug bij het team"
                if count == 1
                else f"{count} gesprekken zijn terug bij het team",
                about=owner.channel.channel_name if owner else "geen afdeling gevonden",
                priority="Normaal",
                facts=(("Gesprekken", f"{shown}, …" if count > REFERENCES_ON_CARD else shown),),
                actions=(("Gesprek openen", thread_url(first.id)),),
            )
        )
    return cards
