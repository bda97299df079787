"""Where the deciding words stand in the text, for the simulator and the conversation page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routing.engine.text import map_text


def highlights(text: str, words: Mapping[str, Iterable[str]]) -> tuple[tuple[int, int, str], ...]:
    """(start, end, department) of every occurrence in `text` of the words of each department, in order.

    words: a decision's `evidence_words` or `keyword_matches`. Where occurrences overlap the longest stays,
    so that the spans can be marked up one after the other.
    """
    mapped = map_text(text)
    spans = [
        (start, end, department)
        for department, phrases in words.items()
        for phrase in phrases
        for start, end in mapped.occurrences(phrase)
    ]
    marked: list[tuple[int, int, str]] = []
    for span in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        if all(span[1] <= start or end <= span[0] for start, end, _ in marked):
            marked.append(span)
    return tuple(sorted(marked))
