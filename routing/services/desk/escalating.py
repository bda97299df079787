"""A member of staff asks for help: an escalation by hand, with the reason on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.models import CommunicationThread
from channels_app.selectors.directory import configuration_version
from channels_app.services.messages import outbox_insert
from routing.models import Escalation, EscalationStep, ThreadEvent
from routing.selectors.brands import brand_profile
from routing.services.acknowledgement import acknowledgement_url
from routing.services.desk.errors import DeskRefused
from routing.services.desk.trail import locked, name_of, reason_given, written
from routing.services.notifications import notification_row, team_channel, thread_url


@dataclass(frozen=True, slots=True)
class Escalated:
    """outgoing: the channels that have something to send now. heard: whether anybody is called at all,
    now or by the department's steps; else the brand has no team channel and no steps yet."""

    escalation: Escalation
    outgoing: tuple[UUID, ...]
    heard: bool


@transaction.atomic
def thread_escalate(*, thread: CommunicationThread, user: Any, reason: str, now: datetime) -> Escalated:
    """Call for somebody: the conversation becomes urgent, the team's channel hears of it at once, and the
    department's own steps are planned. Raises DeskRefused, PermissionDenied.
    """
    thread = locked(thread, user)
    reason = reason_given(reason, _("Say why: whoever is called needs to know."))
    if thread.status == CommunicationThread.Status.RESOLVED:
        raise DeskRefused(_("A resolved conversation cannot be escalated; reopen it first."))
    brand = brand_profile(thread.business_entity_id, configuration_version())
    owner = brand.channels.get(thread.channel_id or thread.source_channel_id)
    if owner is None:
        raise DeskRefused(_("Give the conversation to a department first."))
    already = Escalation.objects.filter(
        thread=thread, cause=Escalation.Cause.MANUAL, state=Escalation.State.OPEN
    ).first()
    if already is not None:
        raise DeskRefused(_("This conversation is escalated already."))
    escalation = Escalation.objects.create(
        created_at=now, business_entity_id=thread.business_entity_id, thread=thread, channel=owner.channel,
        cause=Escalation.Cause.MANUAL, raised_by=user, reason=reason,
    )  # fmt: skip
    EscalationStep.objects.bulk_create(
        EscalationStep(
            created_at=now, escalation=escalation, position=position, by=step.by,
            to=f"{step.to.kind}:{step.to.value}", repeat_minutes=step.repeat_minutes,
            due_at=now + timedelta(minutes=step.after_minutes),
        )
        for position, step in enumerate(owner.escalation.steps)
    )  # fmt: skip
    thread.is_urgent, thread.escalated_at, thread.updated_at = True, thread.escalated_at or now, now
    thread.save(update_fields=["is_urgent", "escalated_at", "updated_at"])
    written(thread, ThreadEvent.Kind.ESCALATED, user=user, now=now, reason=reason)
    team = team_channel(brand, owner.channel.channel_code, "escalation")
    if team is None:
        return Escalated(escalation, (), heard=bool(owner.escalation.steps))
    card = notification_row(
        brand,
        team,
        event="escalation",
        dedupe_key=f"escalated:{escalation.id}",
        thread_id=thread.id,
        title=f"{name_of(user)} vraagt hulp: {thread.reference_number}",
        about=owner.channel.channel_name,
        priority="Spoed",
        facts=(("Waarom", reason),),
        actions=(
            ("Ik pak het op", acknowledgement_url(escalation.id)),
            ("Gesprek openen", thread_url(thread.id)),
        ),
        mention=True,
    )
    outbox_insert([card], now=now)
    return Escalated(escalation, () if card.held else (team.id,), heard=True)
