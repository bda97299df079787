"""Counting what happened into `channel_analytics`, `brand_days` and `routing_flows`, in sets.

A rollup counts whole local hours afresh from the facts and makes the rows what they should be: the same
run twice changes nothing, and a row whose facts are gone disappears. Each day's row is the sum of its
hours. One rollup runs at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from analytics.services.rollup_sql import (
    BRAND_DAYS_STATEMENT,
    FLOWS_STATEMENT,
    days_statement,
    hours_statement,
)
from analytics.windows import LocalWindow, local_days, local_hours
from channels_app.models import BusinessEntity

_LOCK = "rollup"

Widen = Callable[[ZoneInfo, datetime, datetime], LocalWindow]


@dataclass(frozen=True, slots=True)
class RollupOutcome:
    """Rows that were written because they were new or different, and rows that were removed."""

    written: int = 0
    removed: int = 0

    def __add__(self, other: RollupOutcome) -> RollupOutcome:
        return RollupOutcome(self.written + other.written, self.removed + other.removed)


@transaction.atomic
def rollup(*, since: datetime, until: datetime, entity_ids: Sequence[UUID] | None = None) -> RollupOutcome:
    """Count the local hours that hold since <= moment < until, and their days of channels, brands and flows.

    entity_ids: only these brands; None is all. ValueError when the stretch is empty.
    """
    if since >= until:
        raise ValueError(f"nothing lies between {since} and {until}")
    brands = _brands(entity_ids)
    if not brands:
        return RollupOutcome()
    with connection.cursor() as cursor:
        # Another rollup that read earlier must not overwrite what this one writes. Plans are made for the
        # window at hand: a plan for any window reads the whole table.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_LOCK])
        cursor.execute(
            "SELECT set_config('plan_cache_mode', 'force_custom_plan', true),"
            " set_config('jit', 'off', true), set_config('work_mem', '64MB', true),"
            " set_config('cpu_index_tuple_cost', '0.02', true)"
        )
        outcome = RollupOutcome()
        hours = _parameters(brands, since, until, local_hours)
        days = _parameters(brands, since, until, local_days)
        for statement, parameters in (
            (hours_statement(), hours),
            (days_statement(), hours),
            (BRAND_DAYS_STATEMENT, days),
            (FLOWS_STATEMENT, days),
        ):
            cursor.execute(statement, parameters)
            outcome += RollupOutcome(*cursor.fetchone())
    return outcome


def _brands(entity_ids: Sequence[UUID] | None) -> list[tuple[UUID, str]]:
    brands = BusinessEntity.objects.order_by("id")
    if entity_ids is not None:
        brands = brands.filter(id__in=entity_ids)
    return list(brands.values_list("id", "timezone"))


def _parameters(
    brands: Sequence[tuple[UUID, str]], since: datetime, until: datetime, widen: Widen
) -> dict[str, Any]:
    windows = [widen(ZoneInfo(zone), since, until) for _, zone in brands]
    return {
        "ids": [entity_id for entity_id, _ in brands],
        "zones": [zone for _, zone in brands],
        "since": [window.since for window in windows],
        "until": [window.until for window in windows],
        "local_since": [window.local_since for window in windows],
        "local_until": [window.local_until for window in windows],
        "earliest": min(window.since for window in windows),
        "latest": max(window.until for window in windows),
    }
