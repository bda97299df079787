"""What is worth counting on each medium, beyond what is counted on all: `channel_specific_metrics`.

A medium is one entry here. A medium without an entry gets `ORDINARY`, so that a new provider is counted
from its first day.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """A number that can be added up over hours and channels.

    `sql` is an aggregate over the messages of an hour (`message`), or, with `of_notifications`, over the
    notifications that were finished in it (`item`).
    """

    name: str
    sql: str
    of_notifications: bool = False


@dataclass(frozen=True, slots=True)
class Ratio:
    """One count divided by another, four decimals; null where there is nothing to divide by."""

    name: str
    numerator: str
    denominator: str


@dataclass(frozen=True, slots=True)
class MediumMetrics:
    counts: tuple[Count, ...]
    ratios: tuple[Ratio, ...] = ()


def _messages(condition: str) -> str:
    return f"count(*) FILTER (WHERE {condition})"


_OUT = "message.direction = 'outbound'"
_CALL = "message.kind = 'call' AND message.direction = 'inbound'"

_APPROVED_TEMPLATES = "SELECT id FROM communication_templates WHERE provider_name <> ''"

FAILED = Count("failed", _messages(f"{_OUT} AND message.state = 'failed'"))
AUTOMATED = Count("automated", _messages("message.automated <> ''"))
DELIVERED = Count("delivered", _messages("message.delivered_at IS NOT NULL"))
READ = Count("read", _messages("message.read_at IS NOT NULL"))

ORDINARY = MediumMetrics(counts=(FAILED, AUTOMATED))

MEDIA: dict[str, MediumMetrics] = {
    "whatsapp": MediumMetrics(
        counts=(
            DELIVERED,
            READ,
            FAILED,
            Count(
                "accepted",
                _messages(f"{_OUT} AND message.state IN ('sent', 'delivered', 'read', 'played')"),
            ),
            Count("template_sends", _messages(f"{_OUT} AND message.template_id IN ({_APPROVED_TEMPLATES})")),
            # By our own check before sending, or by Meta.
            Count("window_refusals", _messages("message.error_code IN ('window_closed', '131047')")),
        ),
        ratios=(Ratio("read_rate", "read", "accepted"),),
    ),
    "email": MediumMetrics(
        counts=(
            AUTOMATED,
            Count("bounces", _messages("message.automated = 'bounce'")),
            FAILED,
        ),
    ),
    "sms": MediumMetrics(
        counts=(
            Count(
                "segments",
                "coalesce(sum((message.data->>'segments')::int) FILTER (WHERE channel.medium = 'sms'), 0)",
            ),
            DELIVERED,
            FAILED,
        ),
    ),
    "phone": MediumMetrics(
        counts=(
            Count("calls", _messages(_CALL)),
            Count("missed_calls", _messages(f"{_CALL} AND message.data->>'outcome' = 'missed'")),
            Count("answered_calls", _messages(f"{_CALL} AND message.data->>'outcome' = 'answered'")),
            Count(
                "answer_seconds",
                "coalesce(sum((message.data->>'answer_seconds')::int) FILTER "
                f"(WHERE {_CALL} AND message.data->>'outcome' = 'answered'), 0)",
            ),
        ),
        ratios=(
            Ratio("missed_rate", "missed_calls", "calls"),
            Ratio("avg_answer_seconds", "answer_seconds", "answered_calls"),
        ),
    ),
    "teams": MediumMetrics(
        counts=(
            Count("cards", "count(*) FILTER (WHERE item.state = 'sent')", of_notifications=True),
            # Teams names no reason once a later attempt got through: a card that was sent again had been
            # throttled or refused before.
            Count(
                "throttled",
                "count(*) FILTER (WHERE item.attempts > 1 OR item.error_code = '429')",
                of_notifications=True,
            ),
        ),
    ),
}


def metrics_of(medium: str) -> MediumMetrics:
    """What is counted on a medium."""
    return MEDIA.get(medium, ORDINARY)
