"""Rows from a CSV or XLSX file, as spreadsheets of all kinds write them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 60
LONGEST_CELL = 5_000
_DELIMITERS = (";", ",", "\t")
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of a file as text. rows: (line in the file, cells), as many cells as there are headers."""

    headers: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def samples(self, column: int, most: int = 3) -> list[str]:
        """The first different values of a column."""
        values = (cells[column] for _line, cells in self.rows[:500] if cells[column])
        return list(dict.fromkeys(values))[:most]


def read_sheet(content: bytes) -> Sheet:
    """The first sheet of a file. Raises ValidationError, in a sentence, when it cannot be read as one."""
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("The file is larger than 10 MB; split it."))
    lines = _xlsx_lines(content) if content.startswith(_ZIP) else _csv_lines(content)
    rows: list[tuple[int, tuple[str, ...]]] = []
    headers: tuple[str, ...] = ()
    for number, cells in lines:
        if not any(cells):
            continue
        if not headers:
            headers = _headers(cells)
            continue
        if len(rows) == MOST_ROWS:
            raise ValidationError(_("The file has more than %(most)d rows; split it.") % {"most": MOST_ROWS})
        padded = (*cells, *("" for _missing in headers))[: len(headers)]
        rows.append((number, tuple(padded)))
    if not rows:
        raise ValidationError(_("The file has no rows below its headers."))
    return Sheet(headers, tuple(rows))


def _headers(cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise ValidationError(_("The file has more than %(most)d columns.") % {"most": MOST_COLUMNS})
    return tuple(cells)


def _xlsx_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # 5 MB that only an upload needs

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise ValidationError(_("The file is larger than 10 MB; split it."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, [_cell(value) for value in cells]
    except ValidationError:
        raise
    # What openpyxl raises for a broken file depends on which part of it is broken.
    except Exception as error:
        raise ValidationError(
            _("This is not a spreadsheet that can be read. Save it as XLSX or CSV.")
        ) from error


def _cell(value: Any) -> str:
    """A cell as its reader sees it: numbers without a decimal part that nobody typed."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _clean(str(value))


def _csv_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    first, _newline, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # what Excel writes for itself
        delimiter, text = first.strip()[4], rest
    else:
        delimiter = _delimiter(first)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, [_clean(cell) for cell in cells]
    except csv.Error as error:
        raise ValidationError(
            _("Line %(line)d cannot be read: is a quotation mark missing?") % {"line": reader.line_num}
        ) from error


def _decoded(content: bytes) -> str:
    """UTF-8 where it is that, UTF-16 where it says so, else Windows-1252, which older spreadsheets write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(_("The file is not text. Save it as XLSX or CSV."))


def _delimiter(header: str) -> str:
    """What separates the headers: whichever stands most often outside quotation marks."""
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _clean(cell: str) -> str:
    text = cell.replace("\x00", "").replace("\xa0", " ").strip()[:LONGEST_CELL]
    # The apostrophe with which spreadsheets mark a text, and which our own exports put before a formula.
    return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text
