"""The slow way to the same numbers: every row through plain Python, sharing no code with the product.

Written from `docs/metrics.md`, not from the rollup.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg.rows
from django.db import connection

LEFT_US = {"sent", "delivered", "read", "played"}
Key = tuple[UUID, date, int]


@dataclass
class Facts:
    """Every row there is, by the local hour and channel it counts for."""

    channels: dict[UUID, dict[str, Any]]
    messages: dict[Key, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    cards: dict[Key, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[Key, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    breached: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    started: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    resolved: dict[Key, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    escalated: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    rated: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(list))
    answers_of: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    approved_templates: set[UUID] = field(default_factory=set)

    @property
    def keys(self) -> set[Key]:
        found: set[Key] = set()
        for part in (
            self.messages, self.cards, self.answered, self.breached, self.started, self.resolved,
            self.escalated, self.rated,
        ):  # fmt: skip
            found |= set(part)
        return found


def rows_of(table: str) -> list[dict[str, Any]]:
    with connection.cursor() as wrapper:
        cursor = wrapper.connection.cursor(row_factory=psycopg.rows.dict_row)
        return list(cursor.execute(f"SELECT * FROM {table}").fetchall())


def gather() -> Facts:
    brands = {row["id"]: row for row in rows_of("business_entities")}
    channels = {row["id"]: row for row in rows_of("business_entity_channels")}
    zones = {key: ZoneInfo(brands[row["business_entity_id"]]["timezone"]) for key, row in channels.items()}
    facts = Facts(channels)

    def key(channel_id: UUID, at: datetime) -> Key:
        local = at.astimezone(zones[channel_id])
        return channel_id, local.date(), local.hour

    facts.approved_templates = {
        row["id"] for row in rows_of("communication_templates") if row["provider_name"]
    }
    for row in rows_of("communication_messages"):
        if row["direction"] != "internal":
            facts.messages[key(row["channel_id"], row["sent_at"])].append(row)
    for row in rows_of("outbox_items"):
        if row["message_id"] is None and row["finished_at"] is not None:
            facts.cards[key(row["channel_id"], row["finished_at"])].append(row)
    for row in rows_of("sla_timers"):
        if row["answered_at"] is not None:
            facts.answers_of[row["thread_id"]] += 1
            facts.answered[key(row["channel_id"], row["answered_at"])].append(row)
        if row["breached_at"] is not None:
            facts.breached[key(row["channel_id"], row["breached_at"])] += 1
    for row in rows_of("communication_threads"):
        if row["set_aside"] or row["channel_id"] is None:
            continue
        facts.started[key(row["channel_id"], row["created_at"])] += 1
        if row["status"] == "resolved":
            facts.resolved[key(row["channel_id"], row["resolved_at"])].append(row["id"])
    seen: set[UUID] = set()
    for row in sorted(rows_of("escalations"), key=lambda row: (row["created_at"], row["id"])):
        if row["thread_id"] not in seen:
            seen.add(row["thread_id"])
            facts.escalated[key(row["channel_id"], row["created_at"])] += 1
    for row in rows_of("conversation_ratings"):
        facts.rated[key(row["channel_id"], row["rated_at"])].append(row["score"])
    return facts


def rounded(value: Decimal, places: str) -> Decimal:
    return value.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def metrics(facts: Facts, keys: list[Key]) -> dict[str, Any]:
    """Every column for these hours of one channel together."""
    messages = [message for key in keys for message in facts.messages.get(key, ())]
    cards = [card for key in keys for card in facts.cards.get(key, ())]
    answered = [timer for key in keys for timer in facts.answered.get(key, ())]
    resolved = [thread for key in keys for thread in facts.resolved.get(key, ())]
    ratings = [score for key in keys for score in facts.rated.get(key, ())]
    after_answer = [thread for thread in resolved if facts.answers_of[thread] >= 1]
    first_contact = [thread for thread in resolved if facts.answers_of[thread] == 1]
    waits = [timer["elapsed_minutes"] for timer in answered]
    left = [m for m in messages if m["direction"] == "outbound" and m["state"] in LEFT_US]
    return {
        "messages_received": sum(m["direction"] == "inbound" for m in messages),
        "messages_sent": len(left),
        "auto_responses_sent": sum(m["message_type"] == "auto_response" for m in left),
        "responses": len(waits),
        "responses_in_time": sum(timer["answered_at"] <= timer["due_at"] for timer in answered),
        "response_minutes_total": sum(waits, Decimal()),
        "business_minutes_total": sum((timer["business_minutes"] for timer in answered), Decimal()),
        "avg_response_time_minutes": rounded(sum(waits, Decimal()) / len(waits), "0.01") if waits else None,
        "min_response_time_minutes": min(waits, default=None),
        "max_response_time_minutes": max(waits, default=None),
        "sla_breaches": sum(facts.breached.get(key, 0) for key in keys),
        "new_conversations_started": sum(facts.started.get(key, 0) for key in keys),
        "conversations_resolved": len(resolved),
        "conversations_escalated": sum(facts.escalated.get(key, 0) for key in keys),
        "resolved_after_answer": len(after_answer),
        "resolved_at_first_contact": len(first_contact),
        "first_contact_resolution_rate": (
            rounded(Decimal(len(first_contact)) / len(after_answer), "0.0001") if after_answer else None
        ),
        "ratings": len(ratings),
        "ratings_total": sum(ratings),
        "customer_satisfaction_score": (
            rounded(Decimal(sum(ratings)) / len(ratings), "0.01") if ratings else None
        ),
        "channel_specific_metrics": of_medium(
            facts.channels[keys[0][0]]["channel_type"], messages, cards, facts.approved_templates
        ),
    }


def share(part: int, whole: int) -> float | None:
    return float(rounded(Decimal(part) / whole, "0.0001")) if whole else None


def of_medium(
    medium: str, messages: list[dict[str, Any]], cards: list[dict[str, Any]], approved: set[UUID]
) -> dict[str, Any]:
    outbound = [m for m in messages if m["direction"] == "outbound"]
    failed = sum(m["state"] == "failed" for m in outbound)
    delivered = sum(m["delivered_at"] is not None for m in messages)
    automated = sum(bool(m["automated"]) for m in messages)
    if medium == "whatsapp":
        read = sum(m["read_at"] is not None for m in messages)
        accepted = sum(m["state"] in LEFT_US for m in outbound)
        return {
            "delivered": delivered,
            "read": read,
            "failed": failed,
            "accepted": accepted,
            "template_sends": sum(m["template_id"] in approved for m in outbound),
            "window_refusals": sum(m["error_code"] in ("131047", "window_closed") for m in messages),
            "read_rate": share(read, accepted),
        }
    if medium == "email":
        bounces = sum(m["automated"] == "bounce" for m in messages)
        return {"automated": automated, "bounces": bounces, "failed": failed}
    if medium == "sms":
        segments = sum(json.loads(m["data"]).get("segments", 0) for m in messages)
        return {"segments": segments, "delivered": delivered, "failed": failed}
    if medium == "phone":
        calls = [
            json.loads(m["data"]) for m in messages if m["kind"] == "call" and m["direction"] == "inbound"
        ]
        taken = [call for call in calls if call["outcome"] == "answered"]
        missed = sum(call["outcome"] == "missed" for call in calls)
        seconds = sum(call["answer_seconds"] for call in taken)
        return {
            "calls": len(calls),
            "missed_calls": missed,
            "answered_calls": len(taken),
            "answer_seconds": seconds,
            "missed_rate": share(missed, len(calls)),
            "avg_answer_seconds": share(seconds, len(taken)),
        }
    if medium == "teams":
        return {
            "cards": sum(card["state"] == "sent" for card in cards),
            "throttled": sum(card["attempts"] > 1 or card["error_code"] == "429" for card in cards),
        }
    raise AssertionError(medium)
