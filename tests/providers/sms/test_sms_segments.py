from __future__ import annotations

import pytest

from channels_app.providers.sms.segments import GSM7_BASIC, alphabet, segments


def test_the_gsm_alphabet_has_its_127_characters_beside_escape() -> None:
    assert len(GSM7_BASIC) == 127


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", "GSM-7", 0),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("é" * 160, "GSM-7", 1),
        ("ë" * 70, "UCS-2", 1),
        ("ë" * 71, "UCS-2", 2),
        ("ë" * 134, "UCS-2", 2),
        ("ë" * 135, "UCS-2", 3),
        ("⚡" * 70, "UCS-2", 1),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
    ],
)
def test_a_text_costs_the_parts_of_its_encoding(text: str, encoding: str, count: int) -> None:
    assert alphabet(text).name == encoding
    assert segments(text) == count


def test_an_escaped_character_is_not_split_over_two_parts() -> None:
    # 152 + "€" would need 154 septets: the euro sign moves to the second part, which then overflows.
    assert segments("a" * 152 + "€" + "a" * 151) == 2
    assert segments("a" * 152 + "€" + "a" * 152) == 3


def test_a_surrogate_pair_is_not_split_over_two_parts() -> None:
    assert segments("ë" * 66 + "😀" + "ë" * 65) == 2
    assert segments("ë" * 66 + "😀" + "ë" * 66) == 3
