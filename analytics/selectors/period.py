"""The stretch of days that a dashboard or report is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LONGEST_DAYS = 366
_DAYS = re.compile(r"^(\d{1,3})d$")
_BETWEEN = re.compile(r"^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, slots=True)
class Period:
    """A number of days until today, or the days from `first` to `last`."""

    text: str
    days: int
    first: date | None = None

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read "7d" (today and the six days before) or "2026-06-01..2026-06-30". ValueError otherwise."""
        if found := _DAYS.match(text):
            days = int(found[1])
            first = None
        elif found := _BETWEEN.match(text):
            first = date.fromisoformat(found[1])
            days = (date.fromisoformat(found[2]) - first).days + 1
        else:
            raise ValueError(f"“{text}” is not a period; write 7d or 2026-06-01..2026-06-30")
        if not 1 <= days <= LONGEST_DAYS:
            raise ValueError(f"a period has between 1 and {LONGEST_DAYS} days")
        return cls(text, days, first)

    def dates(self, zone: ZoneInfo, now: datetime) -> tuple[date, date]:
        """The first and last day on a brand's own calendar, both included."""
        first = self.first or now.astimezone(zone).date() - timedelta(days=self.days - 1)
        return first, first + timedelta(days=self.days - 1)
