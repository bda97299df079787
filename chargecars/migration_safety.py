"""Would a migration break the old version, which goes on running while it is applied, or stop it for long?

`findings` walks the operations as Django will apply them, with the models as they are at that point. A finding is let
through by a reason in the migration itself, under the key that the finding has:

    class Migration(migrations.Migration):
        safe_because = {"RemoveField contacts.fax": "no release since 1.4 names it"}

What can be told from an operation is told; what a RunPython does cannot, so it needs a reason always.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres import operations as postgres
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

# The last migration of each app that only ever runs on an empty database: nothing of before 1.0 is deployed anywhere.
BASELINE = {
    "channels_app": "0009_contacts_in_the_audit_trail",
    "routing": "0002_desk",
    "analytics": "0002_reports",
}
# Tables that every message adds to: nothing may read or rewrite them whole while they are locked.
VOLUME = frozenset(
    {
        "inbound_receipts", "communication_messages", "communication_threads", "message_status_events",
        "message_attachments", "outbox_items", "contacts", "contact_identifiers", "message_routing_logs",
        "sla_timers", "thread_search", "thread_events", "channel_analytics", "audit_entries",
    }
)  # fmt: skip
_HARMLESS = (
    operations.CreateModel, operations.AlterModelOptions, operations.AlterModelManagers,
    operations.AlterModelTableComment, operations.RemoveConstraint, operations.RenameIndex,
    AddTrigger, RemoveTrigger, postgres.AddIndexConcurrently, postgres.RemoveIndexConcurrently,
    postgres.AddConstraintNotValid, postgres.ValidateConstraint, postgres.CreateExtension,
    postgres.CreateCollation,
)  # fmt: skip
_VOLATILE = re.compile(r"random|uuid|clock_timestamp|nextval", re.IGNORECASE)
_TABLES = "|".join(sorted(VOLUME))
# Pattern in a statement -> what is wrong with it.
_SQL: Mapping[str, str] = {
    r"\bDROP\s+TABLE\b": "the old version reads this table",
    r"\bDROP\s+COLUMN\b": "the old version reads this column",
    r"\bRENAME\b": "the old version knows the old name",
    r"\bALTER\s+(COLUMN\s+)?\"?\w+\"?\s+(SET\s+DATA\s+)?TYPE\b": "the table is rewritten while it is locked",
    r"\bSET\s+NOT\s+NULL\b": "the table is read whole while it is locked, and the old version may write NULL",
    rf"\bCREATE\s+(UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)[^;]*\bON\s+\"?({_TABLES})\b": "writers wait for the index",
    r"\bADD\s+CONSTRAINT\b(?![^;]*\bNOT\s+VALID\b)": "writers wait until every row is checked",
    rf"\b(UPDATE|DELETE\s+FROM)\s+\"?({_TABLES})\b": "a whole table in one transaction: work it off in batches",
    r"\bLOCK\s+TABLE\b|\bTRUNCATE\b|\bVACUUM\s+FULL\b|\bCLUSTER\b": "everybody waits",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """key: what a reason must be filed under."""

    migration: str
    key: str
    problem: str

    def __str__(self) -> str:
        return f"{self.migration}: {self.key}: {self.problem}"


def all_findings(connection: BaseDatabaseWrapper) -> list[Finding]:
    """Of every migration of ours after the baseline, in the order in which they are applied."""
    loader = MigrationLoader(None)
    graph, found, state = loader.graph, [], ProjectState()
    # Not `graph.leaf_nodes()` of one app: the models of others stand in the state as well.
    plan = dict.fromkeys(node for leaf in graph.leaf_nodes() for node in graph.forwards_plan(leaf))
    for app, name in plan:
        migration = loader.get_migration(app, name)
        if app in BASELINE and name > BASELINE[app]:
            found += findings(migration, state, connection)
        state = migration.mutate_state(state, preserve=False)
    return found


def findings(migration: Migration, before: ProjectState, connection: BaseDatabaseWrapper) -> list[Finding]:
    """What is wrong with a migration, given the models before it; without what it gives a reason for."""
    name = f"{migration.app_label}.{migration.name}"
    reasons: Mapping[str, str] = getattr(migration, "safe_because", {})
    state, found, new_tables = before.clone(), [], set[str]()
    for operation in _database_operations(migration.operations):
        after = state.clone()
        operation.state_forwards(migration.app_label, after)
        step = _Step(operation, migration.app_label, state, after, connection, new_tables)
        found += [Finding(name, key, problem) for key, problem in step.problems()]
        if isinstance(operation, operations.CreateModel):
            new_tables.add(step.table(operation.name))
        state = after
    keys = {finding.key for finding in found}
    left = [finding for finding in found if len(reasons.get(finding.key, "").split()) < 3]
    left += [Finding(name, key, "a reason for nothing") for key in reasons if key not in keys]
    return left


def _database_operations(given: Sequence[Operation]) -> Iterator[Operation]:
    for operation in given:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from _database_operations(operation.database_operations)
        else:
            yield operation


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation, and the models on both sides of it."""

    operation: Operation
    app: str
    before: ProjectState
    after: ProjectState
    connection: BaseDatabaseWrapper
    new_tables: set[str]

    def table(self, model: str) -> str:
        state = self.before if (self.app, model.lower()) in self.before.models else self.after
        return str(state.apps.get_model(self.app, model)._meta.db_table)

    def problems(self) -> Iterator[tuple[str, str]]:
        operation = self.operation
        kind = type(operation).__name__
        if isinstance(operation, operations.RunSQL):
            yield from self._of_sql(operation)
            return
        model = str(getattr(operation, "model_name", None) or getattr(operation, "name", None) or "")
        if isinstance(operation, _HARMLESS):
            return
        known = (self.app, model.lower()) in self.before.models
        table = self.table(model) if known else model
        if table in self.new_tables:
            return
        match operation:
            case operations.RemoveField():
                yield f"{kind} {table}.{operation.name}", "the old version reads this column"
            case operations.RenameField():
                yield f"{kind} {table}.{operation.old_name}", "the old version knows the old name"
            case operations.DeleteModel():
                yield f"{kind} {table}", "the old version reads this table"
            case operations.RenameModel() | operations.AlterModelTable():
                yield f"{kind} {table or operation.name}", "the old version knows the old name"
            case operations.AddField():
                for problem in self._of_new_column(operation, table):
                    yield f"{kind} {table}.{operation.name}", problem
            case operations.AlterField():
                for problem in self._of_changed_column(operation, table):
                    yield f"{kind} {table}.{operation.name}", problem
            case operations.AddIndex() | operations.RemoveIndex():
                if table in VOLUME:
                    yield f"{kind} {table}", "writers wait: the Concurrently operation does the same without"
            case operations.AddConstraint():
                yield (
                    f"{kind} {table}.{operation.constraint.name}",
                    "writers wait until every row is checked: AddConstraintNotValid now, ValidateConstraint "
                    "later; a unique one as an index made concurrently",
                )
            case _:
                yield f"{kind} {table}".strip(), "what it does cannot be told"

    def _of_new_column(self, operation: operations.AddField, table: str) -> Iterator[str]:
        field = operation.field
        if field.many_to_many:
            return
        if not field.null and not field.has_db_default():
            yield "the old version writes rows without it: nullable, or with db_default"
        if field.has_db_default() and _VOLATILE.search(repr(field.db_default)):
            yield "every row is rewritten while the table is locked: nullable first, filled in batches"
        yield from self._of_indexes(field, table)

    def _of_changed_column(self, operation: operations.AlterField, table: str) -> Iterator[str]:
        old, new = self._field(self.before, operation), self._field(self.after, operation)
        if old.many_to_many or new.many_to_many:
            return
        if old.column != new.column:
            yield "the old version knows the old name"
        if not _widened(old.db_type(self.connection), new.db_type(self.connection)):
            yield "the column changes its type: the table is rewritten while it is locked"
        if old.null and not new.null:
            yield "the table is read whole while it is locked, and the old version may write NULL"
        if old.has_db_default() and not new.has_db_default():
            yield "the old version leaves it to the database's default"
        if not (old.unique or old.db_index) or (new.unique and not old.unique):
            yield from self._of_indexes(new, table)
        if new.is_relation and new.db_constraint and not getattr(old, "db_constraint", False):
            yield "both tables are locked until every row is checked"

    def _field(self, state: ProjectState, operation: operations.AlterField) -> Any:
        return state.apps.get_model(self.app, operation.model_name)._meta.get_field(operation.name)

    def _of_indexes(self, field: Any, table: str) -> Iterator[str]:
        if table in VOLUME and (field.unique or field.db_index):
            yield "writers wait for its index: without one first, then AddIndexConcurrently"

    def _of_sql(self, operation: operations.RunSQL) -> Iterator[tuple[str, str]]:
        parts = operation.sql if isinstance(operation.sql, list | tuple) else [operation.sql]
        for part in parts:
            sql = _without_bodies(str(part if isinstance(part, str) else part[0]))
            for pattern, problem in _SQL.items():
                if found := re.search(pattern, sql, re.IGNORECASE):
                    yield f"RunSQL {' '.join(found[0].split())}", problem


def _without_bodies(sql: str) -> str:
    """The bodies of functions run later, and comments never."""
    sql = re.sub(r"\$(\w*)\$.*?\$\1\$", "", sql, flags=re.DOTALL)
    return re.sub(r"--[^\n]*|/\*.*?\*/", "", sql, flags=re.DOTALL)


def _widened(old: str | None, new: str | None) -> bool:
    """Whether a column may change so without being rewritten."""
    if old == new:
        return True
    lengths = [re.fullmatch(r"varchar\((\d+)\)", kind or "") for kind in (old, new)]
    if lengths[0] and new in ("text", "varchar"):
        return True
    return bool(lengths[0] and lengths[1] and int(lengths[0][1]) <= int(lengths[1][1]))
