"""The health of a channel as one number and one word; `docs/metrics.md` explains the formula to managers."""

from __future__ import annotations

from dataclasses import dataclass

SLA_WEIGHT = 40
OVERDUE_WEIGHT = 20
LOAD_WEIGHT = 15
FAILURE_WEIGHT = 15
BACKLOG_WEIGHT = 10
BUSY_FROM = 0.8  # of the capacity
WORST_FAILURES = 0.1  # of what was sent
MOST_WITH_AN_INCIDENT = 60
MOST_WHEN_DOWN = 20
WARNING_BELOW = 75
CRITICAL_BELOW = 50

# Kinds of incident in which nothing comes in or goes out.
DOWN = frozenset({"unreachable", "suspended", "credentials"})


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the health of a channel is made of. Shares are 0 to 1; None means that nothing says so."""

    is_active: bool
    is_suspended: bool
    incidents: frozenset[str]
    sla_compliance: float | None
    current: int
    overdue: int
    utilization: float | None
    failure_rate: float | None
    started: int
    resolved: int


def deductions(vitals: Vitals) -> dict[str, float]:
    """What is taken off the hundred, by the name of the part; parts that take nothing off are left out."""
    taken: dict[str, float] = {}
    if vitals.sla_compliance is not None:
        taken["sla"] = SLA_WEIGHT * (1 - vitals.sla_compliance)
    if vitals.current:
        taken["overdue"] = OVERDUE_WEIGHT * min(1.0, vitals.overdue / vitals.current)
    if vitals.utilization is not None:
        taken["load"] = LOAD_WEIGHT * min(1.0, max(0.0, (vitals.utilization - BUSY_FROM) / (1 - BUSY_FROM)))
    if vitals.failure_rate is not None:
        taken["failures"] = FAILURE_WEIGHT * min(1.0, vitals.failure_rate / WORST_FAILURES)
    if vitals.started:
        taken["backlog"] = BACKLOG_WEIGHT * max(0.0, 1 - vitals.resolved / vitals.started)
    return {name: points for name, points in taken.items() if points > 0}


def health_score(vitals: Vitals) -> int:
    """0 (nothing works) to 100 (nothing to wish for); 0 for a channel that is off."""
    if not vitals.is_active:
        return 0
    score = 100.0 - sum(deductions(vitals).values())
    if is_down(vitals):
        score = min(score, MOST_WHEN_DOWN)
    elif vitals.incidents:
        score = min(score, MOST_WITH_AN_INCIDENT)
    return round(score)


def is_down(vitals: Vitals) -> bool:
    return vitals.is_suspended or bool(vitals.incidents & DOWN)


def channel_status(vitals: Vitals, score: int) -> str:
    """inactive, down, overloaded, critical, warning or healthy: the first that applies."""
    if not vitals.is_active:
        return "inactive"
    if is_down(vitals):
        return "down"
    if vitals.utilization is not None and vitals.utilization >= 1:
        return "overloaded"
    if score < CRITICAL_BELOW:
        return "critical"
    return "warning" if score < WARNING_BELOW else "healthy"
