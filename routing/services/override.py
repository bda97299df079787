"""A person moves a conversation to another department: logged with a reason, and learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.bulk import clean_text
from channels_app.models import (
    AuditEntry,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationThread,
)
from channels_app.schemas import Language, department_name
from channels_app.scoping import Ability, require
from channels_app.selectors.directory import configuration_version
from channels_app.services.audit import audit_record
from channels_app.services.messages import outbox_insert
from routing.engine.evidence import EMERGENCY
from routing.engine.types import Action, Urgency
from routing.models import Escalation, MessageRoutingLog, SlaTimer, ThreadEvent
from routing.selectors.brands import BrandProfile, ChannelProfile, brand_profile
from routing.services.acknowledgement import escalation_acknowledge
from routing.services.desk.trail import written
from routing.services.notifications import notification_row, team_channel, thread_url

REASON_LENGTH = 1000

_SENTENCES: Mapping[Language, str] = {
    "nl": "Door {who} verplaatst naar {department}: {reason}",
    "en": "Moved to {department} by {who}: {reason}",
}


class MoveRefused(Exception):
    """The conversation cannot be moved like this; the text says why, for whoever asked."""


@dataclass(frozen=True, slots=True)
class ThreadMove:
    """A move that was made. told: the channel that tells the new team, None when nobody is told."""

    log: MessageRoutingLog
    told: UUID | None


def department_channel(brand: BrandProfile, code: str, medium: str) -> BusinessEntityChannel:
    """The channel of a department that would own a conversation on this medium. Raises MoveRefused."""
    department = brand.compiled.department(code)
    if department is None or not department.active:
        raise MoveRefused(_("This brand has no active department “%(code)s”.") % {"code": code})
    return brand.channels[department.preferred_for(medium)[0].id].channel


def thread_move_to_code(
    *, thread: CommunicationThread, code: str, user: Any, reason: str, now: datetime
) -> ThreadMove:
    """`thread_move` to a department by its code. Raises MoveRefused, PermissionDenied."""
    require(user, Ability.CONVERSE, thread.business_entity_id)
    brand = brand_profile(thread.business_entity_id, configuration_version())
    channel = department_channel(brand, code, thread.medium)
    return thread_move(thread=thread, channel=channel, user=user, reason=reason, now=now)


def thread_take_runner_up(*, thread: CommunicationThread, user: Any, now: datetime) -> ThreadMove:
    """Give a conversation that routing was unsure of to its second choice."""
    if not (thread.is_unsure and thread.runner_up_code):
        raise MoveRefused(_("There is no second choice for this conversation."))
    reason = _("Second choice of the routing accepted")
    return thread_move_to_code(thread=thread, code=thread.runner_up_code, user=user, reason=reason, now=now)


def thread_take_suggestion(*, thread: CommunicationThread, user: Any, now: datetime) -> ThreadMove:
    """Accept the move that routing suggested when the customer changed the subject."""
    if not thread.suggested_code:
        raise MoveRefused(_("No move is suggested for this conversation."))
    reason = _("Suggested move accepted")
    return thread_move_to_code(thread=thread, code=thread.suggested_code, user=user, reason=reason, now=now)


@transaction.atomic
def thread_move(
    *, thread: CommunicationThread, channel: BusinessEntityChannel, user: Any, reason: str, now: datetime
) -> ThreadMove:
    """Give the conversation to another department of its brand, or to a desk that serves it.

    The new department's promise counts from the same start; once somebody has answered, the promise to
    the customer stands. Labels stay. The assignee is released: the work is another team's. Moving an
    emergency counts as acknowledging it, since a person has judged it. Raises MoveRefused,
    PermissionDenied.
    """
    require(user, Ability.CONVERSE, thread.business_entity_id)
    reason = clean_text(reason.strip())[:REASON_LENGTH]
    if not reason:
        raise MoveRefused(_("Say why: the reason is kept, and the routing learns from it."))
    brand = brand_profile(thread.business_entity_id, configuration_version())
    target = brand.compiled.channels.get(channel.id)
    if target is None or not target.may_own or not target.is_active:
        raise MoveRefused(_("This department does not take conversations of this brand."))
    thread = CommunicationThread.objects.select_for_update().get(id=thread.id)
    if thread.channel_id == channel.id:
        raise MoveRefused(_("The conversation is with this department already."))
    log = _log(thread, brand, channel, user, reason, now)
    profile = brand.channels[channel.id]
    _move_clock(thread, profile, now)
    thread.channel = channel
    thread.assignee = None
    thread.is_unsure = False
    thread.runner_up_code = thread.suggested_code = ""
    thread.save(
        update_fields=[
            "channel", "assignee", "is_unsure", "runner_up_code", "suggested_code", "response_due_at",
            "updated_at",
        ]
    )  # fmt: skip
    written(
        thread, ThreadEvent.Kind.MOVED, user=user, now=now, department=channel.channel_name, reason=reason,
        code=channel.channel_code,
    )  # fmt: skip
    _acknowledge_emergency(thread, user, now)
    audit_record(
        action=AuditEntry.Action.OVERRIDDEN,
        brands=[thread.business_entity_id],
        actor=user,
        object_type=thread._meta.label_lower,
        object_id=thread.id,
        object_name=thread.reference_number,
        changes={"channel_id": [str(log.source_channel_id or "") or None, str(channel.id)]},
        detail={"reason": reason},
    )
    return ThreadMove(log, _tell_team(brand, thread, profile, log, now))


def _log(
    thread: CommunicationThread,
    brand: BrandProfile,
    channel: BusinessEntityChannel,
    user: Any,
    reason: str,
    now: datetime,
) -> MessageRoutingLog:
    previous = brand.channels.get(thread.channel_id) if thread.channel_id else None
    message = (
        CommunicationMessage.objects.filter(thread=thread, direction=CommunicationMessage.Direction.INBOUND)
        .order_by("-sent_at", "-id")
        .only("id")
        .first()
    )
    code, before = channel.channel_code, previous.channel.channel_code if previous else "nobody"
    who = user.get_full_name() or user.get_username()
    return MessageRoutingLog.objects.create(
        created_at=now,
        business_entity_id=thread.business_entity_id,
        communication_message=message,
        thread=thread,
        source_channel_id=thread.channel_id,
        target_channel=channel,
        routing_reason=f"override {before} -> {code}",
        action=Action.ROUTE.value,
        urgency=(Urgency.HIGH if thread.is_urgent else Urgency.NORMAL).value,
        labels=thread.labels,
        explanation={
            language: sentence.format(who=who, department=department_name(code, language), reason=reason)
            for language, sentence in _SENTENCES.items()
        },
        manual_override=True,
        override_reason=reason,
        overridden_by=user,
    )


def _move_clock(thread: CommunicationThread, profile: ChannelProfile, now: datetime) -> None:
    """The running clock goes along; before the first answer the new department's promise takes its place."""
    timer = SlaTimer.objects.select_for_update().filter(thread=thread, state=SlaTimer.State.RUNNING).first()
    if timer is None:
        return
    timer.channel = profile.channel
    if thread.first_response_at is None:
        timer.due_at = profile.calendar.due(timer.started_at, profile.channel.sla_response_minutes)
        warn = profile.escalation.warn_before_minutes
        timer.warn_at = max(timer.started_at, timer.due_at - timedelta(minutes=warn)) if warn else None
        if timer.warn_at is None or timer.warn_at > now:
            timer.warned_at = None
        if timer.due_at > now:
            timer.breached_at = None
        thread.response_due_at = timer.due_at
    timer.save(update_fields=["channel", "due_at", "warn_at", "warned_at", "breached_at"])


