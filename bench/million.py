"""The made-up million: 90 days, 50 channels, 2 brands; made once and kept."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "1000000"))
DAYS = 90
CHANNELS = 50
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=DAYS)


def million() -> int:
    """Make it unless it is there; how many messages there are."""
    from django.db import connection

    from analytics.history.loading import history_make
    from channels_app.models import CommunicationMessage

    if not CommunicationMessage.objects.exists():
        history_make(messages=MESSAGES, days=DAYS, channels=CHANNELS, seed=1, until=UNTIL)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return CommunicationMessage.objects.count()
