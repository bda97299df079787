"""Files as spreadsheets write them, and what their columns hold."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from channels_app.services.contact_import import reading
from channels_app.services.contact_import.columns import guess_columns
from channels_app.services.contact_import.reading import read_sheet
from channels_app.services.contact_import.rows import ContactRow, contact_row, sheet_rows


def rows_of(content: bytes) -> list[ContactRow]:
    sheet = read_sheet(content)
    return sheet_rows(sheet, guess_columns(sheet.headers))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_text_file_is_read_whatever_its_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    lines = [
        delimiter.join(["Klantnummer", "Naam", "E-mailadres", "Woonplaats"]),
        delimiter.join(["K-1", "Zoë de Vries", "Zoe@Example.nl", '"Den Haag"']),
    ]

    (row,) = rows_of("\r\n".join(lines).encode(encoding))

    assert row.problems == ()
    assert row.texts == {"name": "Zoë de Vries", "city": "Den Haag"}
    assert row.keys == [("email", "zoe@example.nl"), ("number", "K-1")]
    assert row.line == 2


def test_excels_own_first_line_and_empty_lines_are_no_rows() -> None:
    (row,) = rows_of(b"sep=;\r\n\r\nName;Phone\r\n;\r\nJan;06 12 34 56 78\r\n")

    assert row.phones == ("+31612345678",)


def test_a_workbook_gives_back_the_noughts_that_a_spreadsheet_took() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Debiteurnr.", "Mobiel", "Telefoon 2", "Laadpaal"])
    sheet.append([10023, 612345678, 31201234567, "ALF-0001"])
    out = io.BytesIO()
    book.save(out)

    (row,) = rows_of(out.getvalue())

    assert row.phones == ("+31612345678", "+31201234567")
    assert row.lists == {"customer_numbers": ("10023",), "charger_serials": ("ALF-0001",)}


def test_names_and_streets_in_parts_are_put_together() -> None:
    header = b"Voornaam;Tussenvoegsel;Achternaam;Straat;Huisnummer;Toevoeging;Postcode;Land;Taal;Email\n"

    (row,) = rows_of(header + b"Jan;van der;Berg;Dorpsstraat;12;B;1234 ab;Nederland;Engels;jan@example.nl\n")

    assert row.texts == {
        "name": "Jan van der Berg", "street": "Dorpsstraat 12 B", "postal_code": "1234 AB", "country": "NL",
        "language": "en",
    }  # fmt: skip


def test_several_addresses_and_numbers_fit_in_one_cell() -> None:
    row = contact_row(2, {"emails": ["a@x.nl; b@x.nl"], "order_numbers": ["O-1, O-2", "O-2"]})

    assert row.emails == ("a@x.nl", "b@x.nl")
    assert row.lists["order_numbers"] == ("O-1", "O-2")


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"emails": ["no address"]}, "no"),
        ({"phones": ["12"]}, "12"),
        ({"name": ["Somebody"]}, ""),
        ({"emails": ["a@x.nl"], "kind": ["vijand"]}, "vijand"),
        ({"emails": ["a@x.nl"], "country": ["Atlantis"]}, "Atlantis"),
        ({"emails": ["a@x.nl"], "name": ["n" * 201]}, "nnn"),
    ],
)
def test_what_cannot_be_is_said_of_the_row(values: dict[str, list[str]], part: str) -> None:
    row = contact_row(7, values)

    assert row.problems
    assert part in " ".join(row.problems)


def test_headers_are_known_in_dutch_and_english() -> None:
    dutch = [
        "Klantnummer",
        "Bedrijfsnaam",
        "Contactpersoon",
        "E-mail adres",
        "Mobiel",
        "Ordernummer",
        "Serienummer",
    ]
    english = [
        "Customer number",
        "Company",
        "Full name",
        "Email address",
        "Mobile phone",
        "Order no.",
        "Serial",
    ]
    targets = [
        "customer_numbers", "company", "name", "emails", "phones", "order_numbers", "charger_serials",
    ]  # fmt: skip

    assert guess_columns(dutch) == targets
    assert guess_columns(english) == targets
    assert guess_columns(["Naam", "Name", "Saldo"]) == ["name", "", ""]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Naam;Email\n",
        b"PK\x03\x04 no workbook",
        b"\xff\xfe\x00",
        b"Naam\n" + b"x" * (reading.LARGEST_FILE + 1),
    ],
)
def test_what_is_no_sheet_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(ValidationError):
        read_sheet(content)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_UNPACKED", 1_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "x" * 10_000)

    with pytest.raises(ValidationError):
        read_sheet(out.getvalue())
