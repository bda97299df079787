from __future__ import annotations

from uuid import UUID

from channels_app.bulk import fetch_all


def capacity_loads(limited: frozenset[UUID]) -> dict[UUID, int]:
    """How many conversations are open per channel that has a limit, frozen until the transaction ends.

    Only channels with a limit pay for this. The advisory locks, taken in one order, keep parallel
    workers from filling the last place twice.
    """
    if not limited:
        return {}
    ids = sorted(limited)
    fetch_all(
        "SELECT pg_advisory_xact_lock(hashtextextended(given.id::text, 0)) FROM unnest(%b::uuid[]) AS given(id)",
        [ids],
    )
    return open_conversations(limited)


def open_conversations(channel_ids: frozenset[UUID]) -> dict[UUID, int]:
    """How many conversations each of these channels owns that are not resolved."""
    if not channel_ids:
        return {}
    ids = sorted(channel_ids)
    counts = dict(
        fetch_all(
            """
            SELECT channel_id, count(*) FROM communication_threads
             WHERE channel_id = ANY(%s::uuid[]) AND status <> 'resolved'
             GROUP BY channel_id
            """,
            [ids],
        )
    )
    return {channel_id: counts.get(channel_id, 0) for channel_id in ids}
