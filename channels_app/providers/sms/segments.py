"""How many SMS parts a text costs (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENDED = frozenset("^{}\\[~]|€\f")  # an escape septet precedes each


@dataclass(frozen=True, slots=True)
class Alphabet:
    """One encoding: units (septets or UTF-16 code units) in a lone SMS and in a part of a longer one."""

    name: Literal["GSM-7", "UCS-2"]
    alone: int
    part: int


GSM7 = Alphabet("GSM-7", 160, 153)
UCS2 = Alphabet("UCS-2", 70, 67)


def alphabet(text: str) -> Alphabet:
    """The encoding the whole text needs; one character outside GSM-7 makes all of it UCS-2."""
    return GSM7 if set(text) <= GSM7_BASIC | GSM7_EXTENDED else UCS2


def segments(text: str) -> int:
    """The number of SMS parts that the text is sent and billed as; 0 for an empty text."""
    if not text:
        return 0
    encoding = alphabet(text)
    sizes = [_units(character, encoding) for character in text]
    if sum(sizes) <= encoding.alone:
        return 1
    count, filled = 1, 0
    for size in sizes:
        if filled + size > encoding.part:  # an escaped character or a surrogate pair is never split
            count, filled = count + 1, 0
        filled += size
    return count


def _units(character: str, encoding: Alphabet) -> int:
    if encoding is GSM7:
        return 2 if character in GSM7_EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1
