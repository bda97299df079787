"""Who changed what: gives the audit trail its context under server-side parameter binding."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pghistory.middleware
import pghistory.runtime
from django.http import HttpRequest
from pghistory import config

_SET = "SELECT set_config('pghistory.context_id', %s, %s), set_config('pghistory.context_metadata', %s, %s)"
_CONTEXT_OF_NOBODY = ("", "")


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):  # type: ignore[misc]
    """Webhooks change no audited table and are the busiest requests: they pay nothing."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith("/webhooks/"):
            return self.get_response(request)
        return super().__call__(request)


def inject_context_apart() -> None:
    """Make `pghistory.context` send its settings as a statement of their own.

    It prefixes them to each statement, and PostgreSQL refuses two commands in one prepared statement.
    """
    pghistory.runtime._inject_history_context = _execute_with_context


def _execute_with_context(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    if not pghistory.runtime._can_inject_variable(context["cursor"], sql):
        return execute(sql, params, many, context)
    current = pghistory.runtime._tracker.value
    metadata = json.dumps(current.metadata, cls=config.json_encoder())
    connection = context["connection"]
    if connection.in_atomic_block:
        _set(connection, str(current.id), metadata, local=True)
        return execute(sql, params, many, context)
    # Outside a transaction a local setting would be gone before the statement runs.
    _set(connection, str(current.id), metadata, local=False)
    try:
        return execute(sql, params, many, context)
    finally:
        _set(connection, *_CONTEXT_OF_NOBODY, local=False)


def _set(connection: Any, context_id: str, metadata: str, *, local: bool) -> None:
    with connection.connection.cursor() as cursor:  # beneath the wrappers, this one included
        cursor.execute(_SET, [context_id, local, metadata, local])
