"""Storing and routing a batch: a fixed number of statements for one message or for five hundred.

The order of the steps is the order in which rows are locked (senders, conversations, capacity,
messages, statuses, outbox), each sorted by key, so that two workers can wait for each other but never
in a circle.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from channels_app.models import CommunicationMessage, CommunicationTemplate, CommunicationThread
from channels_app.models.base import new_id
from channels_app.providers.base import Automated
from channels_app.selectors.directory import Directory
from channels_app.services.calls import CALL, CallBook, call_book, calls_write, recordings_attach
from channels_app.services.contact_merge import contacts_merge
from channels_app.services.contacts import counterpart, resolve_contacts
from channels_app.services.duplicates import drop_duplicates
from channels_app.services.intake import Envelope, KnownContact, known_contact
from channels_app.services.messages import (
    MessageRow,
    OutboxRow,
    attachments_insert,
    inbound_row,
    messages_insert,
    outbox_insert,
)
from channels_app.services.notices import PlacedEvent, notices_apply
from channels_app.services.replies import reply_address, reply_channel_id
from channels_app.services.statuses import PlacedStatus, statuses_apply
from channels_app.services.threads import ThreadFinder, ThreadRow, threads_write
from routing.engine.pipeline import decide
from routing.engine.types import Action, MessageFacts, RoutingDecision, SenderFacts, ThreadFacts, Urgency
from routing.selectors.brands import BrandProfile, brand_profile, speaking_profile
from routing.selectors.content import content_analysis
from routing.selectors.load import capacity_loads
from routing.services.auto_response import pick_template, render_answer
from routing.services.call_outcomes import (
    Consequences,
    EndedCall,
    Ending,
    call_answers,
    call_ended,
    ending,
)
from routing.services.clocks import ClockRow, clocks_start, clocks_stop
from routing.services.escalations import escalations_open
from routing.services.notifications import thread_notification
from routing.services.ratings.links import chosen
from routing.services.ratings.taking import ratings_from_messages
from routing.services.routing_log import RoutedMessage, logs_insert

Status = CommunicationThread.Status
Message = CommunicationMessage

# Kinds that say something about what was written earlier instead of asking something: no answer, no clock.
_REMARKS = frozenset({"reaction", "revoke", "system"})

# Of text messages: STOP and START are told to the line, not to a department. (HELP may well be a cry for it.)
_WISHES = frozenset({"stop", "start"})

DAY_SECONDS = 24 * 3600
LONGEST_WAIT_MS = 2**31 - 1  # what the column holds, 24 days; a replay can be older


@dataclass(slots=True)
class Batch:
    """What a number of receipts said, in order of arrival."""

    envelopes: list[Envelope] = field(default_factory=list)
    statuses: list[PlacedStatus] = field(default_factory=list)
    events: list[PlacedEvent] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.envelopes) + len(self.statuses) + len(self.events)


@dataclass(slots=True)
class BatchOutcome:
    """What storing a batch brought about, for counts and for ringing the next bells."""

    stored: int = 0
    duplicates: int = 0
    statuses: int = 0
    sending_channels: set[UUID] = field(default_factory=set)
    media_to_fetch: bool = False

    def add(self, other: BatchOutcome) -> None:
        self.stored += other.stored
        self.duplicates += other.duplicates
        self.statuses += other.statuses
        self.sending_channels |= other.sending_channels
        self.media_to_fetch = self.media_to_fetch or other.media_to_fetch


def store_batch(batch: Batch, *, channels: Directory, now: datetime) -> BatchOutcome:
    """Store, route and answer a batch within the caller's transaction.

    Raises LostRace when another worker was first with the same sender, conversation or message: roll
    back and do it again.
    """
    calls = call_book(batch.events, batch.envelopes, channels=channels)
    envelopes = drop_duplicates(batch.envelopes)
    same_people = resolve_contacts(envelopes, now=now)
    routed = _route(envelopes, calls, channels=channels, now=now)
    ended = _end_calls(routed, calls, version=channels.version, now=now)
    threads = routed.finder.threads.values()
    threads_write(
        (thread for thread in threads if thread.is_new or thread.changed),
        channels=dict(channels.by_id),
        now=now,
    )
    answers = [answer for item in routed.messages if (answer := _answer(item, channels, now)) is not None]
    answers.extend(call_answers(ended, channels=channels, now=now))
    messages_insert([*(item.row for item in routed.messages), *(answer for answer, _ in answers)])
    media_to_fetch = attachments_insert(envelopes, now=now)
    media_to_fetch |= _keep_calls(routed, calls, now=now)
    logs_insert([item.routed for item in routed.messages if item.routed is not None], now=now)
    clocks_start([*routed.clocks, *ended.clocks])
    clocks_stop([*routed.answered, *ended.answered])
    escalated = escalations_open([*routed.escalated, *ended.escalated], now=now)
    outbox = [item for _, item in answers]
    outbox.extend([*routed.notifications, *ended.notifications])
    outbox.extend(escalated)
    outbox_insert(outbox, now=now)
    statuses_apply(batch.statuses, now=now)
    notices_apply(batch.events, now=now)
    contacts_merge(same_people, now=now)
    ratings_from_messages(envelopes, now=now)
    return BatchOutcome(
        stored=len(envelopes),
        duplicates=len(batch.envelopes) - len(envelopes),
        statuses=len(batch.statuses),
        sending_channels={item.channel_id for item in outbox if not item.held},
        media_to_fetch=media_to_fetch,
    )


@dataclass(slots=True)
class _Item:
    envelope: Envelope
    thread: ThreadRow
    contact: KnownContact
    brand: BrandProfile
    row: MessageRow
    decision: RoutingDecision | None = None
    routed: RoutedMessage | None = None
    answer: CommunicationTemplate | None = None
    call: dict[str, Any] | None = None  # what is known of it, when it is a telephone call


@dataclass(slots=True)
class _Routed:
    finder: ThreadFinder
    messages: list[_Item] = field(default_factory=list)
    clocks: list[ClockRow] = field(default_factory=list)
    answered: list[tuple[UUID, datetime]] = field(default_factory=list)
    escalated: list[tuple[ThreadRow, BrandProfile]] = field(default_factory=list)
    notifications: list[OutboxRow] = field(default_factory=list)


def _route(envelopes: Sequence[Envelope], calls: CallBook, *, channels: Directory, now: datetime) -> _Routed:
    routed = _Routed(finder=ThreadFinder(envelopes, now=now, also=calls.thread_ids))
    brands = {e.channel.entity_id: brand_profile(e.channel.entity_id, channels.version) for e in envelopes}
    loads = capacity_loads(frozenset().union(*(brand.limited for brand in brands.values())))
    for envelope in envelopes:
        brand = brands[envelope.channel.entity_id]
        contact = known_contact(envelope)
        found = routed.finder.find(envelope)
        thread = found or routed.finder.start(envelope, contact)
        if found is not None:
            routed.finder.remember(envelope, thread)
        item = _Item(envelope, thread, contact, brand, inbound_row(envelope, thread, now=now))
        if envelope.message.kind == CALL and envelope.channel.provider.capabilities.calls:
            item.call = calls.data_of(envelope.external_id, envelope.message.data)
            item.row.data = {**item.row.data, **item.call}
        thread.changed = True
        thread.last_message_at = max(thread.last_message_at, envelope.message.sent_at)
        if envelope.message.echo:
            _record_echo(item, routed)
        else:
            _decide(item, found, loads, routed, now)
        routed.messages.append(item)
    return routed


def _record_echo(item: _Item, routed: _Routed) -> None:
    """The brand answered outside this product (phone app, Outlook): that stops the clock.

    Unless a machine answered, or the customer wrote again since: the two sides are read one after the other.
    """
    thread, at = item.thread, item.envelope.message.sent_at
    thread.last_outbound_at = max(thread.last_outbound_at or at, at)
    if item.envelope.message.historic and thread.is_new:
        thread.status, thread.resolved_at = Status.RESOLVED, at
        return
    if item.envelope.message.automated is not None or (thread.last_inbound_at or at) > at:
        return
    if thread.status != Status.RESOLVED:
        thread.status = Status.WAITING
    thread.waiting_since = thread.response_due_at = None
    thread.first_response_at = thread.first_response_at or at
    routed.answered.append((thread.id, at))


def _automated(item: _Item) -> str:
    message = item.envelope.message
    if message.automated is not None:
        return message.automated.value
    if message.data.get("opt_out") in _WISHES:
        return Automated.SYSTEM.value
    if item.contact.blocked or (item.call is not None and ending(item.call) is Ending.BLOCKED):
        return Automated.SPAM.value
    remark = message.kind in _REMARKS or chosen(message.data) is not None
    return Automated.SYSTEM.value if remark else ""


def _decide(
    item: _Item, found: ThreadRow | None, loads: dict[UUID, int], routed: _Routed, now: datetime
) -> None:
    envelope, thread, contact = item.envelope, item.thread, item.contact
    message = envelope.message
    sender = counterpart(envelope)
    facts = MessageFacts(
        source_channel_id=envelope.channel.id,
        text=_own_words(item),
        received_at=envelope.received_at,
        sent_at=message.sent_at,
        subject=item.row.subject,
        automated=_automated(item),
        authentication=message.authentication,
        historic=message.historic,
    )
    email = next((i.value for i in sender.identifiers if i.kind == "email"), "")
    phone = next((i.value for i in sender.identifiers if i.kind == "phone"), "")
    started = time.perf_counter()
    decision = decide(
        facts,
        SenderFacts(
            email=email,
            phone=phone,
            contact_kind=contact.kind,
            recent_departments=contact.recent_departments,
            is_new=contact.is_new,
            reply_to=_answer_address(envelope),
            answers_within_day=_answers_within_day(item, now),
        ),
        _thread_facts(found, now),
        item.brand.compiled,
        loads,
        analyze=content_analysis(),
    )
    engine_seconds = time.perf_counter() - started
    item.decision = decision
    _apply(item, decision, is_reply=found is not None, loads=loads, routed=routed)
    item.routed = RoutedMessage(
        message_id=envelope.id,
        entity_id=envelope.channel.entity_id,
        thread_id=thread.id,
        source_channel_id=envelope.channel.id,
        decision=decision,
        processing_ms=math.ceil(engine_seconds * 1000),
        waiting_ms=min(max(0, round((now - envelope.received_at).total_seconds() * 1000)), LONGEST_WAIT_MS),
    )
    item.answer = _answer_template(item)
    if item.answer is not None:
        # Now, not when it is written: the next message of the batch may be of the same conversation.
        thread.auto_responded_at = now
        contact.answered_at.append(now)
    contact.is_new = False


def _own_words(item: _Item) -> str:
    """What the sender wrote this time: what routing reads."""
    authored = item.envelope.message.authored_text
    if authored is not None:
        return authored
    return item.row.body if item.row.new_text is None else item.row.new_text


def _answer_address(envelope: Envelope) -> str:
    return reply_address(envelope.message.sender.address, envelope.message.data)


def _answers_within_day(item: _Item, now: datetime) -> int:
    """How often this sender was answered automatically of late, where one may begin many conversations."""
    if item.envelope.channel.single_open:
        return 0
    return sum((now - at).total_seconds() < DAY_SECONDS for at in item.contact.answered_at)


def _thread_facts(found: ThreadRow | None, now: datetime) -> ThreadFacts | None:
    if found is None or found.owner_id is None or found.set_aside:
        return None
    answered = found.auto_responded_at
    return ThreadFacts(
        owner_channel_id=found.owner_id,
        auto_responded_within_day=answered is not None and (now - answered).total_seconds() < DAY_SECONDS,
        was_urgent=found.is_urgent,
    )


def _apply(
    item: _Item, decision: RoutingDecision, *, is_reply: bool, loads: dict[UUID, int], routed: _Routed
) -> None:
    """Put a decision on its conversation: owner, state, labels, clock, notices."""
    thread, envelope = item.thread, item.envelope
    at = envelope.received_at
    quiet = decision.action is Action.LABEL_ONLY
    thread.add_labels(decision.labels)
    thread.language = thread.language or decision.language[:5]
    if quiet or envelope.message.historic:
        if not is_reply:
            thread.owner_id = decision.target_channel_id or thread.owner_id
            thread.status, thread.resolved_at, thread.set_aside = Status.RESOLVED, at, quiet
        return
    starts = not is_reply or thread.set_aside
    previous_owner = thread.owner_id
    if starts or decision.target_channel_id is not None:
        thread.owner_id = decision.target_channel_id
    if starts:
        thread.is_unsure = decision.unsure
        thread.runner_up_code = decision.runner_up or ""
        thread.lead_score, thread.lead_reasons = decision.lead_score, list(decision.lead_reasons)
    else:
        thread.suggested_code = decision.suggested_move or ""
        if thread.status != Status.NEW:
            thread.status = Status.OPEN
    if thread.set_aside or thread.status == Status.RESOLVED:
        thread.status = Status.NEW if thread.set_aside else Status.OPEN
    thread.set_aside = False
    thread.resolved_at = thread.snoozed_until = None
    thread.is_urgent = thread.is_urgent or decision.urgency is Urgency.HIGH
    thread.last_inbound_at = max(thread.last_inbound_at or envelope.message.sent_at, envelope.message.sent_at)
    owner = thread.owner_id
    if owner is not None and (starts or owner != previous_owner):
        loads[owner] = loads.get(owner, 0) + 1
    if item.call is not None:
        return  # what follows depends on how it ends
    _start_clock(item, moved=owner != previous_owner, routed=routed)
    if decision.is_emergency:
        thread.escalated_at = thread.escalated_at or at
        routed.escalated.append((thread, item.brand))
    if starts:
        notification = thread_notification(item.brand, thread, envelope, decision)
        if notification is not None:
            routed.notifications.append(notification)


def _end_calls(routed: _Routed, calls: CallBook, *, version: int, now: datetime) -> Consequences:
    """What the calls of a batch bring about: those that came in, and those of which more is known now."""
    consequences = Consequences()
    for item in routed.messages:
        envelope, decision = item.envelope, item.decision
        if item.call is None or decision is None or decision.action is Action.LABEL_ONLY:
            continue
        if envelope.message.historic:
            continue
        caller = envelope.message.sender.address
        call = EndedCall(
            envelope.id, item.thread, item.brand, item.contact, caller, envelope.message.sent_at, item.call
        )
        call_ended(call, consequences, now=now)
    for stored, data in calls.changed():
        thread = routed.finder.current(stored.thread_id)
        if thread is None or stored.outgoing or ending(data) is ending(stored.data):
            continue
        brand = brand_profile(stored.entity_id, version)
        call = EndedCall(stored.message_id, thread, brand, stored.contact, stored.caller, stored.at, data)
        call_ended(call, consequences, now=now)
    return consequences


def _keep_calls(routed: _Routed, calls: CallBook, *, now: datetime) -> bool:
    """Write what became of earlier calls, and have recordings fetched; whether there are any."""
    changed = calls.changed()
    calls_write(changed)
    return recordings_attach(
        [
            *((item.row.id, item.row.entity_id, item.call) for item in routed.messages if item.call),
            *((call.message_id, call.entity_id, data) for call, data in changed),
        ],
        now=now,
    )


def _start_clock(item: _Item, *, moved: bool, routed: _Routed) -> None:
    """Start the clock of the first unanswered message; a new owner's promise counts from the same start."""
    thread = item.thread
    profile = item.brand.channels.get(thread.owner_id) if thread.owner_id is not None else None
    running = thread.waiting_since is not None
    if profile is None or (running and not moved):
        return
    started = thread.waiting_since or item.envelope.received_at
    due = profile.calendar.due(started, profile.channel.sla_response_minutes)
    thread.waiting_since, thread.response_due_at = started, due
    routed.clocks.append(
        ClockRow(
            entity_id=thread.entity_id,
            thread_id=thread.id,
            message_id=item.envelope.id,
            channel_id=profile.channel.id,
            started_at=started,
            due_at=due,
            warn_minutes=profile.escalation.warn_before_minutes,
            first_response=thread.first_response_at is None,
        )
    )


