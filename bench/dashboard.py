"""The dashboard over a million messages: the API's figures, the manager's page, and an ORM loop as the peer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench.million import UNTIL, million
from bench.processor import WARM_UP, cost, database_time
from bench.results import Result, at_most, interleaved, ratio_at_most

_NOW = UNTIL - timedelta(hours=12)


def measure() -> list[Result]:
    from django.db import connection

    from analytics.management.commands.rollup_analytics import STEP
    from analytics.models import ChannelAnalytics
    from analytics.selectors.channel_figures import entity_figures
    from analytics.selectors.manager import manager_dashboard
    from analytics.selectors.period import Period
    from analytics.services.rollup import rollup
    from channels_app.models import BusinessEntity
    from channels_app.services.search_index import search_index_all

    million()
    if not ChannelAnalytics.objects.filter(date_tracked=_NOW.date()).exists():
        rollup(since=UNTIL - STEP, until=UNTIL)
    search_index_all()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE channel_analytics, routing_flows, brand_days, communication_threads")
    entities = list(BusinessEntity.objects.all())
    week = Period.parse("7d")
    figures, page, loop = interleaved(
        lambda: entity_figures(entities, week, _NOW),
        lambda: manager_dashboard(entities, week, _NOW),
        lambda: _orm_loop(week),
        rounds=5,
    )

    def api() -> object:
        return entity_figures(entities, week, _NOW)

    fragment, first_page = _served("/admin/analytics/dashboard/"), _served("/admin/")
    elapsed = interleaved(fragment, first_page, rounds=7)
    return [
        ratio_at_most(
            "dashboard of 7 days, API figures", figures, "ms", peer="ORM loop", peer_value=loop, target=0.1
        ),
        at_most("dashboard of 7 days, SQL of the API", _sql_of(api), "ms", target=5),
        at_most(
            "dashboard of 7 days, SQL of the API, processor time", cost(api, of=database_time), "ms", target=5
        ),
        at_most("dashboard of 7 days, the manager's figures", page, "ms", target=100),
        at_most("dashboard of 7 days, refreshed figures as served", elapsed[0], "ms", target=100),
        at_most("dashboard of 7 days, first page as served", elapsed[1], "ms", target=100),
        at_most("dashboard of 7 days, first page, processor time", cost(first_page), "ms", target=100),
    ]


def _orm_loop(week: Any) -> None:
    """As one would write it first: for each channel, its messages and clocks of the period."""
    from django.db.models import Avg

    from channels_app.models import BusinessEntityChannel, CommunicationMessage, CommunicationThread
    from routing.models import SlaTimer

    since = _NOW - timedelta(days=week.days)
    for channel in BusinessEntityChannel.objects.select_related("business_entity"):
        messages = CommunicationMessage.objects.filter(channel=channel, sent_at__gte=since, sent_at__lt=_NOW)
        messages.filter(direction="inbound").count()
        messages.filter(direction="outbound").count()
        clocks = SlaTimer.objects.filter(channel=channel, answered_at__gte=since, answered_at__lt=_NOW)
        clocks.aggregate(Avg("elapsed_minutes"))
        SlaTimer.objects.filter(channel=channel, breached_at__gte=since, breached_at__lt=_NOW).count()
        CommunicationThread.objects.filter(channel=channel).exclude(status="resolved").count()


def _sql_of(work: Any) -> float:
    """Milliseconds in the database, the median."""
    import statistics
    import time

    from django.db import connection

    totals = []

    def timed(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(time.perf_counter() - start)

    for _ in range(WARM_UP):
        work()
    for _ in range(9):
        spent: list[float] = []
        with connection.execute_wrapper(timed):
            work()
        totals.append(sum(spent) * 1000)
    return statistics.median(totals)


def _served(address: str) -> Callable[[], None]:
    """The whole request through Django, for 7 days of all brands."""
    from django.contrib.auth.models import User
    from django.test import Client

    user, _ = User.objects.get_or_create(username="bench", defaults={"is_staff": True, "is_superuser": True})
    client = Client()
    client.force_login(user)

    def request() -> None:
        answer = client.get(address, {"range": "2026-10-25..2026-10-31"})
        if answer.status_code != 200:
            raise AssertionError(answer.status_code)

    for _ in range(WARM_UP):
        request()
    return request
