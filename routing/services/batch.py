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
from uuid import UUID

from channels_app.models import CommunicationMessage, CommunicationThread
from channels_app.selectors.directory import Directory
from channels_app.services.calls import CALL, CallBook, call_book, calls_write, recordings_attach
from channels_app.services.contact_merge import contacts_merge
from channels_app.services.contacts import counterpart, resolve_contacts
from channels_app.services.duplicates import drop_duplicates
from channels_app.services.intake import Envelope, known_contact
from channels_app.services.messages import (
    OutboxRow,
    attachments_insert,
    inbound_row,
    messages_insert,
    outbox_insert,
)
from channels_app.services.notices import PlacedEvent, notices_apply
from channels_app.services.statuses import PlacedStatus, statuses_apply
from channels_app.services.threads import ThreadFinder, ThreadRow, threads_write
from routing.engine.pipeline import decide
from routing.engine.types import Action, MessageFacts, RoutingDecision, SenderFacts, ThreadFacts, Urgency
from routing.selectors.brands import BrandProfile, brand_profile
from routing.selectors.content import content_analysis
from routing.selectors.load import capacity_loads
from routing.services.batch_answers import answer_rows, answer_template
from routing.services.batch_item import (
    DAY_SECONDS,
    BatchItem,
    answer_address,
    answers_within_day,
    automated,
    own_words,
)
from routing.services.call_outcomes import (
    Consequences,
    EndedCall,
    call_answers,
    call_ended,
    ending,
)
from routing.services.clocks import ClockRow, clocks_start, clocks_stop
from routing.services.escalations import escalations_open
from routing.services.notifications import thread_notification
from routing.services.ratings.taking import ratings_from_messages
from routing.services.routing_log import RoutedMessage, logs_insert

Status = CommunicationThread.Status
Message = CommunicationMessage

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
    answers = [answer for item in routed.messages if (answer := answer_rows(item, channels, now)) is not None]
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
class _Routed:
    finder: ThreadFinder
    messages: list[BatchItem] = field(default_factory=list)
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
        item = BatchItem(envelope, thread, contact, brand, inbound_row(envelope, thread, now=now))
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


def _record_echo(item: BatchItem, routed: _Routed) -> None:
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


def _decide(
    item: BatchItem, found: ThreadRow | None, loads: dict[UUID, int], routed: _Routed, now: datetime
) -> None:
    envelope, thread, contact = item.envelope, item.thread, item.contact
    message = envelope.message
    sender = counterpart(envelope)
    facts = MessageFacts(
        source_channel_id=envelope.channel.id,
        text=own_words(item),
        received_at=envelope.received_at,
        sent_at=message.sent_at,
        subject=item.row.subject,
        automated=automated(item),
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
            reply_to=answer_address(envelope),
            answers_within_day=answers_within_day(item, now),
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
    item.answer = answer_template(item)
    if item.answer is not None:
        # Now, not when it is written: the next message of the batch may be of the same conversation.
        thread.auto_responded_at = now
        contact.answered_at.append(now)
    contact.is_new = False


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
    item: BatchItem, decision: RoutingDecision, *, is_reply: bool, loads: dict[UUID, int], routed: _Routed
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


def _start_clock(item: BatchItem, *, moved: bool, routed: _Routed) -> None:
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