def _acknowledge_emergency(thread: CommunicationThread, user: Any, now: datetime) -> None:
    for escalation_id in Escalation.objects.filter(
        thread=thread, cause=Escalation.Cause.EMERGENCY, state=Escalation.State.OPEN
    ).values_list("id", flat=True):
        escalation_acknowledge(
            escalation_id=escalation_id, by=user.get_full_name() or user.get_username(), now=now
        )


def _tell_team(
    brand: BrandProfile,
    thread: CommunicationThread,
    owner: ChannelProfile,
    log: MessageRoutingLog,
    now: datetime,
) -> UUID | None:
    urgent = owner.channel.channel_code == EMERGENCY
    team = team_channel(brand, owner.channel.channel_code, "new_thread")
    if team is None or thread.status == CommunicationThread.Status.RESOLVED:
        return None
    row = notification_row(
        brand,
        team,
        event="new_thread",
        dedupe_key=f"moved:{log.id}",
        thread_id=thread.id,
        title=f"Gesprek {thread.reference_number} is naar jullie verplaatst",
        about=owner.channel.channel_name,
        priority="Spoed" if urgent else "Hoog" if thread.is_urgent else "Normaal",
        facts=(("Waarom hier", log.explanation["nl"]),),
        actions=(("Gesprek openen", thread_url(thread.id)),),
        mention=urgent,
    )
    outbox_insert([row], now=now)
    return team.id
