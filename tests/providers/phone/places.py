"""Fixed points of the phone tests."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

CHANNEL = UUID("00000000-0000-4000-8000-000000000002")
URL = f"https://kanalen.example/webhooks/phone/{CHANNEL}/"
ARRIVED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CALL = "CA00000000000000000000000000000001"
