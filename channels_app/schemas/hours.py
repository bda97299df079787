"""Opening hours in words, for automatic answers and for staff."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from channels_app.schemas.calendar import BusinessCalendar
from channels_app.schemas.departments import Language, join_words

_SHORT_DAYS: dict[Language, tuple[str, ...]] = {
    "nl": ("ma", "di", "wo", "do", "vr", "za", "zo"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_DAYS: dict[Language, tuple[str, ...]] = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: dict[Language, tuple[str, ...]] = {
    "nl": (
        "januari", "februari", "maart", "april", "mei", "juni",
        "juli", "augustus", "september", "oktober", "november", "december",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_WORDS: dict[Language, dict[str, str]] = {
    "nl": {
        "always": "24 uur per dag, 7 dagen per week",
        "day": "de hele dag",
        "to": "t/m",
        "today": "vandaag om {time}",
        "tomorrow": "morgen om {time}",
        "later": "{day} {date} om {time}",
    },
    "en": {
        "always": "24 hours a day, 7 days a week",
        "day": "all day",
        "to": "to",
        "today": "today at {time}",
        "tomorrow": "tomorrow at {time}",
        "later": "{day} {date} at {time}",
    },
}


def describe_hours(calendar: BusinessCalendar, language: Language) -> str:
    """The week on one line: "ma t/m vr 09:00-17:00, za 10:00-14:00". Holidays are left out."""
    if all(hours == ((0, 1440),) for hours in calendar.weekly):
        return _WORDS[language]["always"]
    days_of: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day, hours in enumerate(calendar.weekly):
        if hours:
            days_of.setdefault(hours, []).append(day)
    return ", ".join(
        f"{_day_range(days, language)} {_times(hours, language)}" for hours, days in days_of.items()
    )


def describe_opening(calendar: BusinessCalendar, at: datetime, language: Language) -> str:
    """When it next opens, as seen from `at`: "morgen om 09:00", "maandag 30 november om 09:00"."""
    zone = ZoneInfo(calendar.timezone)
    now, opening = at.astimezone(zone), calendar.next_opening(at).astimezone(zone)
    days = (opening.date() - now.date()).days
    key = {0: "today", 1: "tomorrow"}.get(days, "later")
    return _WORDS[language][key].format(
        day=_DAYS[language][opening.weekday()],
        date=f"{opening.day} {_MONTHS[language][opening.month - 1]}",
        time=f"{opening:%H:%M}",
    )


def _day_range(days: list[int], language: Language) -> str:
    names = _SHORT_DAYS[language]
    parts: list[str] = []
    for _, run in groupby(enumerate(days), key=lambda pair: pair[1] - pair[0]):
        members = [day for _, day in run]
        if len(members) > 2:
            parts.append(f"{names[members[0]]} {_WORDS[language]['to']} {names[members[-1]]}")
        else:
            parts.extend(names[day] for day in members)
    return join_words(parts, language)


def _times(hours: tuple[tuple[int, int], ...], language: Language) -> str:
    if hours == ((0, 1440),):
        return _WORDS[language]["day"]
    return join_words([f"{_clock(start)}-{_clock(end)}" for start, end in hours], language)


def _clock(minutes: int) -> str:
    shown = minutes if minutes <= 1440 else minutes - 1440
    return f"{shown // 60:02}:{shown % 60:02}"
