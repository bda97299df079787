"""Telling stories until there are enough messages, and copying them into the database."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from random import Random

from django.db import connection, transaction
from django.db.utils import ProgrammingError

from analytics.history.company import Brand, company_make
from analytics.history.stories import COLUMNS, Stories
from channels_app.services.search_index import search_rebuild

# Conversations begun per hour of the day (UTC) and per weekday, relative to each other.
_BY_HOUR = (1, 1, 1, 1, 2, 6, 15, 22, 28, 28, 26, 22, 24, 26, 24, 22, 18, 15, 12, 10, 7, 4, 2, 1)
_BY_WEEKDAY = (120, 110, 105, 100, 95, 45, 30)
_MESSAGES_PER_THREAD = 3.6


@dataclass(frozen=True, slots=True)
class History:
    """What was made: counts, and the stretch of time it covers."""

    messages: int
    threads: int
    since: datetime
    until: datetime


def history_make(
    *,
    messages: int,
    days: int,
    channels: int,
    seed: int,
    until: datetime,
    brands: int = 2,
    timezone: str = "Europe/Amsterdam",
    progress: Callable[[float], None] = lambda done: None,
) -> History:
    """Make at least this many messages in the days before `until`; the same arguments give the same rows."""
    since = until - timedelta(days=days)
    company = company_make(
        brands=brands, channels=channels, contacts=max(20, messages // 40), timezone=timezone
    )
    stories = Stories(seed, until)
    starts = _starts(Random(seed + 1), since, days)  # noqa: S311 repeatable on purpose
    threads = int(messages / _MESSAGES_PER_THREAD)
    told = 0
    with transaction.atomic():
        _trust()
        for day, share in enumerate(_shares(threads, starts.weights)):
            for _ in range(share):
                brand = company[told % len(company)]
                stories.tell(brand, starts.within(day))
                told += 1
            if day % 7 == 6:
                _copy(stories)
                progress(stories.messages / messages)
        # Sampling falls a little short or long of the mean: the last conversations make it enough.
        while stories.messages < messages:
            _tell_anywhere(stories, company, starts, told)
            told += 1
        _copy(stories)
        search_rebuild()
    progress(1.0)
    return History(stories.messages, stories.threads, since, until)


@dataclass(slots=True)
class _Starts:
    random: Random
    since: datetime
    weights: list[int]
    hours: list[int]

    def within(self, day: int) -> datetime:
        draw = self.random.random
        hour = bisect(self.hours, draw() * self.hours[-1])
        return self.since + timedelta(
            days=day, hours=hour, seconds=int(draw() * 3600), microseconds=int(draw() * 1e6)
        )


def _starts(random: Random, since: datetime, days: int) -> _Starts:
    since = since.astimezone(UTC)
    weights = [_BY_WEEKDAY[(since + timedelta(days=day)).weekday()] for day in range(days)]
    rotated = [_BY_HOUR[(since.hour + hour) % 24] for hour in range(24)]
    return _Starts(random, since, weights, list(accumulate(rotated)))


def _shares(total: int, weights: list[int]) -> list[int]:
    """The total divided over days by weight, without losing any to rounding."""
    bounds = [round(total * part / sum(weights)) for part in accumulate(weights, initial=0)]
    return [after - before for before, after in pairwise(bounds)]


def _tell_anywhere(stories: Stories, company: list[Brand], starts: _Starts, told: int) -> None:
    stories.tell(company[told % len(company)], starts.within(told % len(starts.weights)))


def _trust() -> None:
    """Skip the check of each reference, where we may: the stories refer to themselves only."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('session_replication_role', 'replica', true)")
    except ProgrammingError:
        return


def _copy(stories: Stories) -> None:
    for table, lines in stories.take().items():
        if not lines:
            continue
        columns = ", ".join(COLUMNS[table])
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for start in range(0, len(lines), 2000):
                copy.write("\n".join(lines[start : start + 2000]) + "\n")
