"""Text from customers on a card: shown as written, never read as markdown, mention or function."""

from __future__ import annotations

import re

WORD_JOINER = "\u2060"  # invisible, and no line breaks at it
ELLIPSIS = "…"

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_EXTENDERS = re.compile(r"[\u0300-\u036f\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
# Characters that markdown reads, and what looks the same but is not read.
_LOOKALIKES = str.maketrans({"<": "‹", ">": "›", "*": "∗", "`": "ˋ", "~": "∼", "\\": "∖"})
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_CHARACTER_REFERENCE = re.compile(r"&(?=#?\w+;)")
_LIST_OR_HEADING = re.compile(r"^(?=[#+\-•]|\d+[.)])")


def plain(text: str) -> str:
    """Without control characters, lone surrogates and direction overrides; for text runs.

    A text run reads neither markdown nor mentions; only card functions ({{DATE(...)}}) and a mention
    of the same name elsewhere on the card could still touch it, so these are broken up.
    """
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = re.sub(r"<(?=/?\s*at\b)", "‹", text, flags=re.IGNORECASE)
    return text.replace("{{", "{" + WORD_JOINER + "{")


def literal(text: str) -> str:
    """One line that says the same wherever markdown is read (text blocks, facts, buttons)."""
    line = " ".join(plain(text).split()).translate(_LOOKALIKES)
    line = line.replace("](", "]" + WORD_JOINER + "(")
    line = _CHARACTER_REFERENCE.sub("&" + WORD_JOINER, line)
    line = _EDGE_UNDERSCORE.sub("＿", line)
    return _LIST_OR_HEADING.sub(WORD_JOINER, line)


def shorten(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where something went, no character torn apart."""
    if len(text) <= length:
        return text
    end = max(length - 1, 0)
    while end and (_EXTENDERS.match(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS
