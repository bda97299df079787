"""When a desk is open, and how much open time lies between two moments.

All reckoning is done in microseconds of elapsed (UTC) time, so that the hour a clock skips in March and
the hour it repeats in October count for what they are. A wall time that the clock skips means the moment
of the jump; one that it shows twice means the first time.

The open time is compiled, as needed, into blocks of 64 days; inside a block everything is a binary search.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple, final
from zoneinfo import ZoneInfo

from channels_app.schemas.calendar_config import DAY_MINUTES, CalendarConfig, country_holidays, read_config

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000
_DAY = DAY_MINUTES * _MINUTE
_BLOCK_DAYS = 64
_BLOCK = _BLOCK_DAYS * _DAY
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_AROUND_THE_CLOCK = ((0, DAY_MINUTES),)
_LONGEST_SPAN = 100 * 366 * DAY_MINUTES


class Window(NamedTuple):
    """A stretch of time in which the answer of `is_open` does not change: since <= t < until."""

    is_open: bool
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Block:
    """The open intervals within one block, in microseconds since 1970, and the open time before each."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int

    def elapsed(self, at: int) -> int:
        """Open microseconds from the start of the block until `at`."""
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0
        return self.before[index] + min(at, self.ends[index]) - self.starts[index]

    def reach(self, elapsed: int) -> int:
        """The first moment at which `elapsed` open microseconds have passed; 0 < elapsed <= total."""
        index = bisect_right(self.before, elapsed - 1) - 1
        return self.starts[index] + elapsed - self.before[index]