def _answer_template(item: _Item) -> CommunicationTemplate | None:
    """The template of the automatic answer that the decision asks for; None when there will be none."""
    decision, thread, envelope = item.decision, item.thread, item.envelope
    if decision is None or decision.auto_response is None or thread.owner_id is None:
        return None
    owner = item.brand.channels.get(thread.owner_id)
    sender = envelope.channel.provider.capabilities
    if owner is None or not sender.replies or not _answer_address(envelope):
        return None
    language = item.contact.language or decision.language or item.brand.entity.default_language
    return pick_template(
        item.brand, kind=decision.auto_response, owner=owner, medium=thread.medium, language=language
    )


def _answer(item: _Item, channels: Directory, now: datetime) -> tuple[MessageRow, OutboxRow] | None:
    """The automatic answer to a message and its place in the outbox, when there is one."""
    decision, thread, envelope, template = item.decision, item.thread, item.envelope, item.answer
    if template is None or decision is None or decision.auto_response is None or thread.owner_id is None:
        return None
    owner = item.brand.channels[thread.owner_id]
    answer = render_answer(item.brand, template, owner=owner, thread=thread, contact=item.contact, now=now)
    leaves_by = channels.by_id[reply_channel_id(envelope.channel, channels.by_id.get(thread.owner_id))]
    recipient = _answer_address(envelope)
    held = leaves_by.holds_outgoing
    row = MessageRow(
        id=new_id(),
        entity_id=thread.entity_id,
        thread_id=thread.id,
        channel_id=leaves_by.id,
        direction=Message.Direction.OUTBOUND,
        message_type=Message.Type.AUTO_RESPONSE,
        state=Message.State.HELD if held else Message.State.QUEUED,
        sent_at=now,
        created_at=now,
        sender=leaves_by.address,
        sender_name=speaking_profile(item.brand, thread.owner_id, envelope.channel.id).channel.sender_name,
        recipients=[recipient],
        subject=answer.subject or item.row.subject,
        body=answer.body,
        html=answer.html,
        data={"situation": decision.auto_response.value, "language": answer.language},
        reply_to=envelope.message.external_id,
        references=(*item.row.references, envelope.message.external_id),
        answers_id=envelope.id,
        template_id=answer.template_id,
    )
    return row, OutboxRow(
        entity_id=thread.entity_id,
        channel_id=leaves_by.id,
        message_id=row.id,
        thread_id=thread.id,
        recipient=recipient,
        held=held,
    )
