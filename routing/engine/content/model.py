"""The trained model: one weight row per feature, one column per question.

A message is three sets of features (`FAMILIES`). Each set is scaled to length one, so that long mails and
short chats weigh the same; the columns' sums are log-odds, made probabilities by the calibration that
training stored. Everything lies in one `.npz` of plain arrays and a small JSON beside it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.engine.content.reading import Reading, letter_groups

FAMILIES = ("terms", "letters", "concepts")
FORMAT = 1
DIRECTORY = Path(__file__).parent / "model"

_MOST_REMEMBERED = 60_000

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ContentModel:
    """A model ready for use; shared by all threads of a process.

    weights: (features, columns + 1), float32, already multiplied by the feature's rarity; the last column
    is the square of that rarity. Rows of a family are contiguous, in the order of `FAMILIES`, from `starts`.
    bias, scale: per column; probability = softmax or logistic of (sum + bias) * scale.
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
    starts: tuple[int, int, int]
    rows_of_word: dict[str, tuple[int, ...]] = field(default_factory=dict, repr=False)

    def rows(self, reading: Reading) -> tuple[list[int], list[int], list[int]]:
        """The weight rows of a message, one list per family, each row once."""
        letters: set[int] = set()
        remembered = self.rows_of_word
        for word, _, _ in reading.words:
            rows = remembered.get(word.folded)
            letters.update(self._letter_rows(word.folded) if rows is None else rows)
        terms, concepts = self.terms, self.concepts
        return (
            [terms[term] for term in reading.terms if term in terms],
            list(letters),
            [concepts[concept] for concept in reading.concepts if concept in concepts],
        )

    def _letter_rows(self, folded: str) -> tuple[int, ...]:
        letters = self.letters
        rows = tuple(letters[group] for group in letter_groups(folded) if group in letters)
        if len(self.rows_of_word) >= _MOST_REMEMBERED:
            self.rows_of_word.clear()
        self.rows_of_word[folded] = rows
        return rows

    def sums(self, families: tuple[list[int], list[int], list[int]]) -> tuple[Floats, list[float]]:
        """Calibrated log-odds per column, and the scale by which each family's rows were counted."""
        total = self.bias.copy()
        scales = []
        for rows in families:
            if not rows:
                scales.append(0.0)
                continue
            family = self.weights[rows].sum(axis=0)
            scale = float(family[-1]) ** -0.5
            scales.append(scale)
            total += family[:-1] * scale
        return total * self.scale, scales


def load_model(directory: Path) -> ContentModel:
    """Read `weights.npz` and `model.json`. Raises ValueError when they are of another format."""
    about: dict[str, Any] = json.loads((directory / "model.json").read_text(encoding="utf-8"))
    if about["format"] != FORMAT:
        msg = f"model format {about['format']}, expected {FORMAT}"
        raise ValueError(msg)
    with np.load(directory / "weights.npz", allow_pickle=False) as arrays:
        weights = arrays["weights"].astype(np.float32)
        bias, scale = arrays["bias"].astype(np.float32), arrays["scale"].astype(np.float32)
        names = {family: bytes(arrays[family]).decode().split("\n") for family in FAMILIES}
    starts, rows, vocabularies = [], 0, {}
    for family in FAMILIES:
        starts.append(rows)
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
        starts=(starts[0], starts[1], starts[2]),
        **vocabularies,
    )


@lru_cache(maxsize=1)
def load_default_model() -> ContentModel:
    """The model that ships with the product; read once per process, when first needed."""
    return load_model(DIRECTORY)
