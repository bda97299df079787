from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.providers.base import Identifier, IdentifierKind
from channels_app.providers.telephone import e164, is_anonymous, party


@pytest.mark.parametrize(
    ("raw", "own_number", "expected"),
    [
        ("+31612345678", "", "+31612345678"),
        (" +31 (6) 12-34 56 78", "", "+31612345678"),
        ("0031612345678", "", "+31612345678"),
        ("31612345678", "+31850000000", "+31612345678"),
        ("0612345678", "+31850000000", "+31612345678"),
        ("030600000000", "+4930600000000", "+4930600000000"),
        ("491715000000", "+31850000000", "+491715000000"),
        ("whatsapp:+31612345678", "", "+31612345678"),
        ("sip:+31612345678@provider.example", "", "+31612345678"),
        ("0612345678", "", ""),
        ("3669", "+31850000000", ""),
        ("PostNL", "+31850000000", ""),
        ("anonymous", "+31850000000", ""),
        ("+266696687", "+31850000000", ""),
        ("client:alice", "", ""),
        ("٠٦١٢٣٤٥٦٧٨", "+31850000000", ""),
        ("", "", ""),
    ],
)
def test_a_number_becomes_e164_or_nothing(raw: str, own_number: str, expected: str) -> None:
    assert e164(raw, own_number=own_number) == expected


@pytest.mark.parametrize("raw", ["", "Anonymous", "+266696687", "unknown", "sip:anonymous@anonymous.invalid"])
def test_a_withheld_number_is_recognised(raw: str) -> None:
    assert is_anonymous(raw)


def test_a_name_that_cannot_be_dialled_is_kept_as_a_name() -> None:
    assert party("PostNL").name == "PostNL"
    assert party("PostNL").identifiers == ()
    assert party("+31612345678").identifiers == (Identifier(IdentifierKind.PHONE, "+31612345678"),)


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    found = e164(text, own_number=text)
    assert found == "" or (found.startswith("+") and found[1:].isdecimal())
