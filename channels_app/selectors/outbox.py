from __future__ import annotations

from datetime import datetime
from uuid import UUID

from channels_app.bulk import fetch_all


def channels_with_outgoing(now: datetime) -> list[UUID]:
    """The channels that have something to send now and are allowed to."""
    return [
        channel_id
        for (channel_id,) in fetch_all(
            """
            SELECT channel.id
              FROM business_entity_channels AS channel
              JOIN business_entities AS entity ON entity.id = channel.business_entity_id
             WHERE NOT entity.outgoing_stopped
               AND channel.suspended_at IS NULL
               AND EXISTS (SELECT FROM outbox_items AS item
                            WHERE item.channel_id = channel.id AND item.state = 'queued'
                              AND item.available_at <= %s)
             ORDER BY channel.id
            """,
            [now],
        )
    ]
