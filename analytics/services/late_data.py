"""Facts that arrive after their hour was counted: a status, a reply, a message from a slow mailbox.

Nothing is marked while messages come in; that would cost every message. Instead each run looks for rows
that were stored or changed since the last look (block range indexes on `created_at` and `updated_at` make
that cheap) and counts the hours those rows belong to once more. Transactions commit later than the time
they write down, so each look reaches back `OVERLAP` beyond the last.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from analytics.models import RollupState
from analytics.services.rollup import RollupOutcome, rollup
from analytics.windows import merged

OVERLAP = timedelta(minutes=10)
FIRST_LOOK = timedelta(days=8)  # the week that the dashboard opens with
# Counting a few hours too many is cheaper than a statement for each.
JOIN_WITHIN = timedelta(hours=6)

# A conversation that changed may have been moved, resolved or answered: every hour it has a part in.
_CHANGED_HOURS = """
    WITH thread AS (
        SELECT id, created_at, resolved_at FROM communication_threads
         WHERE updated_at >= %(since)s AND updated_at < %(until)s),
    moment AS (
        SELECT sent_at AS at FROM communication_messages
         WHERE created_at >= %(since)s AND created_at < %(until)s
        UNION ALL
        SELECT message.sent_at FROM message_status_events AS event
          JOIN communication_messages AS message ON message.id = event.message_id
         WHERE event.created_at >= %(since)s AND event.created_at < %(until)s
        UNION ALL
        SELECT coalesce(message.sent_at, item.finished_at) FROM outbox_items AS item
          LEFT JOIN communication_messages AS message ON message.id = item.message_id
         WHERE item.finished_at >= %(since)s AND item.finished_at < %(until)s
        UNION ALL SELECT created_at FROM thread
        UNION ALL SELECT resolved_at FROM thread
        UNION ALL SELECT timer.answered_at FROM sla_timers AS timer JOIN thread ON thread.id = timer.thread_id
        UNION ALL SELECT timer.breached_at FROM sla_timers AS timer JOIN thread ON thread.id = timer.thread_id
        UNION ALL SELECT breached_at FROM sla_timers
         WHERE breached_at >= %(since)s AND breached_at < %(until)s
        UNION ALL SELECT created_at FROM escalations WHERE created_at >= %(since)s AND created_at < %(until)s
        UNION ALL SELECT rated_at FROM conversation_ratings
         WHERE created_at >= %(since)s AND created_at < %(until)s)
    SELECT DISTINCT date_trunc('hour', at, 'UTC') FROM moment WHERE at IS NOT NULL AND at < %(until)s
     ORDER BY 1
"""


@transaction.atomic
def rollup_changes(*, now: datetime) -> RollupOutcome:
    """Count again every hour that something stored or changed since the last look belongs to."""
    state, _ = RollupState.objects.select_for_update().get_or_create(
        id=1, defaults={"changes_seen_until": now - FIRST_LOOK}
    )
    since = state.changes_seen_until - OVERLAP
    hours = changed_hours(since=since, until=now)
    outcome = RollupOutcome()
    for start, end in merged(hours, gap=JOIN_WITHIN):
        outcome += rollup(since=start, until=end)
    state.changes_seen_until = now
    state.save(update_fields=["changes_seen_until"])
    return outcome


def changed_hours(*, since: datetime, until: datetime) -> list[datetime]:
    """The hours (of UTC) that rows stored or changed in this stretch belong to, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED_HOURS, {"since": since, "until": until})
        return [hour for (hour,) in cursor.fetchall()]