@final
class BusinessCalendar:
    """The opening hours of a desk in its timezone, holidays included. Immutable.

    Every datetime must be aware; answers come in the timezone of the question.
    """

    __slots__ = ("_always", "_blocks", "_zone", "config")

    def __init__(self, config: CalendarConfig) -> None:
        self.config = config
        self._zone = ZoneInfo(config.timezone)
        self._blocks: dict[int, _Block] = {}
        self._always = not config.has_holidays and all(day == _AROUND_THE_CLOCK for day in config.weekly)

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> BusinessCalendar:
        """Read `{"timezone", "hours", "holidays"}`; ValueError, in a sentence, for anything malformed.

        hours: {"mon": [["09:00", "17:00"], ...], ...} or "09:00-17:00" (Monday to Friday) or "24/7".
        "24:00" ends a day; an interval whose end is not after its start runs past midnight.
        holidays: "NL" or {"country", "subdivision", "closed": [dates], "open": [dates]}; optional.
        """
        return _interned(read_config(config))

    @classmethod
    def always_open(cls, timezone: str = "UTC") -> BusinessCalendar:
        return cls.parse({"timezone": timezone, "hours": "24/7"})

    @property
    def timezone(self) -> str:
        return self.config.timezone

    @property
    def is_always_open(self) -> bool:
        return self._always

    @property
    def weekly(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Per weekday from Monday: (start, end) in minutes after midnight; past midnight end > 1440."""
        return self.config.weekly

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BusinessCalendar) and self.config == other.config

    def __hash__(self) -> int:
        return hash(self.config)

    def __repr__(self) -> str:
        return f"BusinessCalendar({self.config!r})"

    def is_open(self, at: datetime) -> bool:
        moment = _microseconds(at)
        if self._always:
            return True
        block = self._block(moment // _BLOCK)
        index = bisect_right(block.starts, moment) - 1
        return index >= 0 and moment < block.ends[index]

    def window(self, at: datetime) -> Window:
        """Whether it is open at `at`, and a stretch around it, at most 64 days, where that holds."""
        moment = _microseconds(at)
        number = moment // _BLOCK
        since, until = number * _BLOCK, (number + 1) * _BLOCK
        if self._always:
            return Window(True, _moment(since, UTC), _moment(until, UTC))
        block = self._block(number)
        index = bisect_right(block.starts, moment) - 1
        if index >= 0 and moment < block.ends[index]:
            return Window(True, _moment(block.starts[index], UTC), _moment(block.ends[index], UTC))
        if index >= 0:
            since = block.ends[index]
        if index + 1 < len(block.starts):
            until = block.starts[index + 1]
        return Window(False, _moment(since, UTC), _moment(until, UTC))

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself when open, else the next moment it opens."""
        moment = _microseconds(at)
        if self._always:
            return at
        number = moment // _BLOCK
        while True:
            block = self._block(number)
            index = bisect_right(block.ends, moment)
            if index < len(block.starts):
                opening = block.starts[index]
                return at if opening <= moment else _moment(opening, at.tzinfo)
            number += 1

    def due(self, start: datetime, minutes: float) -> datetime:
        """The moment at which `minutes` of open time have passed since `start`.

        That may be a closing time; zero minutes are due at the next opening. ValueError for a negative
        number and for more than a century.
        """
        if not 0 <= minutes <= _LONGEST_SPAN:
            raise ValueError(f"minutes must be between 0 and {_LONGEST_SPAN}, not {minutes}")
        if minutes == 0:
            return self.next_opening(start)
        moment = _microseconds(start)
        left = max(1, round(minutes * _MINUTE))
        if self._always:
            return _moment(moment + left, start.tzinfo)
        number = moment // _BLOCK
        left += self._block(number).elapsed(moment)
        while left > (total := self._block(number).total):
            left -= total
            number += 1
        return _moment(self._block(number).reach(left), start.tzinfo)

    def minutes_between(self, a: datetime, b: datetime) -> float:
        """Open minutes from `a` to `b`; negative when `b` is the earlier."""
        first, last = _microseconds(a), _microseconds(b)
        if self._always:
            return (last - first) / _MINUTE
        if last < first:
            return -self.minutes_between(b, a)
        low, high = first // _BLOCK, last // _BLOCK
        whole = sum(self._block(number).total for number in range(low, high))
        return (whole + self._block(high).elapsed(last) - self._block(low).elapsed(first)) / _MINUTE

    def _block(self, number: int) -> _Block:
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = self._compile(number)
        return block

    def _compile(self, number: int) -> _Block:
        low, high = number * _BLOCK, (number + 1) * _BLOCK
        first_day = _EPOCH_ORDINAL + number * _BLOCK_DAYS
        intervals: list[tuple[int, int]] = []
        covered = 0
        # An interval belongs to the local day it starts and may last until the end of the next.
        for ordinal in range(first_day - 3, first_day + _BLOCK_DAYS + 2):
            for start, end in self._opening_of(date.fromordinal(ordinal)):
                clipped = max(start, covered, low), min(end, high)
                covered = max(covered, end)
                if clipped[0] >= clipped[1]:
                    continue
                if intervals and intervals[-1][1] == clipped[0]:
                    intervals[-1] = intervals[-1][0], clipped[1]
                else:
                    intervals.append(clipped)
        lengths = [end - start for start, end in intervals]
        return _Block(
            starts=tuple(start for start, _ in intervals),
            ends=tuple(end for _, end in intervals),
            before=tuple(accumulate(lengths[:-1], initial=0)) if lengths else (),
            total=sum(lengths),
        )

    def _opening_of(self, day: date) -> list[tuple[int, int]]:
        weekly = self.config.weekly[day.weekday()]
        if not weekly or self._is_holiday(day):
            return []
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall time, zone applied below
        return [
            (
                _wall_microseconds(midnight + timedelta(minutes=start), self._zone),
                _wall_microseconds(midnight + timedelta(minutes=end), self._zone),
            )
            for start, end in weekly
        ]

    def _is_holiday(self, day: date) -> bool:
        config = self.config
        if day in config.closed_dates:
            return True
        if not config.country or day in config.open_dates:
            return False
        return day in country_holidays(config.country, config.subdivision, day.year)


@lru_cache(maxsize=512)
def _interned(config: CalendarConfig) -> BusinessCalendar:
    # Channels of a brand mostly share their hours; sharing the object shares its compiled blocks.
    return BusinessCalendar(config)


def _microseconds(at: datetime) -> int:
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError(f"{at!r} has no timezone; opening hours need to know which moment is meant")
    return (at - _EPOCH) // _MICROSECOND


def _moment(microseconds: int, zone: tzinfo | None) -> datetime:
    return (_EPOCH + timedelta(microseconds=microseconds)).astimezone(zone)


def _wall_microseconds(wall: datetime, zone: ZoneInfo) -> int:
    """The moment at which the clock of `zone` first shows `wall`, or jumps over it."""
    before = _offset(wall.replace(fold=0, tzinfo=zone))
    after = _offset(wall.replace(fold=1, tzinfo=zone))
    utc = wall.replace(tzinfo=UTC)
    moment = (utc - before - _EPOCH) // _MICROSECOND
    if after <= before:
        return moment
    # Skipped: `before` is the offset until the jump. Find the jump between the two readings.
    low, high = (utc - after - _EPOCH) // _MICROSECOND, moment
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(_moment(middle, zone)) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(at: datetime) -> timedelta:
    return at.utcoffset() or timedelta()
