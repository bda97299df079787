"""Stretches of time, widened to whole hours and days on a brand's own clock.

The hour that is repeated when summer time ends is one local hour of two elapsed hours; the hour that is
skipped when it begins does not exist. Zones that stand a half or a quarter of an hour apart have hours
that begin between two hours of UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_QUARTER = timedelta(minutes=15)
_MOMENT = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LocalWindow:
    """since <= moment < until, and the same on the wall clock (without a zone)."""

    since: datetime
    until: datetime
    local_since: datetime
    local_until: datetime


def local_hours(zone: ZoneInfo, since: datetime, until: datetime) -> LocalWindow:
    """The whole local hours that hold any moment of since <= moment < until."""
    first = _quarter(since)
    while _hour(first - _MOMENT, zone) == _hour(since, zone):
        first -= _QUARTER
    last = _quarter(until - _MOMENT) + _QUARTER
    while _hour(last, zone) == _hour(until - _MOMENT, zone):
        last += _QUARTER
    return LocalWindow(first, last, _hour(since, zone), _hour(until - _MOMENT, zone) + _HOUR)


def local_days(zone: ZoneInfo, since: datetime, until: datetime) -> LocalWindow:
    """The whole local days that hold any moment of since <= moment < until."""
    return days_window(zone, since.astimezone(zone).date(), (until - _MOMENT).astimezone(zone).date())


def days_window(zone: ZoneInfo, first: date, last: date) -> LocalWindow:
    """The local days from `first` to `last`, both included."""
    start = datetime.combine(first, time.min)
    end = datetime.combine(last, time.min) + timedelta(days=1)
    return LocalWindow(
        start.replace(tzinfo=zone).astimezone(UTC), end.replace(tzinfo=zone).astimezone(UTC), start, end
    )


def merged(moments: Iterable[datetime], *, gap: timedelta = _HOUR) -> Iterator[tuple[datetime, datetime]]:
    """Hours that begin at these moments, joined where the next begins at most `gap` after one ends."""
    start = end = None
    for moment in sorted(set(moments)):
        if start is None or end is None or moment > end + gap:
            if start is not None and end is not None:
                yield start, end
            start = moment
        end = moment + _HOUR
    if start is not None and end is not None:
        yield start, end


def _quarter(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def _hour(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
