"""How well a model does on labelled messages, and how fast."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from time import perf_counter_ns

from routing.engine.content import ContentAnalysis, ContentModel, analyze
from routing.training.corpus import DEPARTMENTS, Example

DANGER = 0.5
"""The probability from which the routing engine treats a message as an emergency."""

_RUNNER_UP = 0.25
_REPETITIONS = 25
_TIMED_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled message and what the model made of it."""

    example: Example
    analysis: ContentAnalysis

    @property
    def ranking(self) -> list[str]:
        shares = self.analysis.departments
        return sorted(shares, key=lambda code: -shares[code])

    @property
    def chosen(self) -> str:
        return self.ranking[0]

    @property
    def exact(self) -> bool:
        return self.chosen == self.example.department

    @property
    def acceptable(self) -> bool:
        """Exact, one that would do as well, or the right department second and named as a serious candidate."""
        second = self.ranking[1]
        return (
            self.exact
            or self.chosen in self.example.also
            or (second == self.example.department and self.analysis.departments[second] >= _RUNNER_UP)
        )

    @property
    def surprise(self) -> float:
        return -log(max(self.analysis.departments[self.example.department], 1e-9))


@dataclass(frozen=True, slots=True)
class Detection:
    """How a yes-or-no question was answered."""

    found: int
    missed: int
    false_alarms: int

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.false_alarms)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every message of a labelled set with the model's opinion."""

    judged: tuple[Judged, ...]

    @property
    def exact(self) -> float:
        return sum(item.exact for item in self.judged) / len(self.judged)

    @property
    def acceptable(self) -> float:
        return sum(item.acceptable for item in self.judged) / len(self.judged)

    @property
    def surprise(self) -> float:
        """Mean negative log probability of the right department, in nats."""
        return sum(item.surprise for item in self.judged) / len(self.judged)

    @property
    def language(self) -> float:
        return sum(item.analysis.language == item.example.lang for item in self.judged) / len(self.judged)

    @property
    def emergency(self) -> Detection:
        """By the emergency probability, as the routing engine uses it."""
        return self._detection(
            [
                (item.example.department == "emergency", item.analysis.emergency >= DANGER)
                for item in self.judged
            ]
        )

    @property
    def urgent(self) -> Detection:
        return self._detection(
            [(item.example.urgent, item.analysis.urgent >= DANGER) for item in self.judged]
        )

    def department(self, code: str) -> Detection:
        return self._detection(
            [(item.example.department == code, item.chosen == code) for item in self.judged]
        )

    def confusion(self) -> dict[str, dict[str, int]]:
        """Counts: the right department -> the chosen one."""
        table = {right: dict.fromkeys(DEPARTMENTS, 0) for right in DEPARTMENTS}
        for item in self.judged:
            table[item.example.department][item.chosen] += 1
        return table

    def calibration(self, bins: int = 5) -> list[tuple[float, float, int]]:
        """(mean confidence, share that was right, count) for equal parts of the range 0..1."""
        parts: list[list[Judged]] = [[] for _ in range(bins)]
        for item in self.judged:
            confidence = item.analysis.departments[item.chosen]
            parts[min(bins - 1, int(confidence * bins))].append(item)
        return [
            (
                sum(item.analysis.departments[item.chosen] for item in part) / len(part),
                sum(item.exact for item in part) / len(part),
                len(part),
            )
            for part in parts
            if part
        ]

    @staticmethod
    def _detection(pairs: Sequence[tuple[bool, bool]]) -> Detection:
        return Detection(
            found=sum(true and said for true, said in pairs),
            missed=sum(true and not said for true, said in pairs),
            false_alarms=sum(said and not true for true, said in pairs),
        )


def evaluate(model: ContentModel, examples: Sequence[Example]) -> Evaluation:
    return Evaluation(tuple(Judged(example, analyze(example.text, model=model)) for example in examples))


@dataclass(frozen=True, slots=True)
class Timing:
    """Microseconds per message of about 300 characters: all words known, and each seen for the first time.

    yardstick: nanoseconds per turn of a loop that adds up, at the same time on the same machine.
    """

    messages: int
    median: float
    best: float
    first: float
    yardstick: float


def time_analysis(model: ContentModel, examples: Sequence[Example]) -> Timing:
    """One core, the whole of `analyze`, evidence included."""
    joined = " ".join(example.text for example in examples)
    texts = [
        joined[at : at + _TIMED_CHARACTERS]
        for at in range(0, len(joined) - _TIMED_CHARACTERS, _TIMED_CHARACTERS)
    ]
    first = [_microseconds(text, model) for text in texts]
    known = [_microseconds(text, model) for _ in range(_REPETITIONS) for text in texts]
    return Timing(
        len(texts), statistics.median(known), min(known), statistics.median(first), _nanoseconds_per_turn()
    )


def _nanoseconds_per_turn(turns: int = 200_000) -> float:
    start = perf_counter_ns()
    total = 0
    for turn in range(turns):
        total += turn
    return (perf_counter_ns() - start) / turns


def _microseconds(text: str, model: ContentModel) -> float:
    start = perf_counter_ns()
    analyze(text, model=model)
    return (perf_counter_ns() - start) / 1000
