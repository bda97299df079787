"""The trained model: one weight row per feature, one column per question.

A message is three families of features (`FAMILIES`). Each is scaled by the root of what its features'
squared rarities add up to, so that long mails and short chats weigh the same; the columns' sums, scaled as
the calibration found, are log-odds. Everything lies in one `.npz` of plain arrays and a small JSON beside
it. The rows of a word's letter groups are added up once per word and remembered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, repeat
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.engine.content.reading import Reading, Word, letter_groups, word_of

FAMILIES = ("terms", "letters", "concepts")
FORMAT = 2
DIRECTORY = Path(__file__).parent / "model"

_MOST_REMEMBERED = 20_000  # words; 3 MB

_NEW = -1
_UNKNOWN = repeat(_NEW)

Floats = npt.NDArray[np.float32]


class _Words:
    """What each word adds.

    rows: per word the columns of each family, its own concepts being the third (`width` each); behind those,
    per department, how far each family puts it ahead of the mean of all.
    """

    def __init__(self, width: int, departments: int) -> None:
        self.number: dict[str, int] = {}
        self.rows = np.zeros((_MOST_REMEMBERED, len(FAMILIES) * (width + departments)), np.float32)
        self.lock = Lock()

    @property
    def full(self) -> bool:
        return len(self.number) >= _MOST_REMEMBERED


@dataclass(frozen=True, slots=True)
class Sums:
    """log_odds: per column. factors: by which the rows of each family counted. rows: of the reading's words."""

    log_odds: Floats
    factors: Floats
    rows: Floats


@dataclass(slots=True)
class ContentModel:
    """A model ready for use; shared by all threads of a process.

    weights: (features, columns + 1), already multiplied by the feature's rarity; the last column is the
    square of that rarity. bias, scale: per column; log-odds = (sum + bias) * scale. terms, letters,
    concepts: the row of each feature.
    """

    model_id: str
    departments: tuple[str, ...]
    languages: tuple[str, ...]
    weights: Floats
    bias: Floats
    scale: Floats
    terms: dict[str, int]
    letters: dict[str, int]
    concepts: dict[str, int]
    _pairs: dict[tuple[str, str], int] = field(init=False, repr=False)
    _concept_leads: Floats = field(init=False, repr=False)
    _rows: Floats = field(init=False, repr=False)  # weights, and a row of nothing for unknown features
    _words: _Words = field(init=False, repr=False)

    def __post_init__(self) -> None:
        pairs = ((term.partition(" "), row) for term, row in self.terms.items())
        self._pairs = {(first, second): row for (first, _, second), row in pairs if second}
        shares = self.weights[-len(self.concepts) :, : len(self.departments)]
        self._concept_leads = shares - shares.mean(axis=1, keepdims=True)
        self._rows = np.vstack([self.weights, np.zeros_like(self.weights[:1])])
        self._words = self._no_words()

    def _no_words(self) -> _Words:
        """Only the words of training, so that the first messages are read as fast as the later ones."""
        words = _Words(self.weights.shape[1], len(self.departments))
        for term in self.terms:
            if term.isalpha():
                self._remember(word_of(term), words)
        return words

    def sums(self, reading: Reading) -> Sums:
        """Weigh the features of a message."""
        words = self._words
        if words.full:
            words = self._words = self._no_words()
        numbers = list(map(words.number.get, reading.words, _UNKNOWN))
        if _NEW in numbers:
            numbers = [
                number if number != _NEW else self._remember(word_of(token), words)
                for number, token in zip(numbers, reading.words.values(), strict=True)
            ]
        nothing = repeat(len(self._rows) - 1)
        pairs = set(map(self._pairs.get, pairwise(reading.names), nothing))
        pairs.update(map(self.terms.get, reading.terms, nothing))
        ideas = list(map(self.concepts.get, reading.concepts, nothing))
        width = self._rows.shape[1]
        rows = words.rows.take(numbers, axis=0)
        families = _add(rows[:, : len(FAMILIES) * width]).reshape(len(FAMILIES), width)
        families[0] += _add(self._rows.take(list(pairs), axis=0))
        families[2] = _add(self._rows.take(ideas, axis=0))
        factors = np.array([size**-0.5 if size > 0 else 0.0 for size in families[:, -1].tolist()], np.float32)
        log_odds = (self.bias + factors @ families[:, :-1]) * self.scale
        return Sums(log_odds, factors, rows)

    def lead_of_words(self, sums: Sums, department: int) -> Floats:
        """Per word of the reading, how much it speaks for a department rather than for the mean of all."""
        start = len(FAMILIES) * (self.weights.shape[1] + department)
        return sums.rows[:, start : start + len(FAMILIES)] @ sums.factors

    def lead_of_concept(self, concept: str, department: int, sums: Sums) -> float:
        """The same of a concept, 0 for one that the model does not know."""
        row = self.concepts.get(concept)
        if row is None:
            return 0.0
        return float(self._concept_leads[row - len(self.weights), department] * sums.factors[-1])

    def _remember(self, word: Word, words: _Words) -> int:
        """Add up the rows of a word that was not seen before."""
        groups = [self.letters[group] for group in set(letter_groups(word.folded)) if group in self.letters]
        ideas = [self.concepts[concept] for concept in word.concepts if concept in self.concepts]
        term = self.terms.get(word.folded)
        with words.lock:
            number = len(words.number)
            if number >= _MOST_REMEMBERED:
                return number - 1  # a text of new words alone has filled it; the next one starts afresh
            width = self.weights.shape[1]
            own = words.rows[number, : len(FAMILIES) * width].reshape(len(FAMILIES), width)
            if term is not None:
                own[0] = self.weights[term]
            own[1] = self.weights[groups].sum(axis=0)
            own[2] = self.weights[ideas].sum(axis=0)
            shares = own[:, : len(self.departments)]
            leads = shares - shares.mean(axis=1, keepdims=True)
            words.rows[number, len(FAMILIES) * width :] = leads.T.ravel()
            words.number[word.folded] = number
        return number


def _add(rows: Floats) -> Floats:
    total: Floats = np.add.reduce(rows, axis=0)
    return total


def load_model(directory: Path) -> ContentModel:
    """Read `weights.npz` and `model.json`. Raises ValueError when they are of another format."""
    about: dict[str, Any] = json.loads((directory / "model.json").read_text(encoding="utf-8"))
    if about["format"] != FORMAT:
        msg = f"model format {about['format']}, expected {FORMAT}"
        raise ValueError(msg)
    with np.load(directory / "weights.npz", allow_pickle=False) as arrays:
        weights = arrays["weights"].astype(np.float32)
        bias, scale = arrays["bias"].astype(np.float32), arrays["scale"].astype(np.float32)
        names = {family: arrays[family].tobytes().decode().split("\n") for family in FAMILIES}
    rows = 0
    vocabularies = {}
    for family in FAMILIES:
        vocabularies[family] = {name: rows + number for number, name in enumerate(names[family])}
        rows += len(names[family])
    if rows != len(weights):
        msg = f"model has {len(weights)} weight rows for {rows} features"
        raise ValueError(msg)
    return ContentModel(
        model_id=about["model_id"],
        departments=tuple(about["departments"]),
        languages=tuple(about["languages"]),
        weights=weights,
        bias=bias,
        scale=scale,
        **vocabularies,
    )


@lru_cache(maxsize=1)
def load_default_model() -> ContentModel:
    """The model that ships with the product; read once per process, when first needed."""
    return load_model(DIRECTORY)
