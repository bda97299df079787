"""All words and phrases of a brand's configuration in one automaton, found in one pass over the text."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick

from routing.engine.text import pad

Owner = TypeVar("Owner", bound=Hashable)


class Found(Generic[Owner]):
    """What a search found.

    phrases: per owner its phrases in the text, as configured, each once, in order of appearance.
    """

    __slots__ = ("_matches", "_owners", "phrases")

    def __init__(
        self, matches: list[tuple[int, int, int]], owners: Sequence[tuple[tuple[Owner, str], ...]]
    ) -> None:
        self._matches = matches
        self._owners = owners
        self.phrases: dict[Owner, list[str]] = {}
        for index, _, _ in matches:
            for owner, phrase in owners[index]:
                found = self.phrases.get(owner)
                if found is None:
                    self.phrases[owner] = [phrase]
                elif phrase not in found:
                    found.append(phrase)

    def spans(self, owned: Callable[[Owner], bool]) -> list[tuple[int, int]]:
        """(start, end) in the padded text of every occurrence, overlaps included, of these owners."""
        return [
            (start, end)
            for index, start, end in self._matches
            if any(owned(owner) for owner, _ in self._owners[index])
        ]


class PhraseIndex(Generic[Owner]):
    """Whole-word search for any number of phrases, each belonging to one or more owners.

    An owner is whatever the caller wants back: a department code, a rule's number.
    """

    __slots__ = ("_automaton", "_owners")

    def __init__(self, phrases: Mapping[Owner, Iterable[str]]) -> None:
        owners: dict[str, dict[Owner, str]] = {}
        for owner, configured in phrases.items():
            for phrase in configured:
                folded = pad(phrase)
                if len(folded) > 2:
                    owners.setdefault(folded, {}).setdefault(owner, phrase)
        self._owners = [tuple(owner.items()) for owner in owners.values()]
        self._automaton = AhoCorasick(list(owners)) if owners else None

    def __len__(self) -> int:
        return len(self._owners)

    def find(self, padded: str) -> Found[Owner]:
        """What occurs in `padded` (see `routing.engine.text.pad`)."""
        if self._automaton is None:
            return Found([], self._owners)
        return Found(self._automaton.find_matches_as_indexes(padded, overlapping=True), self._owners)


def covered_words(padded: str, spans: Iterable[tuple[int, int]]) -> int:
    """How many words of `padded` lie in at least one span."""
    covered, until = 0, 0
    for start, end in sorted(spans):
        # A span runs from the space before its first word to the space after its last.
        start, last = max(start, until), end - 1
        if start < last:
            covered += padded.count(" ", start, last)
            until = last
    return covered
