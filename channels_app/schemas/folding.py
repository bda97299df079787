"""Unicode folding: what makes "Één" and "een", "KAPOT" and "kapot", the same word.

Compatibility decomposition, case folding and the removal of diacritics and invisible characters are
all done character by character, so that folding a text and folding its characters give the same result;
`routing.engine.text` relies on that to find the original position of a match.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Combining diacritical marks (all five blocks), soft hyphen, zero-width and bidirectional controls.
# Vowel signs of other scripts are letters to their readers and stay.
_IGNORED = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+"
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ASCII_WORDS = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})
_ASCII_BYTES = bytes(ord(chr(code).lower()) if chr(code).isalnum() else 32 for code in range(128)) + bytes(
    128
)


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return _IGNORED.sub("", decomposed)


@lru_cache(maxsize=8192)
def _fold_to_word(character: str) -> str:
    return "".join(part if part.isalnum() else " " for part in _fold_character(character))


def fold(text: str) -> str:
    """`text` without case, diacritics, compatibility forms and invisible characters."""
    if text.isascii():
        return text.lower()
    return _NOT_ASCII.sub(lambda match: _fold_character(match[0]), text).lower()


def fold_words(text: str) -> str:
    """The folded words of `text` with one space between them; "" when it has no letter or digit."""
    # Most texts have few characters beyond ASCII: replacing only these is several times faster.
    if not text.isascii():
        text = _NOT_ASCII.sub(lambda match: _fold_to_word(match[0]), text)
    if text.isascii():  # as bytes it takes a third of the time
        folded = text.encode("ascii").translate(_ASCII_BYTES)
        while b"  " in folded:
            folded = folded.replace(b"  ", b" ")
        return folded.strip(b" ").decode("ascii")
    words = text.lower().translate(_ASCII_WORDS)
    while "  " in words:
        words = words.replace("  ", " ")
    return words.strip(" ")
