"""Set-based writes: one statement for one row or for five hundred.

Values travel as one array per column (`unnest`), so that the statement's text is the same whatever the
number of rows; in binary (`%b`), since the text form of an array costs a search for quotes in every value.
Lists and JSON travel as text and are cast in the statement, since `unnest` would flatten an array of arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from operator import attrgetter
from typing import Any, TypeVar, cast
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

T = TypeVar("T")

_ENCODER = DjangoJSONEncoder()

_WHOLE = frozenset({bool, int, float, bytes, datetime, UUID})  # there is no text in them
_PARTS: dict[type, Callable[[Any], tuple[Any, ...]] | None] = {}  # of the dataclasses that were seen

# How a column travels, by the type it is given: (array type, conversion in the statement).
_TRAVEL = {"jsonb": ("text", "::jsonb"), "text[]": ("text", "::text[]")}


def batches(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The rows in pieces of at most this size, so that no statement grows without bound."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def clean_text(value: str) -> str:
    """Text that PostgreSQL can hold: without NUL and without halves of surrogate pairs."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode(errors="replace").decode()
    return value


def clean_json(value: T) -> T:
    """A JSON value with every string in it cleaned, keys included; itself when it is clean already."""
    return value if _is_clean(value) else cast("T", _cleaned(value))


def clean_record(record: T) -> T:
    """A frozen dataclass with every text in it cleaned, however deep; itself when it is clean already."""
    return record if _is_clean(record) else cast("T", _cleaned(record))


def _is_clean(value: Any) -> bool:
    """Whether `_cleaned` would change nothing: nearly always, and a tenth of its cost."""
    if not value:
        return True
    kind = type(value)
    if kind is str:
        return "\x00" not in value and (value.isascii() or clean_text(value) is value)
    if kind is tuple or kind is list:
        return all(map(_is_clean, value))
    if kind is dict:
        return all(map(_is_clean, value)) and all(map(_is_clean, value.values()))
    if kind not in _PARTS:
        names = [field.name for field in fields(kind)] if is_dataclass(kind) else []
        _PARTS[kind] = attrgetter(*names) if len(names) > 1 else None
    parts = _PARTS[kind]
    if parts is not None:
        return all(map(_is_clean, parts(value)))
    return kind in _WHOLE or isinstance(value, Enum)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_cleaned, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _cleaned(getattr(value, part.name)) for part in fields(value)})
    return value


def json_text(value: Any) -> str:
    """A JSON value as text for a jsonb column, cleaned when it holds what jsonb refuses."""
    text = _ENCODER.encode(value)
    if "\\u0000" in text or "\\ud" in text:
        text = _ENCODER.encode(clean_json(value))
    return text


def array_text(values: Sequence[str]) -> str:
    """A list of texts as PostgreSQL's array literal."""
    if not values:
        return "{}"
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return '{"' + '","'.join(quoted) + '"}'


def unnest(columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> tuple[str, str, list[list[Any]]]:
    """(select list, FROM item, parameters) that turn rows of Python values into a set of SQL rows.

    columns: name -> PostgreSQL type. The FROM item is called `given`.
    """
    arrays: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    travel = [_TRAVEL.get(kind, (kind, "")) for kind in columns.values()]
    select = ", ".join(f'given."{name}"{cast}' for name, (_, cast) in zip(columns, travel, strict=True))
    names = ", ".join(f'"{name}"' for name in columns)
    source = f"unnest({', '.join(f'%b::{kind}[]' for kind, _ in travel)}) AS given({names})"
    return select, source, arrays


def bulk_insert(
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
    *,
    on_conflict: str = "",
    returning: str = "",
) -> list[tuple[Any, ...]]:
    """Insert rows in one statement and return the `returning` columns of those that were inserted.

    Runs with no rows too: a batch costs the same number of statements whatever is in it.
    """
    select, source, arrays = unnest(columns, rows)
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f'INSERT INTO "{table}" ({names}) SELECT {select} FROM {source}'  # noqa: S608 names are ours
    if on_conflict:
        statement += f" ON CONFLICT {on_conflict}"
    if returning:
        statement += f" RETURNING {returning}"
    with connection.cursor() as cursor:
        cursor.execute(statement, arrays)
        return list(cursor.fetchall()) if returning else []


def fetch_all(statement: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of one query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return list(cursor.fetchall())
