"""The fault programme: load, blows, rest, judgement."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg

from tests.faults.blows import STAGES, TROUBLE, Blows, plan
from tests.faults.installation import Installation
from tests.faults.invariants import Violation, counts, violations
from tests.faults.load import Load, calls, channels

SLACK = 60  # messages that may be under way beyond what the next blow waits for
PROGRESS_SECONDS = 60.0
SETTLING_SECONDS = 900.0
# Longer than any claim lasts and than what most retries wait.
REST = timedelta(minutes=6)


@dataclass
class Report:
    """What was done, what came of it, and what is wrong."""

    seed: int
    messages: int
    calls: int
    posted: int = 0
    failed_attempts: int = 0
    accepted: int = 0
    seconds: float = 0.0
    settling_seconds: float = 0.0
    struck: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    restarts: Counter[str] = field(default_factory=Counter)
    counts: dict[str, int] = field(default_factory=dict)
    sends: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(times for blow, times in self.struck.items() if blow not in TROUBLE)

    @property
    def rate(self) -> float:
        """Messages accepted, stored and routed per second, deaths and recoveries included."""
        return self.accepted / self.seconds if self.seconds else 0.0

    def lines(self) -> list[str]:
        """For people."""
        rules = Counter(violation.rule for violation in self.violations)
        return [
            f"seed {self.seed}: {self.accepted} of {self.messages} messages accepted in {self.posted} posts "
            f"({self.failed_attempts} not answered with 200), {self.seconds:.0f} s, {self.rate:.0f} messages/s",
            f"{self.kills} deaths: {_listed({name: n for name, n in self.struck.items() if name not in TROUBLE})}",
            f"trouble: {_listed({name: n for name, n in self.struck.items() if name in TROUBLE})}" + (f"; missed: {_listed(self.missed)}" if self.missed else ""),
            f"restarts: {_listed(self.restarts)}; came to rest in {self.settling_seconds:.0f} s",
            f"database: {_listed(self.counts)}",
            f"providers were given: {_listed(self.sends)}",
            f"violations: {_listed(rules) if rules else 'none'}",
            *(f"  {violation}" for violation in self.violations[:40]),
        ]  # fmt: skip


def _listed(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items())) or "nothing"


def run(
    installation: Installation,
    *,
    messages: int,
    kills: int,
    seed: int,
    blows_of: Callable[[int], list[str]] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Report:
    """Load a running installation while it is struck, let it come to rest, and judge it.

    blows_of: the blows for a seed, instead of the usual mixture.
    """
    with closing(installation.connect()) as connection:
        reachable = channels(connection)
    written = calls(messages, seed=seed, channels=reachable, add_media=installation.stand_ins.graph.add_media)
    planned = blows_of(seed) if blows_of else plan(kills, seed=seed)
    load = Load(installation, written)
    blows = Blows(installation, seed=seed)
    report = Report(seed=seed, messages=messages, calls=len(written))
    first_part = messages * 2 // 3
    began = time.monotonic()
    load.start()
    blows.start()
    try:
        for number, blow in enumerate(planned):
            _await_progress(load, first_part * number // max(1, len(planned)))
            load.allow(first_part * (number + 1) / len(planned) + SLACK)
            hit = blows.strike(blow)
            say(
                f"{time.monotonic() - began:6.1f} s {len(load.accepted):>6} accepted  {blow}{'' if hit else ' (nobody there)'}"
            )
        # A switch is missed when nobody came by in time. The rest of the load brings somebody by again.
        again = [stage for stage in STAGES for _ in range(blows.missed[stage])]
        for number, stage in enumerate(again, start=1):
            load.allow(first_part + (messages - first_part) * number / len(again) + SLACK)
            if blows.strike(stage):
                blows.missed[stage] -= 1
        load.allow(messages + SLACK)
        blows.stop()
        if not load.finish(SETTLING_SECONDS):
            raise TimeoutError(f"not all was taken: {len(load.accepted)} of {messages}; {load.refused[:5]}")
        resting = time.monotonic()
        come_to_rest(installation)
        report.settling_seconds = time.monotonic() - resting
    finally:
        load.stop()
        blows.stop()
        blows.close()
    report.posted, report.failed_attempts, report.accepted = load.posted, load.failed, len(load.accepted)
    report.seconds = load.last_at - load.first_at
    report.struck, report.missed, report.restarts = blows.struck, +blows.missed, blows.restarts
    report.sends = Counter(send.medium for send in installation.stand_ins.sends())
    report.counts, report.violations = judge(installation)
    report.violations += [Violation("refused", refusal, "") for refusal in load.refused]
    return report


def judge(installation: Installation) -> tuple[dict[str, int], list[Violation]]:
    """How much there is, and what does not hold of all that happened since the installation began."""
    with closing(installation.connect()) as connection, connection.cursor() as cursor:
        return counts(cursor), violations(
            cursor,
            accepted=installation.accepted.values(),
            sends=installation.stand_ins.sends(),
            open_attachment=lambda name: installation.media / name,
        )


def _await_progress(load: Load, messages: int) -> None:
    deadline = time.monotonic() + PROGRESS_SECONDS
    while len(load.accepted) < messages and time.monotonic() < deadline:
        time.sleep(0.02)


def come_to_rest(installation: Installation) -> None:
    """Wait until nothing is under way. What waits for its time gets it: the clock is moved ahead."""
    deadline = time.monotonic() + SETTLING_SECONDS
    still_since: float | None = None
    while time.monotonic() < deadline:
        waiting, later = _under_way(installation)
        if not waiting and not later:
            return
        if waiting:
            still_since = None
        else:
            still_since = still_since or time.monotonic()
            if time.monotonic() - still_since > 1.0:
                _acknowledge_escalations(installation)
                installation.controls.move_clock(REST)
                still_since = None
        time.sleep(0.25)


def _acknowledge_escalations(installation: Installation) -> None:
    """As a colleague would: their steps repeat until somebody does, and each repeat is something to send."""
    with suppress(psycopg.Error), closing(installation.connect()) as connection:
        connection.execute(
            "UPDATE escalations SET state = 'acknowledged', acknowledged_at = now() WHERE state = 'open'"
        )


def _under_way(installation: Installation) -> tuple[int, int]:
    """How much a worker could do now, and how much waits for a later moment (or for a claim to expire)."""
    offset = installation.controls.clock_offset
    try:
        with closing(installation.connect()) as connection:
            row = connection.execute(
                """
                WITH moved AS (SELECT now() + %(offset)s AS now)
                SELECT (SELECT count(*) FROM inbound_receipts WHERE state = 'pending')
                     + (SELECT count(*) FROM outbox_items, moved WHERE state = 'queued' AND available_at <= moved.now)
                     + (SELECT count(*) FROM message_attachments, moved
                         WHERE state = 'pending' AND available_at <= moved.now),
                       (SELECT count(*) FROM outbox_items, moved
                         WHERE state IN ('claimed', 'sending') OR (state = 'queued' AND available_at > moved.now))
                     + (SELECT count(*) FROM message_attachments, moved
                         WHERE state = 'pending' AND available_at > moved.now)
                """,
                {"offset": offset},
            ).fetchone()
    except psycopg.Error:
        return 1, 0
    assert row is not None
    return int(row[0]), int(row[1])
