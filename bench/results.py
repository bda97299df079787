"""What a measurement says, and how it is shown and kept."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results.json"


@dataclass(frozen=True, slots=True)
class Result:
    """ratio: value / peer_value; `target` bounds it (times from above, rates from below), or the value without a peer."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float | None
    ratio: float | None
    target: str
    ok: bool


def rounds() -> int:
    """How often both sides of a comparison are measured: BENCH_ROUNDS, 3 unless told."""
    return int(os.environ.get("BENCH_ROUNDS") or 3)


def at_most(name: str, value: float, unit: str, *, target: float) -> Result:
    """A figure with a ceiling and no peer."""
    return Result(name, round(value, 2), unit, "", None, None, f"<= {target:g} {unit}", value <= target)


def at_least(name: str, value: float, unit: str, *, target: float) -> Result:
    """A rate with a floor and no peer."""
    return Result(name, round(value, 1), unit, "", None, None, f">= {target:g} {unit}", value >= target)


def ratio_at_most(
    name: str, value: float, unit: str, *, peer: str, peer_value: float, target: float
) -> Result:
    """A time beside a peer's."""
    ratio = value / peer_value
    return Result(
        name, round(value, 2), unit, peer, round(peer_value, 2), float(f"{ratio:.3g}"), f"<= {target:g} x", ratio <= target
    )  # fmt: skip


def ratio_at_least(
    name: str, value: float, unit: str, *, peer: str, peer_value: float, target: float
) -> Result:
    """A rate beside a peer's."""
    ratio = value / peer_value
    return Result(
        name, round(value, 1), unit, peer, round(peer_value, 1), float(f"{ratio:.3g}"), f">= {target:g} x", ratio >= target
    )  # fmt: skip


def interleaved(*works: Callable[[], object], rounds: int = 3) -> list[float]:
    """The median milliseconds of each piece of work, taken in turns so that both meet the same noise."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for taken, work in zip(times, works, strict=True):
            start = time.perf_counter()
            work()
            taken.append((time.perf_counter() - start) * 1000)
    return [statistics.median(taken) for taken in times]


def show(results: Sequence[Result]) -> None:
    for result in results:
        beside = (
            f"{result.peer}: {result.peer_value:g} {result.unit}, ratio {result.ratio:g}"
            if result.peer
            else ""
        )
        verdict = "ok" if result.ok else "NOT REACHED"
        print(
            f"{result.name:<48} {result.value:>10g} {result.unit:<4} {result.target:<12} {verdict:<12} {beside}"
        )


def keep(results: Sequence[Result], *, whole: bool) -> None:
    """Write the results; of a run that did not measure everything, in place of earlier ones of the same name."""
    earlier = json.loads(RESULTS.read_text()) if RESULTS.exists() and not whole else []
    names = {result.name for result in results}
    kept = [result for result in earlier if result["name"] not in names]
    RESULTS.write_text(json.dumps([*kept, *map(asdict, results)], indent=1) + "\n")
