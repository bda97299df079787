"""Moments that a customer proposes in Dutch or English words: "dinsdag 3 maart om 9 uur", "next Wednesday at 14:00".

Conservative: what could mean something else, or is over, is left out. Nothing is ever put in a calendar by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_MOMENTS = 5
# Of a long text its beginning is read.
CHARACTERS = 5_000
# A date without a year is the next one, unless that is further away: then it was a look back.
FURTHEST = timedelta(days=300)

_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "maandag monday ma", "dinsdag tuesday di", "woensdag wednesday wo", "donderdag thursday do",
            "vrijdag friday vr", "zaterdag saturday za", "zondag sunday zo",
        )
    )
    for name in names.split()
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan", "februari february feb", "maart march mrt mar", "april apr", "mei may",
            "juni june jun", "juli july jul", "augustus august aug", "september sep sept", "oktober october okt oct",
            "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_DAY_NAMES = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
# By themselves the short ones are ordinary words ("do", "di", "we").
_LONG_DAY_NAMES = "|".join(name for name in _WEEKDAYS if len(name) > 2)
_MONTH_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = rf"""
    (?:(?P<near>morgen|overmorgen|tomorrow)(?:[ ]?(?:ochtend|middag|avond))?)
  | (?:(?:(?P<dayname>{_DAY_NAMES})\.?[ ,]{{1,2}})?
       (?P<day>\d{{1,2}})(?:e|st|nd|rd|th)?[ ](?P<month>{_MONTH_NAMES})\b\.?(?:[ ](?P<year>20\d\d))?)
  | (?:(?:(?P<dayname2>{_DAY_NAMES})\.?[ ,]{{1,2}})?
       (?P<day2>\d{{1,2}})[-/](?P<month2>\d{{1,2}})[-/](?P<year2>20\d\d))
  | (?:(?P<next>volgende[ ]week|next[ ]week|volgende|next|komende|aanstaande|coming|deze|this)[ ])?
       (?:op[ ])?(?P<weekday>{_LONG_DAY_NAMES})(?:ochtend|middag|avond)?
       (?P<after>[ ](?:volgende|komende|next)[ ]week)?
       (?![ ,]{{1,2}}(?:de[ ]|the[ ])?(?:\d{{1,2}}(?:e|st|nd|rd|th|[-/]\d)|(?:{_MONTH_NAMES})\b))
"""
_TIME = r"""
    [ ,]{0,2}(?:ochtend|middag|avond)?[ ,]{0,2}(?:(?:om|at|rond|vanaf|tussen|around|from)[ ])?
    (?:(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?![\d€%]|[.,]\d)(?:[ ]?(?:uur|u\b|h\b))?(?:[ ]?(?P<half>am|pm)\b)?
     | (?P<hour2>\d{1,2})[ ]?(?:uur|u|h|(?P<half2>am|pm))\b)
"""
_MOMENT = re.compile(rf"\b(?:{_DAY})\b(?:{_TIME})?", re.IGNORECASE | re.VERBOSE)
# Looking back, a habit, a greeting, the last day of something: no proposal follows.
_NO_PROPOSAL = re.compile(
    r"\b(?:afgelopen|vorige|sinds|last|since|previous|iedere?|elke|every|goede|van|uiterlijk|vóór|tot|before|until)\s"
    r"(?:op\s|on\s)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ProposedMoment:
    """day, and the time on it by the brand's clock, None when only a day was named; words: as it was written."""

    day: date
    at: time | None
    words: str


def proposed_moments(text: str, *, now: datetime, zone: ZoneInfo) -> tuple[ProposedMoment, ...]:
    """The moments a text proposes, in its order, each once, at most five.

    now: when it was written, with a timezone; what lies before is left out. A day whose name does not fit its date
    ("dinsdag 4 maart" in a year in which that is a Wednesday) is left out too.
    """
    local = now.astimezone(zone)
    text = " ".join(text[:CHARACTERS].split())
    found: dict[tuple[date, time | None], ProposedMoment] = {}
    for match in _MOMENT.finditer(text):
        if _NO_PROPOSAL.search(text[max(0, match.start() - 30) : match.start()]):
            continue
        day, at = _day(match, local.date()), _time(match)
        if at is None and (match["hour"] or match["hour2"]):
            continue
        if day is None or day < local.date() or day - local.date() > FURTHEST:
            continue
        if at is not None and day == local.date() and at <= local.time():
            continue
        found.setdefault((day, at), ProposedMoment(day, at, match[0].strip(" ,")))
    return tuple(found.values())[:MOST_MOMENTS]


def _day(match: re.Match[str], today: date) -> date | None:
    if match["near"]:
        return today + timedelta(days=2 if match["near"].lower() == "overmorgen" else 1)
    if match["weekday"]:
        return _named_day(match, today)
    day = int(match["day"] or match["day2"])
    month = int(match["month2"]) if match["month2"] else _MONTHS[match["month"].lower()]
    year = match["year"] or match["year2"]
    years = (int(year),) if year else (today.year, today.year + 1)
    dates = [found for number in years if (found := _date(number, month, day)) and found >= today]
    name = match["dayname"] or match["dayname2"]
    if not dates or (name and dates[0].weekday() != _WEEKDAYS[name.lower()]):
        return None
    return dates[0]


def _named_day(match: re.Match[str], today: date) -> date:
    """The next one of that name, not today; in the week after this one when it says next week."""
    weekday = _WEEKDAYS[match["weekday"].lower()]
    if "week" in (match["next"] or match["after"] or "").lower():
        return today + timedelta(days=7 - today.weekday() + weekday)
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(match: re.Match[str]) -> time | None:
    hour = match["hour"] or match["hour2"]
    if hour is None:
        return None
    half = (match["half"] or match["half2"] or "").lower()
    number = int(hour)
    if half:
        if not 1 <= number <= 12:
            return None
        number = number % 12 + (12 if half == "pm" else 0)
    minute = int(match["minute"] or 0)
    return time(number, minute) if number < 24 and minute < 60 else None
