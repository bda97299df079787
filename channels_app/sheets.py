"""Tables as files that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# What makes a spreadsheet take a text for a formula.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NOT_IN_XML = {code: None for code in range(32) if code not in (9, 10, 13)}


def safe(value: Any) -> Any:
    """A value for a cell: a text that would be read as a formula gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    value = value.translate(_NOT_IN_XML)
    return f"'{value}" if value.startswith(_DANGEROUS) else value


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Semicolons and decimal commas, as Dutch spreadsheets expect; UTF-8 with its mark."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe(name) for name in header])
    writer.writerows([_as_text(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_file(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """One sheet with typed cells; its first row stays in view."""
    from openpyxl import Workbook  # 5 MB that only a download needs

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.append([safe(name) for name in header])
    for row in rows:
        sheet.append([_as_cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | float):
        return str(value).replace(".", ",")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(safe(value))


def _as_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)  # a spreadsheet knows no zones
    if isinstance(value, bool | int | float | Decimal | date) or value is None:
        return value
    return safe(str(value))
