"""What a message is about: department, danger, urgency, language, and the words that say so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from routing.engine.content.model import ContentModel, Sums, load_default_model
from routing.engine.content.reading import Reading, clean, read, word_set
from routing.engine.content.topics import topics_of

EMERGENCY = "emergency"

ALERTNESS = 0.5
"""Nats added to the odds of an emergency: a missed danger costs more than a needless alarm. The most with which,
in cross-validation on the training messages, nine alarms in ten are still true."""

_LEAST_SHARE = 1e-9
_WORTH_EXPLAINING = 0.2
_MOST_EVIDENCE = 6
_LEAST_EVIDENCE = 0.08
_SHORTEST_EVIDENCE = 3

_EMPTY_WORDS = word_set(
    """aan als alles alleen altijd bij dan dat daar deze die dit dus een eens eerst elke erg gaan gaat geen haar had
    heb heeft hem het hier hij hoe hun iemand iets jij jou jullie kan kom komen komt kunnen kunt maar maken men met mij
    mijn moet naar net niet niets nog nooit nou ook ons onze over sinds steeds terug toch toen tot tussen uit uwe van
    vanaf veel voor waar waarom was wat weer wel welke wie wij wil word worden wordt zal zelf zich zie zij zijn zoals
    zonder zou the and are but can for from has have his how its just not our out she that their them then there they
    this was what when where which who will with you your aus bei das den der des die ein eine einen fur hat ich ihr
    ist kann mein mit nach nicht noch nur oder sein seit sich sie sind und uns von war was wenn wer wie wir zum zur
    avec ces dans des elle est les leur mais mes mon nos nous par pas plus pour que qui sans ses son sur une vos
    votre vous"""
)
"""Folded words that tell a reader nothing, however much they tell the model."""


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
    departments. topics: what it is about, in staff's words, as labels for its conversation.
    """

    language: str
    departments: Mapping[str, float]
    emergency: float
    urgent: float
    evidence: tuple[Evidence, ...]
    topics: tuple[str, ...]
    model_id: str


def analyze(text: str, *, subject: str = "", model: ContentModel | None = None) -> ContentAnalysis:
    """Analyse what a customer wrote; any text will do, the empty one too."""
    model = model or load_default_model()
    original = f"{subject}\n{text}" if subject else text
    readable = clean(original)
    reading = read(readable)
    sums = model.sums(reading)
    odds = sums.log_odds.tolist()
    count = len(model.departments)
    shares, emergency = _joined(_shares(odds[:count]), odds[count], model.departments.index(EMERGENCY))
    urgent = _probability(odds[count + 1])
    by_language = odds[count + 2 :]
    best = max(shares)
    judged = [
        number
        for number, (code, share) in enumerate(zip(model.departments, shares, strict=True))
        if share == best
        or share >= _WORTH_EXPLAINING
        or (code == EMERGENCY and emergency >= _WORTH_EXPLAINING)
    ]
    evidence = _evidence(readable, reading, model, sums, judged)
    return ContentAnalysis(
        language=model.languages[by_language.index(max(by_language))],
        departments=MappingProxyType(dict(zip(model.departments, shares, strict=True))),
        emergency=emergency,
        urgent=max(urgent, emergency),
        # Composed letters (NFC) need not stand in the text as they were read.
        evidence=tuple(item for item in evidence if item.word in original),
        topics=topics_of(reading.concepts, emergency),
        model_id=model.model_id,
    )


def _shares(log_odds: list[float]) -> list[float]:
    top = max(log_odds)
    parts = [exp(value - top) for value in log_odds]
    total = sum(parts)
    return [part / total for part in parts]


def _joined(shares: list[float], alarm: float, position: int) -> tuple[list[float], float]:
    """The shares with one emergency probability for both questions, department and danger, and that one.

    alarm: log-odds of danger. Two opinions err less than either, and the message goes where it is treated.
    """
    share = min(max(shares[position], _LEAST_SHARE), 1 - _LEAST_SHARE)
    emergency = _probability((log(share / (1 - share)) + alarm) / 2 + ALERTNESS)
    rest = sum(shares) - shares[position]
    factor = (1 - emergency) / rest if rest > 0 else 0.0
    joined = [value * factor for value in shares]
    joined[position] = emergency if rest > 0 else 1.0
    return joined, emergency


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-min(max(log_odds, -30.0), 30.0)))


def _evidence(
    text: str, reading: Reading, model: ContentModel, sums: Sums, judged: list[int]
) -> list[Evidence]:
    """The words and phrases that speak most for the departments with the numbers `judged`."""
    names: list[tuple[str, ...]] = [
        ("",) if folded in _EMPTY_WORDS else (spelled,) for folded, (_, spelled) in reading.words.items()
    ]
    lead = sums.lead
    phrases = [phrase for phrase in reading.phrases if phrase[0] in model.concepts]
    if phrases:
        names += [words for _, words in phrases]
        more = model.lead_of_concepts([concept for concept, _ in phrases])
        lead = np.concatenate([lead, more * np.float32(sums.concept_factor)])
    if not names:
        return []
    found = [
        (weight, number, department)
        for department in judged
        for number, weight in enumerate(lead[:, department].tolist())
        if weight >= _LEAST_EVIDENCE and len(names[number][0]) >= _SHORTEST_EVIDENCE
    ]
    found.sort(reverse=True)
    evidence: dict[tuple[str, int], Evidence] = {}
    given = dict.fromkeys(judged, 0)
    for weight, number, department in found:
        if given[department] == _MOST_EVIDENCE:
            continue
        word = _as_it_stands(names[number], text)
        if (word, department) not in evidence:
            given[department] += 1
            evidence[word, department] = Evidence(word, model.departments[department], round(weight, 3))
    return list(evidence.values())


def _as_it_stands(words: tuple[str, ...], text: str) -> str:
    if len(words) == 1:
        return words[0]
    match = re.search(r"[\W_]+".join(map(re.escape, words)), text)
    return match[0] if match else words[0]
