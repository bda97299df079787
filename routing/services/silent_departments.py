"""A department that does not answer: its fallback takes the conversation over, and the log says why.

The clock is left as it is, with the department whose promise it is. A department that had the conversation
since the customer began to wait never gets it back from here, so that nothing goes round in circles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from channels_app.bulk import bulk_insert, fetch_all, json_text
from channels_app.models import BusinessEntityChannel
from channels_app.models.base import new_id
from channels_app.schemas import Language, department_name
from channels_app.selectors.directory import configuration_version
from channels_app.services.messages import OutboxRow, outbox_insert
from routing.engine.scoring import has_room
from routing.engine.types import Action, ChannelFacts, Urgency
from routing.selectors.brands import BrandProfile, ChannelProfile, brand_profile
from routing.selectors.load import capacity_loads
from routing.services.notifications import notification_row, team_channel, thread_actions

BATCH = 200
SILENT = "fallback:silent"
FULL = "fallback:full"

_SENTENCES: Mapping[str, Mapping[Language, str]] = {
    SILENT: {
        "nl": "Naar {new}: {old} antwoordde niet binnen {minutes} minuten na de beloofde tijd",
        "en": "To {new}: {old} did not answer within {minutes} minutes after the promised time",
    },
    FULL: {
        "nl": "Naar {new}: {old} zit vol en antwoordde niet binnen {minutes} minuten na de beloofde tijd",
        "en": "To {new}: {old} is full and did not answer within {minutes} minutes after the promised time",
    },
}


@dataclass(frozen=True, slots=True)
class WaitingThread:
    """A conversation whose department has been silent too long, locked."""

    timer_id: UUID
    entity_id: UUID
    thread_id: UUID
    owner_id: UUID
    reference: str
    urgent: bool
    message_id: UUID | None


@dataclass(frozen=True, slots=True)
class HandOver:
    thread: WaitingThread
    brand: BrandProfile
    old: ChannelProfile
    new: ChannelProfile
    reason: str


def fallbacks_take_over(*, now: datetime) -> int:
    """Give the conversations of departments that stay silent to their fallbacks; how many.

    Where no fallback is open and has room, the next sweep looks again.
    """
    patience = _patience()
    if not patience:
        return 0
    total, last = 0, UUID(int=0)
    while True:
        seen, moved, last = _take_over(patience, last, now)
        total += moved
        if seen < BATCH:
            return total


def _patience() -> dict[UUID, int]:
    """Minutes after the promised time, per channel that hands over."""
    version = configuration_version()
    found = {}
    for channel in BusinessEntityChannel.objects.filter(
        escalation_config__has_key="fallback_after_minutes", registration__fallback_channel__isnull=False
    ).only("id", "business_entity_id"):
        profile = brand_profile(channel.business_entity_id, version).channels.get(channel.id)
        if profile is not None and profile.escalation.fallback_after_minutes is not None:
            found[channel.id] = profile.escalation.fallback_after_minutes
    return found


@transaction.atomic
def _take_over(patience: Mapping[UUID, int], after: UUID, now: datetime) -> tuple[int, int, UUID]:
    threads = [
        WaitingThread(*row)
        for row in fetch_all(
            """
            SELECT timer.id, timer.business_entity_id, thread.id, thread.channel_id, thread.reference_number,
                   thread.is_urgent,
                   (SELECT message.id FROM communication_messages AS message
                     WHERE message.thread_id = thread.id AND message.direction = 'inbound'
                     ORDER BY message.sent_at DESC, message.id DESC LIMIT 1)
              FROM sla_timers AS timer
              JOIN communication_threads AS thread ON thread.id = timer.thread_id
              JOIN unnest(%s::uuid[], %s::int[]) AS patient(channel_id, minutes)
                ON patient.channel_id = thread.channel_id
             WHERE timer.state = 'running' AND timer.due_at <= %s AND timer.id > %s
               AND coalesce(timer.handed_over_at, timer.due_at) + make_interval(mins => patient.minutes) <= %s
               AND thread.status IN ('new', 'open')
               -- Whoever took the escalation on is at work, though the customer has not read anything yet.
               AND NOT EXISTS (SELECT FROM escalations AS escalation
                                WHERE escalation.thread_id = thread.id AND escalation.state = 'acknowledged'
                                  AND escalation.acknowledged_at >= timer.started_at)
             ORDER BY timer.id LIMIT %s
               FOR UPDATE OF thread SKIP LOCKED
            """,
            [list(patience), list(patience.values()), now, after, now, BATCH],
        )
    ]
    if not threads:
        return 0, 0, after
    version = configuration_version()
    brands = {id: brand_profile(id, version) for id in {thread.entity_id for thread in threads}}
    loads = capacity_loads(frozenset().union(*(brand.limited for brand in brands.values())))
    before = _earlier_owners(threads)
    moves = []
    for thread in threads:
        brand = brands[thread.entity_id]
        old = brand.compiled.channels.get(thread.owner_id)
        taker = _taker(thread, brand, before[thread.thread_id], loads, now)
        if old is None or taker is None:
            continue
        reason = SILENT if has_room(old, loads.get(old.id, 0) - 1) else FULL
        loads[taker.id] = loads.get(taker.id, 0) + 1
        moves.append(HandOver(thread, brand, brand.channels[old.id], brand.channels[taker.id], reason))
    _record(moves, patience, now)
    return len(threads), len(moves), threads[-1].timer_id


def _earlier_owners(threads: list[WaitingThread]) -> dict[UUID, set[UUID]]:
    """Who had each conversation before a fallback took it, since the customer began to wait."""
    owners: dict[UUID, set[UUID]] = defaultdict(set)
    for thread_id, channel_id in fetch_all(
        """
        SELECT log.thread_id, log.source_channel_id
          FROM message_routing_logs AS log
          JOIN sla_timers AS timer ON timer.thread_id = log.thread_id AND timer.state = 'running'
         WHERE log.thread_id = ANY(%s::uuid[]) AND log.created_at >= timer.started_at
           AND log.applied_rules ?| ARRAY[%s, %s]
        """,
        [[thread.thread_id for thread in threads], SILENT, FULL],
    ):
        owners[thread_id].add(channel_id)
    return owners


def _taker(
    thread: WaitingThread,
    brand: BrandProfile,
    before: set[UUID],
    loads: Mapping[UUID, int],
    now: datetime,
) -> ChannelFacts | None:
    """The nearest channel of the fallback chain that is at work, has room and did not have it before."""
    closed = frozenset() if thread.urgent else brand.compiled.hours.closed_at(now)
    for channel in brand.compiled.fallbacks.get(thread.owner_id, ()):
        available = channel.id not in closed and has_room(channel, loads.get(channel.id, 0))
        if available and channel.id not in before:
            return channel
    return None


def _record(moves: list[HandOver], patience: Mapping[UUID, int], now: datetime) -> None:
    if not moves:
        return
    fetch_all(
        """
        UPDATE communication_threads AS thread
           SET channel_id = given.channel_id, assignee_id = NULL, updated_at = %s
          FROM unnest(%s::uuid[], %s::uuid[]) AS given(id, channel_id)
         WHERE thread.id = given.id
        RETURNING thread.id
        """,
        [now, [move.thread.thread_id for move in moves], [move.new.channel.id for move in moves]],
    )
    fetch_all(
        "UPDATE sla_timers SET handed_over_at = %s WHERE id = ANY(%s::uuid[]) RETURNING id",
        [now, [move.thread.timer_id for move in moves]],
    )
    bulk_insert(
        "message_routing_logs",
        {
            "id": "uuid", "created_at": "timestamptz", "business_entity_id": "uuid",
            "communication_message_id": "uuid", "thread_id": "uuid", "source_channel_id": "uuid",
            "target_channel_id": "uuid", "routing_reason": "text", "applied_rules": "jsonb", "action": "text",
            "urgency": "text", "explanation": "jsonb",
        },
        [
            (
                new_id(), now, move.thread.entity_id, move.thread.message_id, move.thread.thread_id,
                move.old.channel.id, move.new.channel.id,
                f"fallback {move.old.channel.channel_code} -> {move.new.channel.channel_code}",
                json_text([move.reason]), Action.ROUTE.value,
                (Urgency.HIGH if move.thread.urgent else Urgency.NORMAL).value,
                json_text(_explanation(move, patience)),
            )
            for move in moves
        ],
    )  # fmt: skip
    cards = (_card(move, patience, now) for move in moves)
    outbox_insert([card for card in cards if card is not None], now=now)


def _explanation(move: HandOver, patience: Mapping[UUID, int]) -> dict[Language, str]:
    return {
        language: sentence.format(
            new=department_name(move.new.channel.channel_code, language),
            old=department_name(move.old.channel.channel_code, language),
            minutes=patience[move.thread.owner_id],
        )
        for language, sentence in _SENTENCES[move.reason].items()
    }


def _card(move: HandOver, patience: Mapping[UUID, int], now: datetime) -> OutboxRow | None:
    team = team_channel(move.brand, move.new.channel.channel_code, "new_thread")
    if team is None:
        return None
    return notification_row(
        move.brand,
        team,
        event="new_thread",
        dedupe_key=f"fallback:{move.thread.thread_id}:{move.new.channel.id}:{now.isoformat()}",
        thread_id=move.thread.thread_id,
        title=f"Gesprek {move.thread.reference} is nu van jullie",
        about=move.new.channel.channel_name,
        priority="Spoed" if move.thread.urgent else "Hoog",
        facts=(("Waarom hier", _explanation(move, patience)["nl"]),),
        actions=thread_actions(move.thread.thread_id),
    )
