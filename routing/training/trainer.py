"""Training the content model: count features, weigh them, calibrate, write.

Needs scikit-learn, which the running product does not. The same data and seed give the same model.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from routing.engine.content.model import FAMILIES, FORMAT
from routing.engine.content.reading import clean, letter_groups, read
from routing.training.augmentation import variants
from routing.training.corpus import DEPARTMENTS, LANGUAGES, Example

Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Features = tuple[Counter[str], Counter[str], Counter[str]]
"""How often each feature counts, per family; a letter group once for each different word it is in."""

_ROUGHLY, _CAREFULLY = 40, 400
"""Rounds of fitting: to see which features tell most, and to weigh them."""

_OUTCOMES: tuple[tuple[str, Callable[[Example], bool]], ...] = (
    ("emergency", lambda example: example.department == "emergency"),
    ("urgent", lambda example: example.urgent),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train; the values were chosen by cross-validation on the training part."""

    seed: int = 7
    variants: int = 3  # augmented copies of every message
    least_seen: tuple[int, int, int] = (2, 3, 2)  # messages a feature must occur in, per family
    most_features: tuple[int, int, int] = (14_000, 16_000, 9_000)  # kept per family
    family_weight: tuple[float, float, float] = (1.0, 1.0, 1.0)  # how much each family's length counts
    strength: float = 4.0  # inverse of the L2 penalty
    emergency_weight: float = 2.0  # a missed danger costs more than a needless alarm
    folds: int = 4  # for the calibration


@dataclass(frozen=True, slots=True)
class Trained:
    """Weights as `routing.engine.content.model.ContentModel` wants them."""

    names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    weights: npt.NDArray[np.float16]
    bias: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]

    @property
    def model_id(self) -> str:
        digest = hashlib.sha256()
        for family in self.names:
            digest.update("\n".join(family).encode())
        for array in (self.weights, self.bias, self.scale):
            digest.update(array.tobytes())
        return digest.hexdigest()[:12]


def features(text: str) -> Features:
    reading = read(clean(text))
    words = reading.words.keys()
    letters = Counter(group for word in words for group in set(letter_groups(word)))
    pairs = {f"{one} {other}" for one, other in pairwise(reading.names)}
    return Counter(reading.terms | pairs | words), letters, Counter(reading.concepts)


class Vocabulary:
    """The features of a collection that occur often enough, and their rarity."""

    def __init__(self, documents: Sequence[Features], settings: Settings) -> None:
        self.family_weight = settings.family_weight
        self.names: list[list[str]] = []
        self.rarity: list[Doubles] = []
        for family, least in enumerate(settings.least_seen):
            counts: Counter[str] = Counter()
            for document in documents:
                counts.update(document[family].keys())
            names = sorted(name for name, count in counts.items() if count >= least)
            self.names.append(names)
            seen = np.array([counts[name] for name in names], dtype=np.float64)
            self.rarity.append(1 + np.log((1 + len(documents)) / (1 + seen)))

    def keep(self, chosen: Sequence[Indices]) -> None:
        for family, indices in enumerate(chosen):
            self.names[family] = [self.names[family][index] for index in indices]
            self.rarity[family] = self.rarity[family][indices]

    def matrix(self, documents: Sequence[Features]) -> object:
        """A sparse row per document, scaled as `ContentModel.sums` does."""
        from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]

        blocks = []
        for family, (names, rarity) in enumerate(zip(self.names, self.rarity, strict=True)):
            number = {name: index for index, name in enumerate(names)}
            indices: list[int] = []
            values: list[Doubles] = []
            ends = [0]
            for document in documents:
                counts = document[family]
                found = sorted(name for name in counts if name in number)
                columns = [number[name] for name in found]
                times = np.array([counts[name] for name in found], dtype=np.float64)
                rare = rarity[columns]
                values.append(times * rare / (np.sqrt((times * rare**2).sum()) or 1.0))
                indices += columns
                ends.append(len(indices))
            data = np.concatenate(values) if values else np.zeros(0)
            data *= self.family_weight[family]
            blocks.append(csr_matrix((data, indices, ends), shape=(len(documents), len(names))))
        return hstack(blocks, format="csr")


