"""Response times by class, so that percentiles can be added up over days and brands.

A class is two percent wide: from `SMALLEST * WIDTH ** (n - 1)` to `SMALLEST * WIDTH ** n` minutes, class 0 holds
whatever is shorter. A percentile is the middle of the class it lies in, so at most one percent off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

SMALLEST = 0.01
WIDTH = 1.02


def class_sql(minutes: str) -> str:
    """The class of a number of minutes, as an SQL expression."""
    return f"ceil(ln(greatest({minutes}::float8, {SMALLEST}) / {SMALLEST}) / ln({WIDTH}::float8))::smallint"


def middle(number: int) -> float:
    """The minutes in the middle of a class."""
    return float(SMALLEST * WIDTH ** (number - 0.5)) if number else SMALLEST


def merged_counts(days: Iterable[tuple[Sequence[int], Sequence[int]]]) -> Counter[int]:
    """The answers in each class over several days, given as (classes, counts)."""
    total: Counter[int] = Counter()
    for classes, counts in days:
        for number, count in zip(classes, counts, strict=True):
            total[number] += count
    return total


def percentiles(counts: Counter[int], shares: Sequence[float]) -> tuple[float, ...] | None:
    """The minutes within which each share of the answers came; shares ascend. None without answers."""
    answers = counts.total()
    if not answers:
        return None
    found: list[float] = []
    seen = 0
    for number, count in sorted(counts.items()):
        seen += count
        while len(found) < len(shares) and seen > shares[len(found)] * (answers - 1):
            found.append(middle(number))
    return tuple(found)
