from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from analytics.history.loading import History, history_make
from analytics.services.rollup import rollup

UNTIL = datetime(2026, 6, 13, tzinfo=UTC)
# HISTORY="1000000 90 50" runs the same tests over a million messages, 90 days and 50 channels.
MESSAGES, DAYS, CHANNELS = map(int, os.environ.get("HISTORY", "40000 5 10").split())


@contextmanager
def rolled_back(blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The database for several tests together; nothing stays behind."""
    with blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def history(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[History]:
    """Five busy days of two brands with five channels each (unless HISTORY says otherwise), counted."""
    with rolled_back(django_db_blocker):
        made = history_make(messages=MESSAGES, days=DAYS, channels=CHANNELS, seed=7, until=UNTIL)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        rollup(since=made.since, until=made.until)
        yield made
