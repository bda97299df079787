"""What holds for every calendar, against a reference that steps through the minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from channels_app.schemas import WEEKDAYS, BusinessCalendar

ZONES = ("Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "UTC")
MINUTE = timedelta(minutes=1)


@st.composite
def day_hours(draw: st.DrawFn) -> list[list[str]]:
    """Up to two intervals on whole hours (no clock changes inside an hour), the last maybe past midnight."""
    bounds = sorted(draw(st.lists(st.integers(0, 23), min_size=2, max_size=4, unique=True)))
    bounds = bounds[: len(bounds) // 2 * 2]
    intervals = [[f"{a:02}:00", f"{b:02}:00"] for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
    if draw(st.booleans()):
        intervals[-1][1] = f"{draw(st.integers(0, bounds[0])):02}:00"
    return intervals


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    hours = draw(st.dictionaries(st.sampled_from(WEEKDAYS), day_hours(), min_size=1))
    closed = draw(st.lists(st.dates(datetime(2026, 3, 20).date(), datetime(2026, 11, 5).date()), max_size=3))  # noqa: DTZ001
    return {"timezone": draw(st.sampled_from(ZONES)), "hours": hours, "holidays": {"closed": closed}}


moments = st.one_of(
    st.datetimes(datetime(2026, 3, 26), datetime(2026, 4, 2)),  # noqa: DTZ001
    st.datetimes(datetime(2026, 10, 22), datetime(2026, 11, 3)),  # noqa: DTZ001
).map(lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC))


def shown_open(config: dict[str, Any], at: datetime) -> bool:
    """Open or not, by reading the wall clock at one moment."""
    wall = at.astimezone(ZoneInfo(config["timezone"]))
    for days_ago in (0, 1):
        day = wall.date() - timedelta(days=days_ago)
        if day in config["holidays"]["closed"]:
            continue
        minute = wall.hour * 60 + wall.minute + days_ago * 1440
        for start, end in config["hours"].get(WEEKDAYS[day.weekday()], ()):
            first, last = (int(time[:2]) * 60 for time in (start, end))
            if first <= minute < (last if last > first else last + 1440):
                return True
    return False


@given(configs(), moments, st.integers(0, 3000))
@settings(max_examples=150, deadline=None)
def test_agrees_with_stepping_through_the_minutes(config: dict[str, Any], start: datetime, span: int) -> None:
    calendar = BusinessCalendar.parse(config)
    minutes = [start + MINUTE * step for step in range(0, span, 7)]
    assert [calendar.is_open(at) for at in minutes] == [shown_open(config, at) for at in minutes]
    counted = sum(shown_open(config, start + MINUTE * step) for step in range(span))
    assert calendar.minutes_between(start, start + MINUTE * span) == counted


@given(configs(), moments, st.integers(1, 20_000))
@settings(max_examples=300, deadline=None)
def test_due_and_minutes_between_are_inverse(config: dict[str, Any], start: datetime, minutes: int) -> None:
    calendar = BusinessCalendar.parse(config)
    due = calendar.due(start, minutes)
    assert calendar.minutes_between(start, due) == minutes
    # The first such moment: a little earlier, less has passed.
    assert calendar.minutes_between(start, due - timedelta(seconds=1)) < minutes


@given(configs(), moments, moments, moments)
@settings(max_examples=200, deadline=None)
def test_minutes_add_up_and_never_decrease(
    config: dict[str, Any], a: datetime, b: datetime, c: datetime
) -> None:
    calendar = BusinessCalendar.parse(config)
    a, b, c = sorted((a, b, c))
    assert calendar.minutes_between(a, b) >= 0
    assert calendar.minutes_between(a, b) + calendar.minutes_between(b, c) == calendar.minutes_between(a, c)
    assert calendar.minutes_between(a, c) <= (c - a) / MINUTE


@given(configs(), moments, moments, st.integers(0, 5000), st.integers(0, 5000))
@settings(max_examples=200, deadline=None)
def test_due_is_monotone(config: dict[str, Any], a: datetime, b: datetime, less: int, more: int) -> None:
    calendar = BusinessCalendar.parse(config)
    a, b = sorted((a, b))
    less, more = sorted((less, more))
    assert calendar.due(a, less) <= calendar.due(a, more)
    assert calendar.due(a, more) <= calendar.due(b, more)


@given(configs(), moments)
@settings(max_examples=200, deadline=None)
def test_the_next_opening_is_open_and_nothing_before_it_is(config: dict[str, Any], at: datetime) -> None:
    calendar = BusinessCalendar.parse(config)
    opening = calendar.next_opening(at)
    assert calendar.is_open(opening)
    assert calendar.minutes_between(at, opening) == 0
    window = calendar.window(at)
    assert window.since <= at < window.until
    assert window.is_open is calendar.is_open(at)
    assume(not window.is_open)
    assert opening >= window.until
