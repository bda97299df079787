"""A migration that would break the version before it, or hold it up, is refused; one that does not is not."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres import operations as postgres
from django.contrib.postgres.functions import RandomUUID
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from channels_app.models.base import new_id
from chargecars.migration_safety import BASELINE, VOLUME, all_findings, findings

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def models_now() -> ProjectState:
    loader = MigrationLoader(None)
    return loader.graph.make_state(nodes=loader.graph.leaf_nodes())


def problems(state: ProjectState, *operations: Operation, **attributes: Any) -> dict[str, str]:
    """What is found in a made-up migration of channels_app: key -> problem."""
    kind = type("Migration", (migrations.Migration,), {"operations": list(operations), **attributes})
    return {
        found.key: found.problem for found in findings(kind("0999_next", "channels_app"), state, connection)
    }


def text(**options: Any) -> models.Field[Any, Any]:
    return models.CharField(max_length=100, **options)


BREAK = {
    "a column goes": migrations.RemoveField("contact", "notes"),
    "a column is renamed": migrations.RenameField("contact", "notes", "remarks"),
    "a table goes": migrations.DeleteModel("RuleUse"),
    "a table is renamed": migrations.AlterModelTable("RuleUse", "uses_of_rules"),
    "a model is renamed": migrations.RenameModel("RuleUse", "UseOfRule"),
    "a column that the old version does not fill": migrations.AddField("contact", "fax", text(default="")),
    "a column that rewrites the table": migrations.AddField(
        "contact", "key", models.UUIDField(default=new_id, db_default=RandomUUID())
    ),
    "a column with an index on a large table": migrations.AddField(
        "communicationmessage", "batch", text(null=True, db_index=True)
    ),
    "a column changes its type": migrations.AlterField("contact", "notes", models.IntegerField()),
    "a column becomes shorter": migrations.AlterField("contact", "name", text()),
    "a column may no longer be empty": migrations.AlterField(
        "communicationmessage", "new_text", models.TextField(db_default="")
    ),
    "a default is taken away": migrations.AlterField("contact", "notes", models.TextField(blank=True)),
    "an index on a large table": migrations.AddIndex(
        "communicationmessage", models.Index(fields=["direction"], name="by_direction")
    ),
    "an index of a large table goes": migrations.RemoveIndex("inboundreceipt", "receipt_pending"),
    "a constraint that reads every row": migrations.AddConstraint(
        "contact", models.CheckConstraint(condition=~models.Q(name="x"), name="no_x")
    ),
    "Python that says nothing": migrations.RunPython(migrations.RunPython.noop),
    "an index in SQL": migrations.RunSQL("CREATE INDEX again ON communication_messages (direction)"),
    "a type in SQL": migrations.RunSQL("ALTER TABLE contacts ALTER COLUMN notes TYPE varchar(10)"),
    "a constraint in SQL": migrations.RunSQL("ALTER TABLE contacts ADD CONSTRAINT x CHECK (name <> 'x')"),
    "a column in SQL": migrations.RunSQL(["SELECT 1", ("ALTER TABLE contacts DROP COLUMN notes", None)]),
    "a whole table at once": migrations.RunSQL("UPDATE communication_messages SET subject = ''"),
    "inside an operation apart": migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RemoveField("contact", "notes")]
    ),
}
FIT = {
    "a nullable column": migrations.AddField("contact", "fax", text(null=True)),
    "a column with a default of the database": migrations.AddField(
        "contact", "fax", text(default="", db_default="")
    ),
    "a column becomes longer": migrations.AlterField(
        "contact", "name", models.CharField(max_length=9999, blank=True, db_default="")
    ),
    "an index made beside the work": postgres.AddIndexConcurrently(
        "communicationmessage", models.Index(fields=["direction"], name="by_direction")
    ),
    "an index on a small table": migrations.AddIndex(
        "ruleuse", models.Index(fields=["id"], name="rule_use_again")
    ),
    "a constraint for new rows": postgres.AddConstraintNotValid(
        "contact", models.CheckConstraint(condition=~models.Q(name="x"), name="no_x")
    ),
    "a column that the models forget first": migrations.SeparateDatabaseAndState(
        state_operations=[migrations.RemoveField("contact", "notes")]
    ),
    "a function in SQL": migrations.RunSQL(
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM contacts; DROP TABLE contacts $$"
    ),
    "an index in SQL beside the work": migrations.RunSQL(
        "CREATE INDEX CONCURRENTLY again ON communication_messages (direction)"
    ),
}


@pytest.mark.parametrize("operation", BREAK.values(), ids=BREAK)
def test_what_breaks_the_version_before_is_refused(models_now: ProjectState, operation: Operation) -> None:
    assert problems(models_now, operation)


@pytest.mark.parametrize("operation", FIT.values(), ids=FIT)
def test_what_the_version_before_lives_with_is_let_through(
    models_now: ProjectState, operation: Operation
) -> None:
    assert problems(models_now, operation) == {}


def test_a_new_table_may_be_made_in_any_number_of_steps(models_now: ProjectState) -> None:
    made = migrations.CreateModel("Fax", [("id", models.BigAutoField(primary_key=True)), ("number", text())])
    index = migrations.AddIndex("fax", models.Index(fields=["number"], name="fax_by_number"))
    column = migrations.AddField("fax", "pages", models.IntegerField(default=1))
    assert problems(models_now, made, index, column) == {}


def test_a_reason_lets_one_finding_through_and_must_say_something(models_now: ProjectState) -> None:
    gone = migrations.RemoveField("contact", "notes")
    key = "RemoveField contacts.notes"
    assert list(problems(models_now, gone)) == [key]
    assert problems(models_now, gone, safe_because={key: "no release since 1.4 names it"}) == {}
    assert list(problems(models_now, gone, safe_because={key: "ok"})) == [key]


def test_a_reason_for_nothing_is_refused_too(models_now: ProjectState) -> None:
    column = migrations.AddField("contact", "fax", text(null=True))
    reasons = {"RemoveField contacts.fax": "no release since 1.4 names it"}
    assert problems(models_now, column, safe_because=reasons) == {
        "RemoveField contacts.fax": "a reason for nothing"
    }


def test_our_migrations_break_nothing_and_the_tables_named_here_exist() -> None:
    assert all_findings(connection) == []
    assert set(connection.introspection.table_names()) >= VOLUME
    known = MigrationLoader(None).disk_migrations
    assert all((app, name) in known for app, name in BASELINE.items())
