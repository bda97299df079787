"""All words and phrases of a brand's configuration in one automaton, found in one pass over the text."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick

from routing.engine.text import pad

Owner = TypeVar("Owner", bound=Hashable)


class Found(Generic[Owner]):
    """What a search found.

    phrases: per owner its phrases in the text, as configured, each once, in order of appearance.
    """

    __slots__ = ("phrases",)

    def __init__(
        self, matches: list[tuple[int, int, int]], owners: Sequence[tuple[tuple[Owner, str], ...]]
    ) -> None:
        self.phrases: dict[Owner, list[str]] = {}
        for index, _, _ in matches:
            for owner, phrase in owners[index]:
                found = self.phrases.get(owner)
                if found is None:
                    self.phrases[owner] = [phrase]
                elif phrase not in found:
                    found.append(phrase)


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