def train(examples: Iterable[Example], settings: Settings = Settings()) -> Trained:
    """Train on `examples`."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # One thread: on a busy machine more of them wait for each other, and sums depend on how many there are.
    with threadpool_limits(limits=1):
        return _train(list(examples), settings)


def _train(originals: Sequence[Example], settings: Settings) -> Trained:
    # Calibrated on predictions for messages that the predicting weights have never seen.
    scale, shift = _calibration(originals, settings)
    vocabulary, coefficients, bias = _fit(originals, settings)
    rarity = np.concatenate(vocabulary.rarity)
    counted = np.repeat(settings.family_weight, [len(names) for names in vocabulary.names])
    rows = np.column_stack([coefficients.T * (rarity * counted)[:, None], rarity**2])
    first, second, third = (tuple(names) for names in vocabulary.names)
    return Trained(
        names=(first, second, third),
        weights=rows.astype(np.float16),
        bias=(bias + shift).astype(np.float32),
        scale=scale.astype(np.float32),
    )


def save(trained: Trained, directory: Path, about: dict[str, object]) -> None:
    """Write the model's two files; `about` is added to the description."""
    directory.mkdir(parents=True, exist_ok=True)
    families = {
        family: np.frombuffer("\n".join(names).encode(), dtype=np.uint8)
        for family, names in zip(FAMILIES, trained.names, strict=True)
    }
    np.savez_compressed(
        directory / "weights.npz",
        weights=trained.weights,
        bias=trained.bias,
        scale=trained.scale,
        **families,  # type: ignore[arg-type]  # the stub takes every keyword for allow_pickle
    )
    description = {
        "format": FORMAT,
        "model_id": trained.model_id,
        "departments": DEPARTMENTS,
        "languages": LANGUAGES,
        **about,
    }
    (directory / "model.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def _fit(originals: Sequence[Example], settings: Settings) -> tuple[Vocabulary, Doubles, Doubles]:
    """(vocabulary, coefficients per column, intercept per column)."""
    known = [features(example.text) for example in originals]
    extra = [copy for example in originals for copy in variants(example, settings.variants, settings.seed)]
    documents = known + [features(example.text) for example in extra]
    examples = [*originals, *extra]
    vocabulary = Vocabulary(known, settings)
    matrix = vocabulary.matrix(documents)
    if any(len(names) > most for names, most in zip(vocabulary.names, settings.most_features, strict=True)):
        coefficients, _ = _columns(matrix, examples, settings, departments_only=True)
        vocabulary.keep(_most_telling(coefficients, vocabulary, settings.most_features))
        matrix = vocabulary.matrix(documents)
    coefficients, bias = _columns(matrix, examples, settings)
    return vocabulary, coefficients, bias


def _most_telling(coefficients: Doubles, vocabulary: Vocabulary, most: Sequence[int]) -> list[Indices]:
    chosen = []
    start = 0
    for rarity, limit in zip(vocabulary.rarity, most, strict=True):
        weight = np.abs(coefficients[:, start : start + len(rarity)]).max(axis=0) * rarity
        chosen.append(np.sort(np.argsort(-weight, kind="stable")[:limit]))
        start += len(rarity)
    return chosen


def _columns(
    matrix: object, examples: Sequence[Example], settings: Settings, *, departments_only: bool = False
) -> tuple[Doubles, Doubles]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    targets: list[tuple[list[object], dict[object, float] | None]] = [
        ([DEPARTMENTS.index(example.department) for example in examples], None)
    ]
    rounds = _ROUGHLY if departments_only else _CAREFULLY
    if not departments_only:
        weight: dict[object, float] = {False: 1.0, True: settings.emergency_weight}
        targets += [([holds(example) for example in examples], weight) for _, holds in _OUTCOMES]
        targets.append(([LANGUAGES.index(example.lang) for example in examples], None))
    coefficients, intercepts = [], []
    for labels, class_weight in targets:
        model = LogisticRegression(C=settings.strength, max_iter=rounds, tol=1e-3, class_weight=class_weight)
        with warnings.catch_warnings():
            if departments_only:  # stopping early is meant
                warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = model.fit(matrix, labels)
        coefficients.append(fitted.coef_)
        intercepts.append(fitted.intercept_)
    return np.vstack(coefficients), np.concatenate(intercepts)


def _calibration(originals: Sequence[Example], settings: Settings) -> tuple[Doubles, Doubles]:
    """(scale, shift) per column such that (sum + shift) * scale are calibrated log-odds."""
    sums = out_of_fold(originals, settings)
    columns = len(DEPARTMENTS)
    labels = np.array([DEPARTMENTS.index(example.department) for example in originals])
    scale = np.ones(columns + len(_OUTCOMES) + len(LANGUAGES))
    shift = np.zeros_like(scale)
    scale[:columns] = _temperature(sums[:, :columns], labels)
    for column, (_, holds) in enumerate(_OUTCOMES, start=columns):
        outcome = np.array([holds(example) for example in originals])
        scale[column] = _temperature(
            np.column_stack([np.zeros(len(sums)), sums[:, column]]), outcome.astype(int)
        )
    return scale, shift


def out_of_fold(originals: Sequence[Example], settings: Settings) -> Doubles:
    """The columns' sums of every example, by a model trained without it and without its relatives."""
    from sklearn.model_selection import GroupKFold

    documents = [features(example.text) for example in originals]
    sums = np.zeros((len(originals), len(DEPARTMENTS) + len(_OUTCOMES) + len(LANGUAGES)))
    folds = GroupKFold(settings.folds, shuffle=True, random_state=settings.seed)
    for known, unknown in folds.split(documents, groups=[example.origin for example in originals]):
        vocabulary, coefficients, bias = _fit([originals[index] for index in known], settings)
        matrix = vocabulary.matrix([documents[index] for index in unknown])
        sums[unknown] = matrix @ coefficients.T + bias  # type: ignore[operator]
    return sums


def _temperature(log_odds: Doubles, labels: npt.NDArray[np.int64]) -> float:
    """The factor that makes the labels likeliest."""

    def surprise(factor: float) -> float:
        scaled = log_odds * factor
        scaled -= scaled.max(axis=1, keepdims=True)
        return float((np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(labels)), labels]).mean())

    return float(min(np.geomspace(0.2, 5.0, 200), key=surprise))
