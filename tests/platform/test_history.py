from __future__ import annotations

import json

import pghistory
import pgtrigger
import pytest
from django.db import connection


def _context_seen_by(statement: str, *parameters: object) -> tuple[str, str]:
    """Run a statement that changes data, and answer what a trigger would have read during it."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        (context_id, metadata) = cursor.fetchone()
    return context_id, metadata


_INSERT = """
INSERT INTO django_content_type (app_label, model) VALUES (%s, %s)
RETURNING current_setting('pghistory.context_id', true), current_setting('pghistory.context_metadata', true)
"""


@pytest.mark.django_db
def test_a_context_reaches_statements_with_parameters_in_a_transaction() -> None:
    with pghistory.context(reason="import") as context:
        found, metadata = _context_seen_by(_INSERT, "a", "b")
    assert found == str(context.id)
    assert json.loads(metadata) == {"reason": "import"}


@pytest.mark.django_db(transaction=True)
def test_a_context_reaches_a_statement_of_its_own_and_ends_with_it() -> None:
    with pghistory.context(reason="shell") as context:
        assert _context_seen_by(_INSERT, "c", "d")[0] == str(context.id)
    assert not _context_seen_by(_INSERT, "e", "f")[0]


@pytest.mark.django_db
def test_triggers_can_be_ignored_for_statements_with_parameters() -> None:
    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_content_type (app_label, model) VALUES (%s, %s) "
            "RETURNING current_setting('pgtrigger.ignore', true)",
            ["g", "h"],
        )
        assert cursor.fetchone()[0].startswith("{")
