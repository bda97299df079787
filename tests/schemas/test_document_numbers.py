"""Numbers that documents are filed by: found behind their words, and left alone when they are something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.schemas.document_numbers import LONGEST_NUMBER, MOST_NUMBERS, document_numbers


def numbers(
    name: str, *texts: str, orders: tuple[str, ...] = (), customers: tuple[str, ...] = ()
) -> list[str]:
    found = document_numbers(file_name=name, texts=texts, orders=orders, customers=customers)
    return [f"{entry.kind} {entry.number}" for entry in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zie factuur 2026-0123.", "invoice 2026-0123"),
        ("Factuurnummer: 2026-0123", "invoice 2026-0123"),
        ("Re: factuurnr. F20260451 graag", "invoice F20260451"),
        ("factuurnummer is 2026-0077", "invoice 2026-0077"),
        ("creditnota CN-4410", "invoice CN-4410"),
        ("Invoice no. INV/2026/12", "invoice INV/2026/12"),
        ("your invoice #445566", "invoice 445566"),
        ("ordernummer CC-004512", "order CC-004512"),
        ("bestelnr 10023", "order 10023"),
        ("purchase order PO-7781", "order PO-7781"),
        ("Klantnummer 88231", "customer 88231"),
    ],
)
def test_a_number_is_found_behind_its_word(text: str, expected: str) -> None:
    assert numbers("scan.pdf", text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "factuur van 12-03-2026", "factuur 12-03-2026", "factuur 2026", "factuur 2026-03", "factuur 1.234,50",
        "factuur 123,45 euro", "factuur 450€", "order 2 laadpalen", "bestelling 06-12345678", "the border 12345",
        "de factuur klopt niet, bel 0201234567", "", "20260123", "recorder 2026-0123",
    ],
)  # fmt: skip
def test_a_date_an_amount_or_a_loose_number_is_no_document_number(text: str) -> None:
    assert numbers("scan.pdf", text) == []


def test_the_file_name_goes_before_a_text_that_names_several() -> None:
    text = "Hierbij factuur 2026-0123 en factuur 2026-0124 bij order CC-004512."
    assert numbers("Factuur_2026-0124.pdf", text) == ["invoice 2026-0124", "order CC-004512"]
    assert numbers("bijlage.pdf", text) == ["invoice 2026-0123", "invoice 2026-0124", "order CC-004512"]


def test_a_contacts_own_numbers_are_found_without_a_word_but_never_within_another() -> None:
    assert numbers("ab-77310.pdf", orders=("AB-77310",)) == ["order AB-77310"]
    assert numbers("x.pdf", "over 88231 graag", customers=("88231",)) == ["customer 88231"]
    assert numbers("x.pdf", "bel 0688231000", customers=("88231",)) == []
    assert numbers("x.pdf", f"over {'9' * 60}", orders=("9" * 60,)) == []


@given(st.text(max_size=60), st.text(max_size=200), st.lists(st.text(max_size=50), max_size=5))
def test_any_text_is_read_and_gives_numbers_that_can_be_stored(
    name: str, text: str, known: list[str]
) -> None:
    found = document_numbers(file_name=name, texts=(text, f"factuur {text}"), orders=known, customers=known)
    assert len(found) == len(set(found)) <= MOST_NUMBERS
    assert all(0 < len(entry.number) <= LONGEST_NUMBER for entry in found)
