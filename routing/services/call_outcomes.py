"""What the end of a telephone call means for its conversation: alarm, clock, missed-call answer.

While a call rings nothing happens. What a later event changes of the outcome (a voicemail after all, a colleague
who did pick up) has its consequences then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from channels_app.models import CommunicationMessage, CommunicationTemplate, CommunicationThread, Contact
from channels_app.models.base import new_id
from channels_app.providers.base import IdentifierKind
from channels_app.providers.phone import CallOutcome
from channels_app.providers.registry import PROVIDERS
from channels_app.providers.telephone import is_mobile
from channels_app.selectors.directory import Directory
from channels_app.services.calls import sms_refused
from channels_app.services.intake import KnownContact
from channels_app.services.messages import MessageRow, OutboxRow
from channels_app.services.threads import ThreadRow
from routing.engine.evidence import EMERGENCY
from routing.selectors.brands import BrandProfile, ChannelProfile, speaking_profile
from routing.services.auto_response import answer_variables, render_answer
from routing.services.clocks import ClockRow
from routing.services.notifications import notification_row, team_channel, thread_actions

Status = CommunicationThread.Status
Message = CommunicationMessage

ANSWER_WITHIN = timedelta(hours=12)
ONE_ANSWER_IN = timedelta(hours=24)


class Ending(Enum):
    """How a call ended, as far as anything follows from it."""

    OPEN = "open"  # it rings, or nobody told how it ended
    UNANSWERED = "unanswered"
    ANSWERED = "answered"
    ASSUMED = "assumed"  # somebody or something picked up
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class EndedCall:
    """A call of a customer and what is known of it now. at: when it came in."""

    message_id: UUID
    thread: ThreadRow
    brand: BrandProfile
    contact: KnownContact
    caller: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DueAnswer:
    """A missed call that gets an answer: the department's, by this channel, in this text."""

    call: EndedCall
    owner: ChannelProfile
    leaves_by: ChannelProfile
    template: CommunicationTemplate


@dataclass(slots=True)
class Consequences:
    """What calls bring about, for the batch to write."""

    clocks: list[ClockRow] = field(default_factory=list)
    answered: list[tuple[UUID, datetime]] = field(default_factory=list)
    escalated: list[tuple[ThreadRow, BrandProfile]] = field(default_factory=list)
    notifications: list[OutboxRow] = field(default_factory=list)
    answers: list[DueAnswer] = field(default_factory=list)


def ending(data: Mapping[str, Any]) -> Ending:
    match data.get("outcome"):
        case CallOutcome.MISSED | CallOutcome.VOICEMAIL:
            return Ending.UNANSWERED
        case CallOutcome.ANSWERED:
            return Ending.ASSUMED if data.get("assumed") else Ending.ANSWERED
        case CallOutcome.BLOCKED:
            return Ending.BLOCKED
    return Ending.OPEN


def call_ended(call: EndedCall, consequences: Consequences, *, now: datetime) -> None:
    """Put the end of a call on its conversation. Nothing is done for a caller who is blocked."""
    if call.contact.blocked:
        return
    call.thread.changed = True
    match ending(call.data):
        case Ending.UNANSWERED:
            _unanswered(call, consequences, now)
        case Ending.ANSWERED:
            _spoken(call, consequences)
        case Ending.ASSUMED:
            if call.thread.waiting_since is None and call.thread.status in (Status.NEW, Status.OPEN):
                call.thread.status = Status.WAITING
        case Ending.BLOCKED:
            if call.thread.status == Status.NEW and call.thread.waiting_since is None:
                call.thread.status, call.thread.resolved_at, call.thread.set_aside = (
                    Status.RESOLVED,
                    now,
                    True,
                )


def _spoken(call: EndedCall, consequences: Consequences) -> None:
    """A colleague spoke with the customer: nobody waits any more."""
    thread = call.thread
    thread.last_outbound_at = max(thread.last_outbound_at or call.at, call.at)
    thread.first_response_at = thread.first_response_at or call.at
    thread.waiting_since = thread.response_due_at = None
    if thread.status != Status.RESOLVED:
        thread.status, thread.snoozed_until = Status.WAITING, None
    consequences.answered.append((thread.id, call.at))


def _unanswered(call: EndedCall, consequences: Consequences, now: datetime) -> None:
    thread = call.thread
    if thread.last_outbound_at is not None and thread.last_outbound_at > call.at:
        return  # somebody called back, or wrote, before we heard of it
    if thread.status != Status.NEW:
        thread.status = Status.OPEN
    thread.resolved_at = thread.snoozed_until = None
    thread.set_aside = False
    thread.last_inbound_at = max(thread.last_inbound_at or call.at, call.at)
    owner = call.brand.channels.get(thread.owner_id) if thread.owner_id is not None else None
    if owner is None:
        return
    if thread.waiting_since is None:
        due = owner.calendar.due(call.at, owner.channel.sla_response_minutes)
        thread.waiting_since, thread.response_due_at = call.at, due
        consequences.clocks.append(
            ClockRow(
                entity_id=thread.entity_id,
                thread_id=thread.id,
                message_id=call.message_id,
                channel_id=owner.channel.id,
                started_at=call.at,
                due_at=due,
                warn_minutes=owner.escalation.warn_before_minutes,
                first_response=thread.first_response_at is None,
            )
        )
    urgent = owner.channel.channel_code == EMERGENCY
    if urgent:
        thread.is_urgent, thread.escalated_at = True, thread.escalated_at or now
        consequences.escalated.append((thread, call.brand))
    card = _card(call, owner, urgent)
    if card is not None:
        consequences.notifications.append(card)
    if _may_answer(call, now) and (found := _template(call, owner)) is not None:
        thread.auto_responded_at = now
        consequences.answers.append(DueAnswer(call, owner, *found))


