"""What a message is about: department, danger, urgency, language, and the words that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from routing.engine.content.model import ContentModel, load_default_model
from routing.engine.content.reading import Reading, clean, read

EMERGENCY = "emergency"

_WORTH_EXPLAINING = 0.2
_MOST_EVIDENCE = 6
_LEAST_EVIDENCE = 0.08
_SHORTEST_EVIDENCE = 3


class Evidence(NamedTuple):
    """A word or phrase as it stands in the text, the department it speaks for, how much (log-odds)."""

    word: str
    department: str
    weight: float


@dataclass(frozen=True, slots=True)
class ContentAnalysis:
    """What the classifier makes of a message.

    departments: probability per code, together 1. emergency: probability of danger, now. urgent: that it
    must be handled at once, never below `emergency`. evidence: strongest first, of the likeliest
    departments.
    """

    language: str
    departments: Mapping[str, float]
    emergency: float
    urgent: float
    evidence: tuple[Evidence, ...]
    model_id: str


def analyze(text: str, *, subject: str = "", model: ContentModel | None = None) -> ContentAnalysis:
    """Analyse what a customer wrote; any text will do, the empty one too."""
    model = model or load_default_model()
    original = f"{subject}\n{text}" if subject else text
    readable = clean(original)
    reading = read(readable)
    sums, scales = model.sums(model.rows(reading))
    odds = sums.tolist()
    count = len(model.departments)
    shares = _shares(odds[:count])
    emergency, urgent = _probability(odds[count]), _probability(odds[count + 1])
    by_language = odds[count + 2 :]
    best = max(shares)
    judged = [
        number
        for number, (code, share) in enumerate(zip(model.departments, shares, strict=True))
        if share == best or share >= _WORTH_EXPLAINING or (code == EMERGENCY and emergency >= _WORTH_EXPLAINING)
    ]
    evidence = _evidence(readable, reading, model, scales, judged)
    return ContentAnalysis(
        language=model.languages[by_language.index(max(by_language))],
        departments=MappingProxyType(dict(zip(model.departments, shares, strict=True))),
        emergency=emergency,
        urgent=max(urgent, emergency),
        # Composed letters (NFC) need not stand in the text as they were read.
        evidence=evidence if text.isascii() else tuple(item for item in evidence if item.word in original),
        model_id=model.model_id,
    )


def _shares(log_odds: list[float]) -> list[float]:
    top = max(log_odds)
    parts = [exp(value - top) for value in log_odds]
    total = sum(parts)
    return [part / total for part in parts]


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-min(max(log_odds, -30.0), 30.0)))


def _evidence(
    text: str, reading: Reading, model: ContentModel, scales: list[float], judged: list[int]
) -> tuple[Evidence, ...]:
    """The words and phrases that speak most for the departments with the numbers `judged`."""
    spans: list[tuple[int, int]] = []
    owners: list[int] = []
    rows: list[int] = []
    factors: list[float] = []
    terms, concepts = model.terms, model.concepts
    by_term, _, by_concept = scales
    for word, start, end in reading.words:
        if end - start < _SHORTEST_EVIDENCE:
            continue
        row = terms.get(word.folded)
        if row is not None:
            owners.append(len(spans))
            rows.append(row)
            factors.append(by_term)
        for concept in word.concepts:
            row = concepts.get(concept)
            if row is not None:
                owners.append(len(spans))
                rows.append(row)
                factors.append(by_concept)
        spans.append((start, end))
    for concept, start, end in reading.phrases:
        row = concepts.get(concept)
        if row is not None:
            owners.append(len(spans))
            rows.append(row)
            factors.append(by_concept)
            spans.append((start, end))
    if not rows:
        return ()
    weights = model.weights[rows, : len(model.departments)]
    against = weights.mean(axis=1)
    factor = np.array(factors, np.float32)
    found: list[Evidence] = []
    for department in judged:
        total = [0.0] * len(spans)
        for owner, weight in zip(owners, ((weights[:, department] - against) * factor).tolist(), strict=True):
            total[owner] += weight
        strongest: dict[str, float] = {}
        for (start, end), weight in zip(spans, total, strict=True):
            if weight >= _LEAST_EVIDENCE:
                name = text[start:end]
                strongest[name] = max(weight, strongest.get(name, 0.0))
        best = sorted(strongest.items(), key=lambda item: -item[1])[:_MOST_EVIDENCE]
        found += [Evidence(name, model.departments[department], round(weight, 3)) for name, weight in best]
    return tuple(sorted(found, key=lambda item: -item.weight))
