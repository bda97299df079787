"""Counting how often each rule had a say, from the log, set by set: no row that every message would update."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from channels_app.bulk import fetch_all
from channels_app.models import RuleUse

FIRST_LOOK = timedelta(days=90)
# Decisions of a transaction that was still open at the last count.
LATE = timedelta(hours=1)


def rule_uses_count(*, now: datetime, since: datetime | None = None) -> int:
    """Count the days from `since` on again, or from the last one counted; how many counts changed.

    Whole days are counted anew, so that it may run twice, late or never for a while. One statement.
    """
    if since is None:
        last = RuleUse.objects.order_by("-last_used_at").values_list("last_used_at", flat=True).first()
        since = now - FIRST_LOOK if last is None else last - LATE
    start = datetime.combine(since.astimezone(UTC).date(), time.min, UTC)
    rows = fetch_all(
        """
        INSERT INTO rule_uses (id, created_at, business_entity_id, applied, day, uses, last_used_at)
        SELECT gen_random_uuid(), %s, log.business_entity_id, left(rule.name, 150),
               (log.created_at AT TIME ZONE 'UTC')::date, count(*), max(log.created_at)
          FROM message_routing_logs AS log
         CROSS JOIN LATERAL jsonb_array_elements_text(
               CASE jsonb_typeof(log.applied_rules) WHEN 'array' THEN log.applied_rules ELSE '[]' END
               ) AS rule(name)
         WHERE log.created_at >= %s AND log.created_at <= %s AND NOT log.manual_override
         GROUP BY 3, 4, 5
         ORDER BY 3, 4, 5
            ON CONFLICT (business_entity_id, applied, day) DO UPDATE
               SET uses = EXCLUDED.uses, last_used_at = EXCLUDED.last_used_at
             WHERE rule_uses.uses <> EXCLUDED.uses
        RETURNING id
        """,
        [now, start, now],
    )
    return len(rows)
