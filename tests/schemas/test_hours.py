"""Opening hours in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels_app.schemas import BusinessCalendar, describe_hours, describe_opening

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAY = [["09:00", "17:00"]]

WEEKS: list[tuple[Any, str, str]] = [
    ("09:00-17:00", "ma t/m vr 09:00-17:00", "Mon to Fri 09:00-17:00"),
    (
        {**dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY), "sat": [["10:00", "14:00"]]},
        "ma t/m vr 09:00-17:00, za 10:00-14:00",
        "Mon to Fri 09:00-17:00, Sat 10:00-14:00",
    ),
    (
        {"mon": DAY, "wed": DAY, "thu": DAY, "fri": DAY},
        "ma en wo t/m vr 09:00-17:00",
        "Mon and Wed to Fri 09:00-17:00",
    ),
    ({"sat": DAY, "sun": DAY}, "za en zo 09:00-17:00", "Sat and Sun 09:00-17:00"),
    (
        "09:00-12:00,13:00-17:00",
        "ma t/m vr 09:00-12:00 en 13:00-17:00",
        "Mon to Fri 09:00-12:00 and 13:00-17:00",
    ),
    ({"fri": [["22:00", "06:00"]]}, "vr 22:00-06:00", "Fri 22:00-06:00"),
    (
        {"sat": [["18:00", "24:00"]], "sun": [["00:00", "24:00"]]},
        "za 18:00-24:00, zo de hele dag",
        "Sat 18:00-24:00, Sun all day",
    ),
    ("24/7", "24 uur per dag, 7 dagen per week", "24 hours a day, 7 days a week"),
]


@pytest.mark.parametrize(("hours", "dutch", "english"), WEEKS)
def test_a_week_fits_on_one_line(hours: Any, dutch: str, english: str) -> None:
    calendar = BusinessCalendar.parse({"timezone": "Europe/Amsterdam", "hours": hours})
    assert describe_hours(calendar, "nl") == dutch
    assert describe_hours(calendar, "en") == english


@pytest.mark.parametrize(
    ("at", "dutch", "english"),
    [
        ((2026, 11, 24, 7, 0), "vandaag om 09:00", "today at 09:00"),
        ((2026, 11, 24, 20, 0), "morgen om 09:00", "tomorrow at 09:00"),
        ((2026, 11, 27, 20, 0), "maandag 30 november om 09:00", "Monday 30 November at 09:00"),
        ((2026, 12, 24, 20, 0), "maandag 28 december om 09:00", "Monday 28 December at 09:00"),
    ],
)
def test_the_next_opening_is_told_as_people_say_it(at: tuple[int, ...], dutch: str, english: str) -> None:
    calendar = BusinessCalendar.parse(
        {"timezone": "Europe/Amsterdam", "hours": "09:00-17:00", "holidays": "NL"}
    )
    moment = datetime(*at, tzinfo=AMSTERDAM)  # type: ignore[misc,arg-type]
    assert describe_opening(calendar, moment, "nl") == dutch
    assert describe_opening(calendar, moment, "en") == english
