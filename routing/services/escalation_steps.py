"""Taking the steps of an escalation when their time has come, as long as somebody still has to act.

A step by mail, text message or telephone leaves by that medium, from a channel of the brand. A card in Teams
takes its place where the brand has no channel that can, or the person has no address for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from channels_app.bulk import fetch_all
from channels_app.models import BusinessEntityChannel, Incident
from channels_app.selectors.directory import configuration_version
from channels_app.selectors.rota import on_call
from channels_app.services.incidents import incident_open
from channels_app.services.messages import OutboxRow, outbox_insert
from routing.models import Escalation, EscalationStep
from routing.selectors.brands import BrandProfile, brand_profile
from routing.services.acknowledgement import acknowledgement_url
from routing.services.alerts import alert_channel, alert_row
from routing.services.notifications import notification_row, team_channel, thread_url

BATCH = 200
NOBODY_TOLD = "no_team"

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
    taken_before: bool
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
                   thread.reference_number, step.done_at IS NOT NULL,
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
    rows: list[OutboxRow] = []
    for step in steps:
        if step.needed:
            rows.extend(_perform(step, brand_profile(step.entity_id, version), now))
    _settle([step for step in steps if not step.needed])
    outbox_insert(rows, now=now)
    needed = sum(step.needed for step in steps)
    return needed, len(steps) - needed


def _perform(step: DueStep, brand: BrandProfile, now: datetime) -> list[OutboxRow]:
    rows, outcome = _reach(step, brand, now)
    if outcome == NOBODY_TOLD:
        incident_open(
            kind=Incident.Kind.UNTOLD,
            now=now,
            detail=f"Een stap van de escalatie van {step.reference} bereikt niemand: stel een Teams-kanaal in, of een "
            "mailbox of nummer waarmee het merk kan mailen, sms'en of bellen.",
            entity_id=step.entity_id,
            channel_id=step.channel_id,
        )
    changes: dict[str, object] = {
        "done_at": now,
        "outcome": outcome[:300],
        "state": EscalationStep.State.DONE,
    }
    if step.repeat_minutes:
        # The next time on the step's own beat, not one for every time that was missed.
        period = timedelta(minutes=step.repeat_minutes)
        missed = (now - step.due_at) // period
        changes |= {"state": EscalationStep.State.PENDING, "due_at": step.due_at + (missed + 1) * period}
    EscalationStep.objects.filter(id=step.id).update(**changes)
    return rows


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


@dataclass(frozen=True, slots=True)
class _Colleague:
    """Whom a step reaches; `by` is the medium, where the person has an address for it."""

    by: str
    address: str
    name: str = ""


def _reach(step: DueStep, brand: BrandProfile, now: datetime) -> tuple[list[OutboxRow], str]:
    """What a step puts in the outbox, and its outcome as a code for `routing.admin.words`."""
    if step.by == "teams":
        return _by_card(step, brand, now, "card")
    colleague = _colleague(step, brand, now)
    if colleague is None:
        # Said once: the step goes on and reaches whoever comes on duty.
        return _by_card(step, brand, now, "nobody") if not step.taken_before else ([], "nobody")
    owner = brand.channels.get(step.channel_id)
    code = owner.channel.channel_code if owner is not None else ""
    channel = alert_channel(brand, colleague.by, code)
    if channel is None:
        return _by_card(step, brand, now, f"card_instead_of_{colleague.by}")
    rows = [_alert(step, brand, channel, colleague)]
    if colleague.by == "phone" and not step.taken_before:
        # A voice cannot hand over a link.
        texting = alert_channel(brand, "sms", code)
        if texting is not None:
            rows.append(_alert(step, brand, texting, colleague))
    return rows, f"{colleague.by}:{colleague.address}"


def _colleague(step: DueStep, brand: BrandProfile, now: datetime) -> _Colleague | None:
    """The person or desk behind a step's target; outside a desk's hours whoever is on call for the brand."""
    kind, _, value = step.to.partition(":")
    if kind == "address":
        return _Colleague(step.by, value)
    desk = None
    if kind == "channel":
        desks = (p for p in brand.channels.values() if p.channel.business_entity_id == brand.entity.id)
        desk = next(
            (p for p in desks if (p.channel.channel_code, p.channel.channel_type) == (value, step.by)), None
        )
    open_desk = desk is not None and desk.channel.is_active and desk.calendar.is_open(now)
    if desk is not None and open_desk and step.by != "sms":
        return _Colleague(step.by, desk.channel.channel_address, desk.channel.channel_name)
    shift = on_call(brand.entity.id, now.astimezone(ZoneInfo(brand.entity.timezone)))
    if shift is None:
        return None
    if shift.phone and (step.by != "email" or not shift.email):
        return _Colleague(step.by if step.by != "email" else "sms", shift.phone, shift.person)
    return _Colleague("email", shift.email, shift.person) if shift.email else None


def _alert(
    step: DueStep, brand: BrandProfile, channel: BusinessEntityChannel, colleague: _Colleague
) -> OutboxRow:
    title = f"{_TITLES[Escalation.Cause(step.cause)]}: {step.reference}"
    owner = brand.channels.get(step.channel_id)
    about = owner.channel.channel_name if owner is not None else brand.entity.entity_name
    text = f"{brand.entity.entity_name}. {title}. Afdeling: {about}."
    if channel.channel_type == "phone":
        number = step.reference.rpartition("-")[2].lstrip("0")
        what = _TITLES[Escalation.Cause(step.cause)]
        text = (
            f"Dit is een melding van {brand.entity.entity_name}. {what}. Het gaat om gesprek nummer {number}, "
            f"afdeling {about}. Open de link in je sms of log in om het op te pakken."
        )
    return alert_row(
        brand,
        channel,
        address=colleague.address,
        person=colleague.name,
        title=title,
        text=text if channel.channel_type == "phone" else f"{text} Pak het op via deze link:",
        url=acknowledgement_url(step.escalation_id, colleague.name),
        escalation_id=step.escalation_id,
        dedupe_key=f"step:{step.id}:{channel.channel_type}:{step.due_at.isoformat()}",
    )


def _by_card(step: DueStep, brand: BrandProfile, now: datetime, outcome: str) -> tuple[list[OutboxRow], str]:
    card = _card(step, brand, now)
    return ([card], outcome) if card is not None else ([], NOBODY_TOLD)


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
        mention_groups=(value,) if kind == "mention_group" else (),
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
