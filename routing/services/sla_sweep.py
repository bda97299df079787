"""The promises that are about to be broken, and those that are: told once each.

A sweep takes bounded batches and may run twice or beside another. Conversations are locked before their
clocks, as the drain does, and a conversation that the drain holds is left for the next sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from channels_app.bulk import bulk_insert, fetch_all
from channels_app.models.base import new_id
from channels_app.selectors.directory import configuration_version
from channels_app.services.messages import OutboxRow, outbox_insert
from routing.models import Escalation
from routing.selectors.brands import BrandProfile, ChannelProfile, brand_profile
from routing.services.notifications import notification_row, team_channel, thread_url

BATCH = 500

_COLUMNS = """
    timer.id, timer.business_entity_id, timer.thread_id, timer.channel_id, thread.reference_number,
    timer.started_at, timer.due_at
"""
_DUE_TO_WARN = f"""
    SELECT {_COLUMNS} FROM sla_timers AS timer
      JOIN communication_threads AS thread ON thread.id = timer.thread_id
     WHERE timer.state = 'running' AND timer.warn_at <= %s AND timer.warned_at IS NULL AND timer.due_at > %s
     ORDER BY timer.due_at, timer.id LIMIT %s
       FOR UPDATE OF thread SKIP LOCKED
"""  # noqa: S608 column names are ours
_OVERDUE = f"""
    SELECT {_COLUMNS} FROM sla_timers AS timer
      JOIN communication_threads AS thread ON thread.id = timer.thread_id
     WHERE timer.state = 'running' AND timer.due_at <= %s AND timer.breached_at IS NULL
     ORDER BY timer.due_at, timer.id LIMIT %s
       FOR UPDATE OF thread SKIP LOCKED
"""  # noqa: S608 column names are ours


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that the sweep acts on, its conversation locked."""

    id: UUID
    entity_id: UUID
    thread_id: UUID
    channel_id: UUID
    reference: str
    started_at: datetime
    due_at: datetime


@dataclass(slots=True)
class SweepOutcome:
    """How many clocks were warned about, and how many broken promises were recorded."""

    warned: int = 0
    breached: int = 0


def clocks_sweep(*, now: datetime) -> SweepOutcome:
    """Warn of promises that will soon be broken, record those that are, and open their escalations."""
    outcome = SweepOutcome()
    while warned := _warn(now):
        outcome.warned += warned
        if warned < BATCH:
            break
    while breached := _breach(now):
        outcome.breached += breached
        if breached < BATCH:
            break
    return outcome


@transaction.atomic
def _warn(now: datetime) -> int:
    clocks = [RunningClock(*row) for row in fetch_all(_DUE_TO_WARN, [now, now, BATCH])]
    if not clocks:
        return 0
    fetch_all(
        "UPDATE sla_timers SET warned_at = %s WHERE id = ANY(%s::uuid[]) RETURNING id",
        [now, [clock.id for clock in clocks]],
    )
    outbox_insert(_cards(clocks, _brands(clocks), "sla_warning", "Bijna te laat", now), now=now)
    return len(clocks)


@transaction.atomic
def _breach(now: datetime) -> int:
    """The breach is dated at the promised time, whenever the sweep comes by."""
    clocks = [RunningClock(*row) for row in fetch_all(_OVERDUE, [now, BATCH])]
    if not clocks:
        return 0
    fetch_all(
        "UPDATE sla_timers SET breached_at = due_at WHERE id = ANY(%s::uuid[]) RETURNING id",
        [[clock.id for clock in clocks]],
    )
    brands = _brands(clocks)
    escalated = _escalate(clocks, brands, now)
    fetch_all(
        """
        UPDATE communication_threads
           SET escalated_at = CASE WHEN id = ANY(%s::uuid[]) THEN coalesce(escalated_at, %s) ELSE escalated_at END,
               updated_at = %s
         WHERE id = ANY(%s::uuid[])
        RETURNING id
        """,
        [escalated, now, now, [clock.thread_id for clock in clocks]],
    )
    outbox_insert(_cards(clocks, brands, "sla_breach", "Te laat", now), now=now)
    return len(clocks)


def _brands(clocks: Sequence[RunningClock]) -> dict[UUID, BrandProfile]:
    version = configuration_version()
    return {
        entity_id: brand_profile(entity_id, version) for entity_id in {clock.entity_id for clock in clocks}
    }


def _escalate(clocks: Sequence[RunningClock], brands: dict[UUID, BrandProfile], now: datetime) -> list[UUID]:
    """Open an escalation where the department has planned steps; the conversations that got one."""
    rows = []
    planned: dict[UUID, tuple[RunningClock, ChannelProfile]] = {}
    for clock in sorted(clocks, key=lambda clock: clock.thread_id):
        profile = brands[clock.entity_id].channels.get(clock.channel_id)
        if profile is None or not profile.escalation.steps:
            continue
        escalation_id = new_id()
        planned[escalation_id] = clock, profile
        rows.append(
            (escalation_id, now, clock.entity_id, clock.thread_id, clock.channel_id, Escalation.Cause.BREACH)
        )
    inserted = bulk_insert(
        "escalations",
        {
            "id": "uuid", "created_at": "timestamptz", "business_entity_id": "uuid", "thread_id": "uuid",
            "channel_id": "uuid", "cause": "text",
        },
        rows,
        on_conflict="(thread_id, cause) WHERE state = 'open' DO NOTHING",
        returning="id",
    )  # fmt: skip
    steps = [
        (
            new_id(), escalation_id, position, step.by, f"{step.to.kind}:{step.to.value}", step.repeat_minutes,
            planned[escalation_id][0].due_at + timedelta(minutes=step.after_minutes),
        )
        for (escalation_id,) in inserted
        for position, step in enumerate(planned[escalation_id][1].escalation.steps)
    ]  # fmt: skip
    bulk_insert(
        "escalation_steps",
        {
            "id": "uuid", "escalation_id": "uuid", "position": "smallint", "by": "text", "to": "text",
            "repeat_minutes": "smallint", "due_at": "timestamptz",
        },
        steps,
    )  # fmt: skip
    return [planned[escalation_id][0].thread_id for (escalation_id,) in inserted]


def _cards(
    clocks: Sequence[RunningClock], brands: dict[UUID, BrandProfile], event: str, title: str, now: datetime
) -> list[OutboxRow]:
    cards = (_card(clock, brands[clock.entity_id], event, title, now) for clock in clocks)
    return [card for card in cards if card is not None]


def _card(
    clock: RunningClock, brand: BrandProfile, event: str, title: str, now: datetime
) -> OutboxRow | None:
    """The team's card about a clock, or None when nobody wants it."""
    owner = brand.channels.get(clock.channel_id)
    team = team_channel(brand, owner.channel.channel_code if owner is not None else "", event)
    if team is None:
        return None
    due = clock.due_at.astimezone(ZoneInfo(brand.entity.timezone))
    return notification_row(
        brand,
        team,
        event=event,
        dedupe_key=f"{event}:{clock.id}:{clock.due_at.isoformat()}",
        thread_id=clock.thread_id,
        title=f"{title}: {clock.reference}",
        about=owner.channel.channel_name if owner is not None else "",
        priority="Hoog",
        facts=(
            ("Beloofd antwoord", f"{due:%d-%m-%Y %H:%M}"),
            ("Klant wacht", _waited(now - clock.started_at)),
        ),
        actions=(("Gesprek openen", thread_url(clock.thread_id)),),
    )


def _waited(length: timedelta) -> str:
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return f"{hours} u {minutes:02d} min" if hours else f"{minutes} min"
