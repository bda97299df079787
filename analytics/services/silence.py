"""Channels that have become unusually quiet: a mailbox, a number or a webhook that silently stopped.

How many messages should have come since the last one is read from what the same hours of the week brought
in the past four weeks. Eight expected and none received happens by chance less than once in 2,900 times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from channels_app.models import Incident
from channels_app.providers.registry import PROVIDERS
from channels_app.services.incidents import incident_open, incidents_close

EXPECTED_AT_LEAST = 8.0
WEEKS = 4
LONGEST_DAYS = 7  # beyond a week nothing new is learnt

# Per channel: when it last received, and the average of each whole hour since then, added up.
_EXPECTED = """
    WITH channel AS (
        SELECT channel.id, channel.business_entity_id, entity.timezone AS zone,
               (SELECT max((daily.date_tracked + make_interval(hours => daily.hour_tracked + 1))
                           AT TIME ZONE entity.timezone)
                  FROM channel_analytics AS daily
                 WHERE daily.business_entity_channel_id = channel.id AND daily.hour_tracked IS NOT NULL
                   AND daily.messages_received > 0) AS heard
          FROM business_entity_channels AS channel
          JOIN business_entities AS entity ON entity.id = channel.business_entity_id
         WHERE channel.is_active AND entity.is_active AND channel.channel_type = ANY(%(media)s::text[]))
    SELECT channel.id, channel.business_entity_id, channel.heard,
           coalesce(sum(hourly.messages_received)::float / %(weeks)s, 0)
      FROM channel
      LEFT JOIN generate_series(greatest(channel.heard, %(now)s::timestamptz - make_interval(days => %(days)s)),
                                %(now)s::timestamptz - interval '1 hour', interval '1 hour') AS quiet(at)
             ON true
      LEFT JOIN generate_series(1, %(weeks)s) AS week(ago) ON true
      LEFT JOIN channel_analytics AS hourly
             ON hourly.business_entity_channel_id = channel.id
            AND hourly.date_tracked = ((quiet.at AT TIME ZONE channel.zone) - week.ago * interval '7 days')::date
            AND hourly.hour_tracked = extract(hour FROM quiet.at AT TIME ZONE channel.zone)
     WHERE channel.heard IS NOT NULL
     GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A channel, the end of the hour in which it last received, and how many messages should have come."""

    channel_id: UUID
    entity_id: UUID
    heard: datetime
    expected: float


def quiet_channels(*, now: datetime) -> list[Quiet]:
    """Every active channel that ever received something; one query."""
    media = [code for code, provider in PROVIDERS.items() if provider.capabilities.receives]
    return [Quiet(*row) for row in _rows(now, media)]


def silence_watch(*, now: datetime) -> int:
    """Open an incident for each channel that is too quiet, close it where something came; how many are open."""
    waiting = set(
        Incident.objects.filter(kind=Incident.Kind.SILENCE, closed_at__isnull=True).values_list(
            "channel_id", flat=True
        )
    )
    silent = 0
    for quiet in quiet_channels(now=now):
        if quiet.expected >= EXPECTED_AT_LEAST:
            silent += 1
            incident_open(
                kind=Incident.Kind.SILENCE,
                now=now,
                entity_id=quiet.entity_id,
                channel_id=quiet.channel_id,
                detail=f"Niets ontvangen sinds {quiet.heard:%d-%m-%Y %H:%M} UTC; "
                f"gewoonlijk kwamen er in die tijd {round(quiet.expected)} berichten.",
            )
        elif quiet.channel_id in waiting:
            incidents_close(kind=Incident.Kind.SILENCE, now=now, channel_id=quiet.channel_id)
    return silent


def _rows(now: datetime, media: list[str]) -> list[tuple[UUID, UUID, datetime, float]]:
    with connection.cursor() as cursor:
        cursor.execute(_EXPECTED, {"now": now, "media": media, "weeks": WEEKS, "days": LONGEST_DAYS})
        return list(cursor.fetchall())
