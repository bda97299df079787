"""What people corrected: examples to learn from, and how often each kind of evidence was wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from channels_app.bulk import fetch_all
from routing.models import MessageRoutingLog

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class CorrectedMessage:
    """What a customer wrote and the department that a person gave it to."""

    text: str
    department: str


def corrected_messages(entity_id: UUID | None = None) -> Iterator[CorrectedMessage]:
    """The moved messages, oldest first, of one brand or of all; of a message moved twice the last move."""
    moves = MessageRoutingLog.objects.filter(
        manual_override=True, target_channel__isnull=False, communication_message__isnull=False
    )
    if entity_id is not None:
        moves = moves.filter(business_entity_id=entity_id)
    latest = moves.order_by("communication_message_id", "-id").distinct("communication_message_id")
    rows = (
        MessageRoutingLog.objects.filter(id__in=latest.values("id"))
        .order_by("id")
        .values_list(
            "communication_message__subject",
            "communication_message__new_text",
            "communication_message__body",
            "target_channel__channel_code",
        )
    )
    for subject, new_text, body, code in rows.iterator(chunk_size=ROWS_AT_ONCE):
        text = "\n".join(filter(None, (subject.strip(), (body if new_text is None else new_text).strip())))
        if text:
            yield CorrectedMessage(text, code)


@dataclass(frozen=True, slots=True)
class WrongRoutes:
    """How a kind of evidence did: the conversations it routed, and how many of them people moved.

    kind: rule, keywords, classifier, arrival, ... as in the log. subject: the rule's name, the keyword, or
    the department the evidence chose.
    """

    kind: str
    subject: str
    routed: int
    moved: int

    @property
    def percent(self) -> float:
        return 100 * self.moved / self.routed if self.routed else 0.0


_WRONG_ROUTES = """
    WITH decided AS (
        SELECT DISTINCT ON (log.thread_id) log.thread_id, log.id, log.routing_reason, log.keyword_matches,
               split_part(log.routing_reason, ' ', 1) AS kind, channel.channel_code AS code
          FROM message_routing_logs AS log
          JOIN business_entity_channels AS channel ON channel.id = log.target_channel_id
         WHERE log.business_entity_id = ANY(%s::uuid[]) AND log.created_at >= %s AND log.created_at < %s
           AND NOT log.manual_override AND log.action <> 'label_only'
           AND split_part(log.routing_reason, ' ', 1) <> 'thread'
         ORDER BY log.thread_id, log.id),
    judged AS (
        SELECT decided.*, EXISTS (
                   SELECT FROM message_routing_logs AS move
                    WHERE move.thread_id = decided.thread_id AND move.manual_override
                      AND move.id > decided.id) AS moved
          FROM decided),
    said AS (
        SELECT kind, moved, subject
          FROM judged
         CROSS JOIN LATERAL (
               SELECT substring(routing_reason FROM '^rule (.*?) -> ') AS subject WHERE kind = 'rule'
               UNION ALL
               SELECT word FROM jsonb_array_elements_text(coalesce(keyword_matches -> code, '[]')) AS word
                WHERE kind = 'keywords'
               UNION ALL
               SELECT code WHERE kind NOT IN ('rule', 'keywords')) AS named)
    SELECT kind, coalesce(subject, ''), count(*), count(*) FILTER (WHERE moved)
      FROM said
     GROUP BY 1, 2
    HAVING count(*) FILTER (WHERE moved) > 0
     ORDER BY 4 DESC, 3, 1, 2
     LIMIT %s
"""


def wrong_routes(
    entity_ids: Collection[UUID], *, since: datetime, until: datetime, limit: int = 20
) -> list[WrongRoutes]:
    """What led conversations of these brands to the wrong department in a period, most moves first.

    A conversation counts by the decision that began it. One query.
    """
    rows = fetch_all(_WRONG_ROUTES, [sorted(entity_ids), since, until, limit])
    return [WrongRoutes(*row) for row in rows]
