"""Folding makes words comparable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.schemas import fold, fold_words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("KAPOT", "kapot"),
        ("Één", "een"),
        ("cafe\u0301", "cafe"),
        ("ﬁets", "fiets"),
        ("Straße", "strasse"),
        ("ΑΣ", "ας".casefold()),
        ("fac\u00adtuur", "factuur"),
        ("laad\u200bpaal", "laadpaal"),
        ("ｆａｃｔｕｕｒ", "factuur"),
    ],
)
def test_one_word_in_many_forms(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("  Werkt\n niet!! ", "werkt niet"),
        ("e-mail_adres", "e mail adres"),
        ("de laadpaal’s kabel", "de laadpaal s kabel"),
        ("€ 100,-", "100"),
        ("🔥⚡", ""),
        ("привет, МИР", "привет мир"),
    ],
)
def test_words_are_separated_by_one_space(written: str, words: str) -> None:
    assert fold_words(written) == words


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_words(fold_words(text)) == fold_words(text)


@given(st.text(), st.text())
def test_folding_is_done_per_character(a: str, b: str) -> None:
    assert fold(a + b) == fold(a) + fold(b)
