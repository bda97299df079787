"""The audit trail under server-side parameter binding.

pghistory and pgtrigger prefix their session settings to each statement, and PostgreSQL refuses two commands
in one prepared statement. Here the settings go as a statement of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pghistory.middleware
import pghistory.runtime
import pgtrigger.runtime
from django.http import HttpRequest
from pghistory import config

from channels_app.requests import client_address

_CONTEXT = (
    "SELECT set_config('pghistory.context_id', %s, %s), set_config('pghistory.context_metadata', %s, %s)"
)
_IGNORE = "SELECT set_config('pgtrigger.ignore', %s, %s)"

# Both libraries are untyped, and these parts of them are private.
_history: Any = pghistory.runtime
_triggers: Any = pgtrigger.runtime

Execute = Callable[[Any, Any, bool, dict[str, Any]], Any]


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Tells the audit trail who is asking, and from where."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request)
        return context | {"ip": client_address(request)}


def send_settings_apart() -> None:
    """Take the place of both libraries' statement wrappers. Raises AttributeError if a release moved them."""
    for module, name, wrapper in (
        (_history, "_inject_history_context", _with_context),
        (_triggers, "_inject_pgtrigger_ignore", _with_ignored_triggers),
    ):
        getattr(module, name)
        setattr(module, name, wrapper)


def _with_context(execute: Execute, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if not _history._can_inject_variable(context["cursor"], sql):
        return execute(sql, params, many, context)
    current = _history._tracker.value
    metadata = json.dumps(current.metadata, cls=config.json_encoder())
    return _with_settings(
        lambda: execute(sql, params, many, context),
        context["connection"],
        _CONTEXT,
        values=(str(current.id), metadata),
        cleared=("", ""),
    )


def _with_ignored_triggers(
    execute: Execute, sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    if not _triggers._can_inject_variable(context["cursor"], sql):
        return execute(sql, params, many, context)
    ignored = "{" + ",".join(getattr(_triggers._ignore, "value", ())) + "}"
    return _with_settings(
        lambda: execute(sql, params, many, context),
        context["connection"],
        _IGNORE,
        values=(ignored,),
        cleared=("{}",),
    )


def _with_settings(
    run: Callable[[], Any],
    connection: Any,
    statement: str,
    *,
    values: tuple[str, ...],
    cleared: tuple[str, ...],
) -> Any:
    """Within a transaction the settings end with it; outside they would be gone before the statement ran."""
    local = connection.in_atomic_block
    _set(connection, statement, values, local=local)
    try:
        return run()
    finally:
        if not local:
            _set(connection, statement, cleared, local=False)


def _set(connection: Any, statement: str, values: tuple[str, ...], *, local: bool) -> None:
    with connection.connection.cursor() as cursor:  # beneath the wrappers, this one included
        cursor.execute(statement, [part for value in values for part in (value, local)])
