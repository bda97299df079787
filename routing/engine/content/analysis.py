"""What a message is about: department, danger, urgency, language, and the words that say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, log
from types import MappingProxyType
from typing import NamedTuple

from routing.engine.content.model import ContentModel, Sums, load_default_model
from routing.engine.content.reading import Reading, clean, read, word_set
from routing.engine.content.topics import topics_of

EMERGENCY = "emergency"

ALERTNESS = 1.0
"""Nats added to the odds of an emergency: a missed danger costs more than a needless alarm. The most with which
nine alarms in ten are still true on the difficult training messages, by a model that never saw any of those."""

_LEAST_SHARE = 1e-9
_WORTH_EXPLAINING = 0.2
_MOST_EVIDENCE = 6
_LEAST_EVIDENCE = 0.08
_SHORTEST_EVIDENCE = 3

_Spoken = tuple[float, int, int, tuple[str, ...]]
"""How far words lead, their place among all that might, the department's number, the words."""

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
    found: list[_Spoken] = []
    for department in judged:
        leads = model.lead_of_words(sums, department).tolist()
        spoken: list[_Spoken] = [
            (lead, number, department, (token,))
            for number, (lead, (folded, token)) in enumerate(zip(leads, reading.words.items(), strict=True))
            if lead >= _LEAST_EVIDENCE and folded not in _EMPTY_WORDS and len(token) >= _SHORTEST_EVIDENCE
        ]
        for number, (concept, words) in enumerate(reading.phrases, start=len(leads)):
            lead = model.lead_of_concept(concept, department, sums)
            if lead >= _LEAST_EVIDENCE and len(words[0]) >= _SHORTEST_EVIDENCE:
                spoken.append((lead, number, department, words))
        found += _strongest(spoken, text)
    found.sort(reverse=True)
    departments = model.departments
    return [Evidence(words[0], departments[number], round(lead, 3)) for lead, _, number, words in found]


def _strongest(spoken: list[_Spoken], text: str) -> Iterable[_Spoken]:
    """The few that lead most, each word or phrase once and as it stands in the text."""
    spoken.sort(reverse=True)
    evidence: dict[str, _Spoken] = {}
    for lead, number, department, words in spoken:
        word = words[0] if len(words) == 1 else _as_it_stands(words, text)
        if word not in evidence:
            evidence[word] = (lead, number, department, (word,))
            if len(evidence) == _MOST_EVIDENCE:
                break
    return evidence.values()


def _as_it_stands(words: tuple[str, ...], text: str) -> str:
    match = re.search(r"[\W_]+".join(map(re.escape, words)), text)
    return match[0] if match else words[0]
