"""What became of the messages that a sandbox customer wrote, read from what the product keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from channels_app.models import (
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    OutboxItem,
)
from routing.models import Escalation, MessageRoutingLog
from routing.services.notifications import thread_url

LATEST = 12


@dataclass(frozen=True, slots=True)
class RoutedText:
    """One message: why it went where it went, and what was answered."""

    text: str
    explanation: str
    answer: str  # which automatic answer, in words; "" for none
    answer_state: str
    answer_problem: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One conversation as the back office has it now, and its latest messages, newest first."""

    reference: str
    department: str  # "" when nobody was found
    medium: str
    moved: bool  # it belongs to another department than the one it was sent to
    status: str
    urgent: bool
    labels: tuple[str, ...]
    due_at: datetime | None
    team_told: bool
    url: str
    texts: list[RoutedText] = field(default_factory=list)


def happenings(channel_id: UUID, external_ids: Sequence[str]) -> list[Happening]:
    """The conversations of the latest of these messages, newest first."""
    messages = list(
        CommunicationMessage.objects.filter(channel_id=channel_id, external_id__in=external_ids)
        .select_related("thread__channel")
        .order_by("-id")[:LATEST]
    )
    ids = [message.id for message in messages]
    logs = {
        log.communication_message_id: log
        for log in MessageRoutingLog.objects.filter(communication_message_id__in=ids)
    }
    answers = {
        answer.answers_id: answer for answer in CommunicationMessage.objects.filter(answers_id__in=ids)
    }
    told = _teams_told([message.thread_id for message in messages])
    found: dict[UUID, Happening] = {}
    for message in messages:
        if message.thread_id not in found:
            found[message.thread_id] = _happening(message.thread, message.thread_id in told)
        found[message.thread_id].texts.append(
            _routed_text(message, logs.get(message.id), answers.get(message.id))
        )
    return list(found.values())


def unprocessed(channel_id: UUID, external_ids: Sequence[str]) -> set[str]:
    """Those that the product has not stored (yet)."""
    stored = CommunicationMessage.objects.filter(channel_id=channel_id, external_id__in=external_ids)
    return set(external_ids) - set(stored.values_list("external_id", flat=True))


def outgoing_states(channel_ids: Sequence[UUID], external_ids: Sequence[str]) -> dict[str, str]:
    """How the product thinks its own messages are doing, in words, by the provider's id."""
    messages = CommunicationMessage.objects.filter(
        channel_id__in=channel_ids,
        external_id__in=external_ids,
        direction=CommunicationMessage.Direction.OUTBOUND,
    )
    return {
        message.external_id: message.get_state_display() for message in messages.only("external_id", "state")
    }


def _teams_told(thread_ids: Sequence[UUID]) -> set[UUID]:
    """The conversations of which a team got a card."""
    cards = {f"new_thread:{thread_id}": thread_id for thread_id in thread_ids}
    for escalation_id, thread_id in Escalation.objects.filter(thread_id__in=thread_ids).values_list(
        "id", "thread_id"
    ):
        cards[f"emergency:{escalation_id}"] = thread_id
    sent = OutboxItem.objects.filter(dedupe_key__in=cards).values_list("dedupe_key", flat=True)
    return {cards[key] for key in sent}


def _happening(thread: CommunicationThread, team_told: bool) -> Happening:
    owner = thread.channel
    return Happening(
        reference=thread.reference_number,
        department=owner.channel_name if owner is not None else "",
        medium=owner.get_channel_type_display() if owner is not None else "",
        moved=owner is not None and owner.id != thread.source_channel_id,
        status=thread.get_status_display(),
        urgent=thread.is_urgent,
        labels=tuple(thread.labels),
        due_at=thread.response_due_at,
        team_told=team_told,
        url=thread_url(thread.id),
    )


def _routed_text(
    message: CommunicationMessage, log: MessageRoutingLog | None, answer: CommunicationMessage | None
) -> RoutedText:
    return RoutedText(
        text=message.subject or message.body,
        explanation=_in_this_language(log.explanation) if log is not None else "",
        answer=_situation(answer),
        answer_state=answer.get_state_display() if answer is not None else "",
        answer_problem=answer.error_text if answer is not None else "",
    )


def _situation(answer: CommunicationMessage | None) -> str:
    situation = (answer.data or {}).get("situation", "") if answer is not None else ""
    if situation not in CommunicationTemplate.Situation.values:
        return ""
    return str(CommunicationTemplate.Situation(situation).label)


def _in_this_language(explanation: dict[str, Any]) -> str:
    language = (get_language() or "nl")[:2]
    return str(explanation.get(language) or explanation.get("nl") or "")
