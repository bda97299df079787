"""Writing decisions down: every candidate, every part of its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from channels_app.bulk import array_text, bulk_insert, clean_text, json_text
from channels_app.models.base import new_id
from routing.engine.types import RoutingDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedMessage:
    message_id: UUID
    entity_id: UUID
    thread_id: UUID
    source_channel_id: UUID
    decision: RoutingDecision
    processing_ms: int
    waiting_ms: int


def logs_insert(routed: Sequence[RoutedMessage], *, now: datetime) -> None:
    """One row per routed message; one statement."""
    bulk_insert(
        "message_routing_logs",
        {
            "id": "uuid", "created_at": "timestamptz", "business_entity_id": "uuid",
            "communication_message_id": "uuid", "thread_id": "uuid", "source_channel_id": "uuid",
            "target_channel_id": "uuid", "routing_reason": "text", "routing_confidence": "numeric",
            "applied_rules": "jsonb", "keyword_matches": "jsonb", "sender_classification": "text",
            "action": "text", "urgency": "text", "unsure": "boolean", "runner_up": "text",
            "labels": "text[]", "auto_response": "text", "explanation": "jsonb", "candidates": "jsonb",
            "processing_time_ms": "integer", "waiting_time_ms": "integer",
        },
        [_row(item, now) for item in routed],
    )  # fmt: skip


def _row(item: RoutedMessage, now: datetime) -> tuple[Any, ...]:
    decision = item.decision
    return (
        new_id(), now, item.entity_id, item.message_id, item.thread_id, item.source_channel_id,
        decision.target_channel_id, clean_text(decision.reason)[:200], round(decision.confidence, 2),
        json_text(list(decision.applied_rules)),
        json_text({code: list(words) for code, words in decision.keyword_matches.items()}),
        decision.sender_classification.value, decision.action.value, decision.urgency.value, decision.unsure,
        decision.runner_up or "", array_text(decision.labels),
        decision.auto_response.value if decision.auto_response else "",
        json_text({"nl": decision.explanation.nl, "en": decision.explanation.en}),
        decision.candidates.json(),
        item.processing_ms, item.waiting_ms,
    )  # fmt: skip
