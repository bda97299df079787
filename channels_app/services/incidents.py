"""Trouble with a channel: opened once, counted while it lasts, closed by itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from channels_app.bulk import bulk_insert, clean_text
from channels_app.models import Incident
from channels_app.models.base import new_id


def incident_open(
    *,
    kind: str,
    now: datetime,
    detail: str = "",
    entity_id: UUID | None = None,
    channel_id: UUID | None = None,
    reference: str = "",
) -> bool:
    """Open an incident, or count one more occurrence of the one that is open. True when it is new."""
    rows = bulk_insert(
        "incidents",
        {
            "id": "uuid", "created_at": "timestamptz", "business_entity_id": "uuid", "channel_id": "uuid",
            "kind": "text", "detail": "text", "reference": "text", "opened_at": "timestamptz",
        },
        [(new_id(), now, entity_id, channel_id, kind, clean_text(detail), clean_text(reference)[:200], now)],
        on_conflict="(channel_id, kind, reference) WHERE closed_at IS NULL "
        "DO UPDATE SET occurrences = incidents.occurrences + 1, detail = EXCLUDED.detail",
        returning="occurrences",
    )  # fmt: skip
    return bool(rows) and rows[0][0] == 1


def incidents_close(*, kind: str, now: datetime, channel_id: UUID | None = None, reference: str = "") -> int:
    """Close what is open of this kind for a channel (and subject); how many there were."""
    return Incident.objects.filter(
        kind=kind, channel_id=channel_id, reference=reference, closed_at__isnull=True
    ).update(closed_at=now)
