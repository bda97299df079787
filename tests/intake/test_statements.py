"""What the drain costs as PostgreSQL itself counts it, in its own log: whatever goes round Django's cursor, or is
sent twice by the driver, would show here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from chargecars.embedded.state import StateDirectory
from routing.services.drain import drain_batch
from tests.factories import Brand, receive
from tests.intake.test_drain import PINNED_STATEMENTS, drain, mixed

pytestmark = pytest.mark.django_db(transaction=True)

_EXECUTED = re.compile(r"\[(\d+)\] LOG:  (?:statement|execute [^:]*):\s+(\S+)")
_TRANSACTION = {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET", "RESET"}


@contextmanager
def logged(statements: list[str]) -> Iterator[None]:
    """Fill the list with the first word of every statement that the server executes for this connection."""
    log = StateDirectory(Path(os.environ["STATE_DIR"])).logs / "postgres.log"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
        began = log.stat().st_size
        cursor.execute("SET log_statement = 'all'")
        try:
            yield
        finally:
            cursor.execute("RESET log_statement")
    with log.open("rb") as file:
        file.seek(began)
        text = file.read().decode(errors="replace")
    statements += [word.upper() for pid, word in _EXECUTED.findall(text) if int(pid) == session]


def test_the_server_counts_the_same_statements_for_one_message_and_for_three_hundred(
    chargecars: Brand, laderthuis: Brand
) -> None:
    numbers = [chargecars.phone_ids["support"], laderthuis.phone_ids["support"]]
    receive(mixed(numbers, 2, prefix="warm"))  # both brands are compiled
    drain()
    counts = []
    for size in (1, 300):
        receive(mixed(numbers, size, prefix=f"n{size}"))
        statements: list[str] = []
        with logged(statements):
            assert drain_batch().batch.stored == size
        counts.append(statements)

    one, three_hundred = ([word for word in words if word not in _TRANSACTION] for words in counts)
    assert len(one) == len(three_hundred) == PINNED_STATEMENTS
    assert counts[0] == counts[1]
    assert counts[0].count("BEGIN") == counts[0].count("COMMIT") == 1
