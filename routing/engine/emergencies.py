"""Whether words of alarm are meant: "er is brand" is, "er is geen brand" and "spoed is niet nodig" are not.

In doubt they are meant: a missed fire costs more than a needless alarm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from channels_app.schemas import fold_words
from routing.engine.text import MappedText, map_text

_CLAUSE_END = re.compile(r"[.,;:!?\n\r()]")
_NEGATIONS = frozenset(
    {"geen", "niet", "nooit", "zonder", "noch", "no", "not", "never", "without", "kein", "keine"}
)
_NOT_ONLY = frozenset({"alleen", "enkel", "slechts", "only", "just", "nur"})
_WORDS_BEFORE = 3
_NEGATED_AFTER = re.compile(
    r"^ (?:\w+ ){0,2}(?:niet nodig|niet aan de orde|is het (?:gelukkig )?niet|is er (?:gelukkig )?niet"
    r"|not needed|not necessary|is not the case)\b"
)
_CONTRACTIONS = re.compile(r"n['’]t\b", re.IGNORECASE)


def meant(text: str, phrases: Iterable[str]) -> list[str]:
    """The phrases that occur in `text` at least once without being denied."""
    mapped = map_text(text)
    return [
        phrase for phrase in phrases if any(not _denied(mapped, *span) for span in mapped.occurrences(phrase))
    ]


def denied(text: str, phrases: Iterable[str]) -> bool:
    """Whether at least one of `phrases` occurs in `text`, and every occurrence is denied."""
    mapped = map_text(text)
    spans = [span for phrase in phrases for span in mapped.occurrences(phrase)]
    return bool(spans) and all(_denied(mapped, *span) for span in spans)


def _denied(mapped: MappedText, start: int, end: int) -> bool:
    before = _CLAUSE_END.split(mapped.original[:start])[-1]
    words = fold_words(_CONTRACTIONS.sub(" not", before)).split()[-_WORDS_BEFORE:]
    for index, word in enumerate(words):
        if word in _NEGATIONS and not (index + 1 < len(words) and words[index + 1] in _NOT_ONLY):
            return True
    after = _CLAUSE_END.split(mapped.original[end:], maxsplit=1)[0]
    return bool(_NEGATED_AFTER.match(f" {fold_words(after)} "))
