"""Taking the steps of an escalation when their time has come, as long as somebody still has to act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from channels_app.bulk import fetch_all
from channels_app.models import OnCallShift
from channels_app.selectors.directory import configuration_version
from channels_app.services.messages import OutboxRow, outbox_insert
from routing.models import Escalation, EscalationStep
from routing.selectors.brands import BrandProfile, brand_profile
from routing.services.acknowledgement import acknowledgement_url
from routing.services.notifications import notification_row, team_channel, thread_url

BATCH = 200

_TITLES = {
    Escalation.Cause.EMERGENCY: "NOODGEVAL nog niet opgepakt",
    Escalation.Cause.BREACH: "Klant wacht nog op antwoord",
    Escalation.Cause.MANUAL: "Om hulp gevraagd",
}
_BY_PERSON = {"email": "Mail", "sms": "Stuur een sms naar", "phone": "Bel"}


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step whose time has come, with what decides whether it is still needed."""

    id: UUID
    escalation_id: UUID
    by: str
    to: str
    repeat_minutes: int | None
    due_at: datetime
    entity_id: UUID
    thread_id: UUID
    channel_id: UUID
    cause: str
    reference: str
    needed: bool


def escalation_steps_take(*, now: datetime) -> tuple[int, int]:
    """Take the steps that are due: (done, not needed any more). Each is done once per time it is due."""
    done = skipped = 0
    while True:
        batch = _take(now)
        done += batch[0]
        skipped += batch[1]
        if sum(batch) < BATCH:
            return done, skipped


@transaction.atomic
def _take(now: datetime) -> tuple[int, int]:
    steps = [
        DueStep(*row)
        for row in fetch_all(
            """
            SELECT step.id, step.escalation_id, step.by, step.to, step.repeat_minutes, step.due_at,
                   escalation.business_entity_id, escalation.thread_id, escalation.channel_id, escalation.cause,
                   thread.reference_number,
                   escalation.state = 'open' AND thread.status <> 'resolved'
                   AND (escalation.cause <> 'breach' OR EXISTS (
                        SELECT FROM sla_timers AS timer
                         WHERE timer.thread_id = escalation.thread_id AND timer.state = 'running'
                           AND timer.breached_at IS NOT NULL))
              FROM escalation_steps AS step
              JOIN escalations AS escalation ON escalation.id = step.escalation_id
              JOIN communication_threads AS thread ON thread.id = escalation.thread_id
             WHERE step.state = 'pending' AND step.due_at <= %s
             ORDER BY step.due_at, step.id LIMIT %s
               FOR UPDATE OF step SKIP LOCKED
            """,
            [now, BATCH],
        )
    ]
    version = configuration_version()
    cards = []
    for step in steps:
        if step.needed:
            cards.extend(_perform(step, brand_profile(step.entity_id, version), now))
    _settle([step for step in steps if not step.needed])
    outbox_insert(cards, now=now)
    needed = sum(step.needed for step in steps)
    return needed, len(steps) - needed


def _perform(step: DueStep, brand: BrandProfile, now: datetime) -> list[OutboxRow]:
    card = _card(step, brand, now)
    changes: dict[str, object] = {
        "done_at": now,
        "outcome": "card" if card is not None else "no team channel wants this",
        "state": EscalationStep.State.DONE,
    }
    if step.repeat_minutes:
        # The next time on the step's own beat, not one for every time that was missed.
        period = timedelta(minutes=step.repeat_minutes)
        missed = (now - step.due_at) // period
        changes |= {"state": EscalationStep.State.PENDING, "due_at": step.due_at + (missed + 1) * period}
    EscalationStep.objects.filter(id=step.id).update(**changes)
    return [card] if card is not None else []


def _settle(steps: list[DueStep]) -> None:
    """Strike steps that nobody needs, and close breach escalations that were answered meanwhile."""
    if not steps:
        return
    EscalationStep.objects.filter(id__in=[step.id for step in steps]).update(
        state=EscalationStep.State.SKIPPED
    )
    Escalation.objects.filter(
        id__in=sorted({step.escalation_id for step in steps}), state=Escalation.State.OPEN
    ).update(state=Escalation.State.CLOSED)


def _card(step: DueStep, brand: BrandProfile, now: datetime) -> OutboxRow | None:
    kind, _, value = step.to.partition(":")
    owner = brand.channels.get(step.channel_id)
    code = value if kind == "channel" else owner.channel.channel_code if owner is not None else ""
    team = team_channel(brand, code, "escalation")
    if team is None:
        return None
    whom = _whom(kind, value, brand, now)
    return notification_row(
        brand,
        team,
        event="escalation",
        dedupe_key=f"step:{step.id}:{step.due_at.isoformat()}",
        thread_id=step.thread_id,
        title=f"{_TITLES[Escalation.Cause(step.cause)]}: {step.reference}",
        about=owner.channel.channel_name if owner is not None else "",
        priority="Spoed",
        facts=((_BY_PERSON.get(step.by, "Voor"), whom),) if whom else (),
        actions=(
            ("Ik pak het op", acknowledgement_url(step.escalation_id)),
            ("Gesprek openen", thread_url(step.thread_id)),
        ),
        mention=True,
    )


def _whom(kind: str, value: str, brand: BrandProfile, now: datetime) -> str:
    """Who has to act, in words for the card; "" when the card's own channel is who."""
    if kind == "on_call":
        shift = on_call(brand.entity.id, now.astimezone(ZoneInfo(brand.entity.timezone)))
        return (
            "niemand heeft dienst"
            if shift is None
            else f"{shift.person} {shift.phone or shift.email}".strip()
        )
    return f"@{value}" if kind == "mention_group" else value if kind == "address" else ""


def on_call(entity_id: UUID, local: datetime) -> OnCallShift | None:
    """Whose shift it is at this local time; of overlapping shifts the one that began last."""
    today, yesterday, at = local.weekday(), (local.weekday() - 1) % 7, local.time()
    shifts = OnCallShift.objects.filter(business_entity_id=entity_id, weekday__in=[today, yesterday])
    serving = [
        shift
        for shift in shifts
        if (
            shift.weekday == today
            and shift.starts_at <= at
            and (at < shift.ends_at or shift.ends_at <= shift.starts_at)
        )
        or (shift.weekday == yesterday and shift.ends_at <= shift.starts_at and at < shift.ends_at)
    ]
    return max(serving, key=lambda shift: (shift.weekday == today, shift.starts_at), default=None)