def _card(call: EndedCall, owner: ChannelProfile, urgent: bool) -> OutboxRow | None:
    team = team_channel(call.brand, owner.channel.channel_code, "new_thread")
    if team is None:
        return None
    who = call.contact.name or call.caller or "onbekend nummer"
    voicemail = call.data.get("outcome") == CallOutcome.VOICEMAIL
    local = call.at.astimezone(ZoneInfo(call.brand.entity.timezone))
    return notification_row(
        call.brand,
        team,
        event="new_thread",
        dedupe_key=f"call:{call.message_id}",
        thread_id=call.thread.id,
        title=f"Voicemail van {who}" if voicemail else f"Gemiste oproep van {who}",
        about=owner.channel.channel_name,
        priority="Spoed" if urgent else "Hoog" if call.thread.is_urgent else "Normaal",
        facts=(
            ("Gebeld om", f"{local:%d-%m-%Y %H:%M}"),
            *((("Nummer", call.caller),) if call.caller else ()),
        ),
        actions=thread_actions(call.thread.id),
        mention=urgent,
    )


def call_answers(
    consequences: Consequences, *, channels: Directory, now: datetime
) -> list[tuple[MessageRow, OutboxRow]]:
    """The answers to missed calls, once their conversations have their numbers."""
    return [
        _answer(due, held=channels.by_id[due.leaves_by.channel.id].holds_outgoing, now=now)
        for due in consequences.answers
    ]


def _may_answer(call: EndedCall, now: datetime) -> bool:
    """Once a day per conversation, not to colleagues, not about a call of long ago, only to a mobile number."""
    last = call.thread.auto_responded_at
    return (
        (last is None or now - last >= ONE_ANSWER_IN)
        and now - call.at <= ANSWER_WITHIN
        and call.contact.kind != Contact.Kind.INTERNAL
        and is_mobile(call.caller)
    )


def _answer(due: DueAnswer, *, held: bool, now: datetime) -> tuple[MessageRow, OutboxRow]:
    call, thread, template, channel = due.call, due.call.thread, due.template, due.leaves_by.channel
    answer = render_answer(
        call.brand, template, owner=due.owner, thread=thread, contact=call.contact, now=now
    )
    speaks = speaking_profile(call.brand, thread.owner_id, thread.source_channel_id)
    variables = answer_variables(
        call.brand,
        due.owner,
        speaks=speaks,
        language=template.language,
        customer_name=call.contact.name,
        reference_number=thread.reference_number,
        now=now,
    )
    row = MessageRow(
        id=new_id(),
        entity_id=thread.entity_id,
        thread_id=thread.id,
        channel_id=channel.id,
        direction=Message.Direction.OUTBOUND,
        message_type=Message.Type.AUTO_RESPONSE,
        state=Message.State.HELD if held else Message.State.QUEUED,
        sent_at=now,
        created_at=now,
        sender=channel.channel_address,
        sender_name=speaks.channel.sender_name,
        recipients=[call.caller],
        body=answer.body,
        data={
            "situation": CommunicationTemplate.Situation.MISSED_CALL.value,
            "language": answer.language,
            "template_values": [variables.get(name, "") for name in template.provider_variables],
        },
        answers_id=call.message_id,
        template_id=answer.template_id,
    )
    return row, OutboxRow(
        entity_id=thread.entity_id,
        channel_id=channel.id,
        message_id=row.id,
        thread_id=thread.id,
        recipient=call.caller,
        held=held,
    )


def _template(call: EndedCall, owner: ChannelProfile) -> tuple[ChannelProfile, CommunicationTemplate] | None:
    """The channel that may answer, with its text. None when no channel of the brand may, or has a text.

    A medium with a window takes an approved template only, and only to somebody who wrote over it before; a text
    message goes to whoever has not asked for no more of them.
    """
    language = call.contact.language or call.thread.language or call.brand.entity.default_language
    situation = CommunicationTemplate.Situation.MISSED_CALL.value
    candidates = []
    for profile in call.brand.channels.values():
        channel, can = profile.channel, PROVIDERS[profile.channel.channel_type].capabilities
        if (
            channel.business_entity_id != call.brand.entity.id
            or not channel.is_active
            or channel.suspended_at is not None
            or not can.replies
            or can.address_kind is not IdentifierKind.PHONE
        ):
            continue
        template = call.brand.templates.pick(
            situation, channel_id=channel.id, channel_type=channel.channel_type, language=language
        )
        if template is None or (can.reply_window is not None and not _approved(template)):
            continue
        same = channel.channel_code == owner.channel.channel_code
        candidates.append(
            (
                (can.reply_window is None, not same, not channel.is_primary, channel.channel_code),
                profile,
                template,
            )
        )
    for (free, *_rest), profile, template in sorted(candidates, key=lambda item: item[0]):
        allowed = (
            not sms_refused(call.contact.id)
            if free
            else CommunicationThread.objects.filter(
                contact_id=call.contact.id, medium=profile.channel.channel_type
            ).exists()
        )
        if allowed:
            return profile, template
    return None


def _approved(template: CommunicationTemplate) -> bool:
    return bool(template.provider_name) and template.approval == CommunicationTemplate.Approval.APPROVED
