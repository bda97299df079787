"""Writing decisions down: every candidate, every part of its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from channels_app.bulk import array_text, bulk_insert, clean_text, json_text
from channels_app.models.base import new_id
from routing.engine.types import Candidate, RoutingDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedMessage:
    message_id: UUID
    entity_id: UUID
    thread_id: UUID
    source_channel_id: UUID
    decision: RoutingDecision
    processing_ms: int
    waiting_ms: int


def candidate_json(candidate: Candidate) -> dict[str, Any]:
    """A candidate in the form of the log and of the simulator's answer."""
    parts = candidate.components
    return {
        "channel_code": candidate.channel_code,
        "channel_type": candidate.channel_type,
        "raw_score": round(candidate.raw_score, 2),
        "score": round(candidate.score, 2),
        "components": {
            "priority": round(parts.priority, 2),
            "content": round(parts.content, 2),
            "sender": round(parts.sender, 2),
            "urgency": round(parts.urgency, 2),
            "load": round(parts.load, 2),
        },
        "status": candidate.status.value,
    }


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
        json_text([candidate_json(candidate) for candidate in decision.candidates]),
        item.processing_ms, item.waiting_ms,
    )  # fmt: skip
