"""Reading the settings of a calendar, with an error that says what is wrong and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import holidays

DAY_MINUTES = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_DAY_HOURS = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CalendarConfig:
    """The settings in canonical form: equal settings compare equal, however they were written.

    weekly: per weekday from Monday, (start, end) in minutes after midnight, end up to 2880.
    """

    timezone: str
    weekly: tuple[_DAY_HOURS, ...]
    country: str = ""
    subdivision: str = ""
    closed_dates: frozenset[date] = frozenset()
    open_dates: frozenset[date] = frozenset()

    @property
    def has_holidays(self) -> bool:
        return bool(self.country or self.closed_dates)


def read_config(config: Mapping[str, Any]) -> CalendarConfig:
    """The canonical form of what staff entered; see `BusinessCalendar.parse` for the shapes."""
    if not isinstance(config, Mapping):
        raise ValueError(f"opening hours must be an object with timezone and hours, not {config!r}")
    unknown = sorted(map(str, set(config) - {"timezone", "hours", "holidays"}))
    if unknown:
        raise ValueError(f"unknown setting {', '.join(unknown)}: use timezone, hours, holidays")
    weekly = _weekly(config.get("hours"))
    if not any(weekly):
        raise ValueError("these hours never open: give at least one weekday an interval")
    return CalendarConfig(
        timezone=_timezone(config.get("timezone")), weekly=weekly, **_holidays(config.get("holidays"))
    )


@lru_cache(maxsize=1024)
def country_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """The public holidays of a country in a year, substitute days included (as British law has them)."""
    if not date.min.year <= year <= date.max.year:
        return frozenset()
    return frozenset(
        holidays.country_holidays(
            country, subdiv=subdivision or None, years=year, expand=False, observed=True
        )
    )


def _timezone(name: Any) -> str:
    if not name or not isinstance(name, str):
        raise ValueError("timezone is missing: give a name such as Europe/Amsterdam")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"unknown timezone {name!r}: give a name such as Europe/Amsterdam") from error
    return name


def _weekly(hours: Any) -> tuple[_DAY_HOURS, ...]:
    if isinstance(hours, str):
        if hours.strip() == "24/7":
            return (((0, DAY_MINUTES),),) * 7
        workday = _day_hours(hours.split(","), "hours")
        return (workday,) * 5 + ((), ())
    if not isinstance(hours, Mapping):
        raise ValueError('hours must be an object per weekday, a text such as "09:00-17:00", or "24/7"')
    unknown = [day for day in hours if day not in WEEKDAYS]
    if unknown:
        raise ValueError(f"unknown day {unknown[0]!r}: use {', '.join(WEEKDAYS)}")
    return tuple(_day_hours(hours.get(day) or (), day) for day in WEEKDAYS)


def _day_hours(intervals: Any, where: str) -> _DAY_HOURS:
    if isinstance(intervals, str) or not isinstance(intervals, Iterable):
        raise ValueError(f'{where}: expected a list of intervals such as ["09:00", "17:00"]')
    read = sorted(_interval(interval, where) for interval in intervals)
    for (start, end), (next_start, next_end) in pairwise(read):
        if next_start < end:
            raise ValueError(f"{where}: {_text(start, end)} overlaps {_text(next_start, next_end)}")
    return tuple(read)


def _interval(interval: Any, where: str) -> tuple[int, int]:
    parts = interval.split("-") if isinstance(interval, str) else interval
    if not isinstance(parts, list | tuple) or len(parts) != 2:
        raise ValueError(f'{where}: expected an interval such as ["09:00", "17:00"], not {interval!r}')
    start, end = (_minutes(part, where) for part in parts)
    if start == DAY_MINUTES:
        raise ValueError(f"{where}: an interval cannot start at 24:00; use 00:00 of the next day")
    return start, end if end > start else end + DAY_MINUTES


def _minutes(text: Any, where: str) -> int:
    match = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    hour, minute = (int(match[1]), int(match[2])) if match else (99, 99)
    if minute > 59 or hour * 60 + minute > DAY_MINUTES:
        raise ValueError(f"{where}: {text!r} is not a time between 00:00 and 24:00")
    return hour * 60 + minute


def _text(start: int, end: int) -> str:
    return "-".join(f"{value // 60 % 24:02}:{value % 60:02}" for value in (start, end))


def _holidays(value: Any) -> dict[str, Any]:
    if not value:
        return {}
    settings = {"country": value} if isinstance(value, str) else value
    if not isinstance(settings, Mapping):
        raise ValueError('holidays must be a country such as "NL" or an object with country, closed, open')
    unknown = sorted(map(str, set(settings) - {"country", "subdivision", "closed", "open"}))
    if unknown:
        raise ValueError(
            f"unknown holiday setting {', '.join(unknown)}: use country, subdivision, closed, open"
        )
    closed, opened = (_dates(settings.get(name), name) for name in ("closed", "open"))
    if both := sorted(closed & opened):
        raise ValueError(f"holidays: {both[0]} is listed both as closed and as open")
    country, subdivision = _country(settings.get("country"), settings.get("subdivision"))
    return {"country": country, "subdivision": subdivision, "closed_dates": closed, "open_dates": opened}


def _country(country: Any, subdivision: Any) -> tuple[str, str]:
    if not country:
        if subdivision:
            raise ValueError("holidays: a subdivision needs its country")
        return "", ""
    code, part = str(country).strip().upper(), str(subdivision or "").strip()
    try:
        holidays.country_holidays(code, subdiv=part or None)
    except NotImplementedError as error:
        what = f"subdivision {part!r} of {code}" if part and code in _countries() else f"country {country!r}"
        raise ValueError(f"holidays: unknown {what}; give an ISO 3166 code such as NL") from error
    return code, part


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries())


def _dates(values: Any, name: str) -> frozenset[date]:
    if not values:
        return frozenset()
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(f'holidays: {name} must be a list of dates such as "2026-12-24"')
    return frozenset(_date(value, name) for value in values)


def _date(value: Any, name: str) -> date:
    if isinstance(value, datetime):
        raise ValueError(f"holidays: {name} must hold dates without time, not {value!r}")
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f'holidays: {value!r} in {name} is not a date such as "2026-12-24"') from error
