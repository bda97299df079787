"""How what a message says becomes points for each department.

The specification gives a channel 20 points per unit of content evidence. Its units were counts of
keywords, which a difference in priority outweighs; here the units are `CONTENT_UNITS` times the
probability that the message belongs to the department, so that a department gets 0 points when nothing
speaks for it and at most 320 when everything does. The probability joins four sources as log-odds
(natural logarithm, "nats"), which add up as independent evidence does, by one softmax:

- **Operator keywords.** The first of a department gives `FIRST_KEYWORD`, each further one
  `NEXT_KEYWORD`, each extra word of a phrase `PHRASE_WORD`: counts matter, the first hit most. A keyword
  found twice counts once.
- **The classifier.** log(p / best p), bounded below. Without keywords it speaks freely
  (`CLASSIFIER_BOUND`); where keywords were found it may add `CLASSIFIER_PER_WORD` for each word of the
  message. A message that is just a keyword therefore follows the keyword whatever the classifier thinks
  of it, while in a long message a certain classifier weighs as much as one keyword. The bound counts
  all words, so that one more keyword does not change what the classifier says of the other departments.
  A department it was not trained on gets chance.
- **Earlier threads** of this sender: at most `HISTORY`, the newest counting half.
- **The arrival channel**: `ARRIVAL`, a prior saying that most customers write to the right desk. It
  decides when nothing else speaks, and no more.

A lead of 45 points in probability is worth 144, which is all that priority (99), sender pattern (15) and
load (30) together can weigh against it: strong evidence always wins, equal evidence leaves the decision
to them. More evidence for a department raises its probability and lowers all others, so its rank never
drops. The winner's probability is the decision's confidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Protocol

EMERGENCY = "emergency"

CONTENT_POINTS = 20.0  # specification: per unit of keyword evidence
CONTENT_UNITS = 16.0
CERTAIN = CONTENT_POINTS * CONTENT_UNITS

FIRST_KEYWORD = 6.0
NEXT_KEYWORD = 1.5
PHRASE_WORD = 0.75
MOST_KEYWORD_WEIGHT = 500.0
CLASSIFIER_BOUND = 6.0
CLASSIFIER_PER_WORD = 0.75
HISTORY = 1.0
HISTORY_DECAY = 0.5
HISTORY_LENGTH = 5
_HISTORY_SHARES = tuple(HISTORY * HISTORY_DECAY**age for age in range(1, HISTORY_LENGTH + 1))
ARRIVAL = 2.5

_LEAST_PROBABILITY = 1e-9


class ContentOpinion(Protocol):
    """What the content classifier says about a text (`routing.engine.content.ContentAnalysis`)."""

    @property
    def language(self) -> str: ...
    @property
    def departments(self) -> Mapping[str, float]: ...
    @property
    def emergency(self) -> float: ...
    @property
    def urgent(self) -> float: ...
    @property
    def evidence(self) -> Sequence[tuple[str, str, float]]: ...
    @property
    def topics(self) -> Sequence[str]: ...


def keyword_weight(phrases: Sequence[str]) -> float:
    """Nats for a department whose `phrases` were found."""
    weight = FIRST_KEYWORD + NEXT_KEYWORD * (len(phrases) - 1)
    for phrase in phrases:
        weight += PHRASE_WORD * phrase.count(" ")
    return min(weight, MOST_KEYWORD_WEIGHT)


def classifier_weights(
    probabilities: Mapping[str, float], codes: Sequence[str], arrival: str, bound: float
) -> dict[int, float]:
    """Nats per position in `codes`, 0 for the least likely one, at most `bound` apart."""
    if not probabilities or bound <= 0:
        return {}
    chance = 1 / (len(probabilities) + 1)
    # An emergency is recognised by its own probability, not by being unknown to the classifier.
    asked = [
        probabilities.get(code, 0.0 if code == EMERGENCY and code != arrival else chance) for code in codes
    ]
    top = log(max(*asked, _LEAST_PROBABILITY))
    weights = [max(log(p) - top, -bound) if p > _LEAST_PROBABILITY else -bound for p in asked]
    least = min(weights)
    return {position: weight - least for position, weight in enumerate(weights)}


def history_weights(recent: Sequence[str]) -> dict[str, float]:
    """Nats per code from the sender's latest departments, newest first."""
    weights: dict[str, float] = {}
    for code, share in zip(recent, _HISTORY_SHARES, strict=False):
        weights[code] = weights.get(code, 0.0) + share
    return weights


def odds_of(weights: Mapping[int, float], count: int) -> tuple[dict[int, float], float]:
    """The softmax, short of its division: the odds of each of `weights` against a department without
    evidence, and the sum over all `count` departments. Weights stay far below 700, where exp overflows."""
    odds: dict[int, float] = {}
    for position, weight in weights.items():
        odds[position] = exp(weight)
    return odds, sum(odds.values()) + count - len(odds)
