"""Fixed points of the SMS tests."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

CHANNEL = UUID("00000000-0000-4000-8000-000000000001")
ARRIVED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
