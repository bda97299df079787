"""Moments in customers' words: read as they are meant, and left out where that is uncertain."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.schemas.proposed_moments import FURTHEST, MOST_MOMENTS, proposed_moments

ZONE = ZoneInfo("Europe/Amsterdam")
WEDNESDAY = datetime(2026, 2, 25, 10, tzinfo=ZONE)


def read(text: str, now: datetime = WEDNESDAY) -> list[str]:
    return [
        f"{moment.day} {moment.at:%H:%M}" if moment.at else str(moment.day)
        for moment in proposed_moments(text, now=now, zone=ZONE)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kan het dinsdag 3 maart om 9 uur?", ["2026-03-03 09:00"]),
        ("volgende week woensdag", ["2026-03-04"]),
        ("woensdag volgende week om 10.30 uur", ["2026-03-04 10:30"]),
        ("maandag 14:00", ["2026-03-02 14:00"]),
        ("maandagochtend 9:30", ["2026-03-02 09:30"]),
        ("morgen om 13u", ["2026-02-26 13:00"]),
        ("overmorgen", ["2026-02-27"]),
        ("di 3 maart of do 5 maart", ["2026-03-03", "2026-03-05"]),
        ("12-3-2026 14:00", ["2026-03-12 14:00"]),
        ("next Monday at 2pm", ["2026-03-02 14:00"]),
        ("on 3 March 9 am", ["2026-03-03 09:00"]),
        ("vandaag niet, woensdag wel", ["2026-03-04"]),
        ("maandag\n14:00, nogmaals maandag 14:00", ["2026-03-02 14:00"]),
    ],
)
def test_a_proposal_is_read(text: str, expected: list[str]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "dinsdag 4 maart", "afgelopen maandag", "sinds dinsdag", "elke vrijdag", "vorige week", "goede morgen",
        "goedemorgen", "3 februari 2026", "de factuur van 3 maart", "uiterlijk 3 maart", "dinsdag om 25:00",
        "99 maart", "Tuesday, March 3", "31 februari", "€ 12,50", "",
    ],
)  # fmt: skip
def test_what_is_over_or_uncertain_is_left_out(text: str) -> None:
    assert read(text) == []


def test_words_count_from_when_they_were_written_on_the_brands_clock() -> None:
    late = datetime.fromisoformat("2026-02-25T23:30:00+00:00")  # already Thursday in Amsterdam
    assert read("morgen om 9 uur", late) == ["2026-02-27 09:00"]
    assert read("3 januari", WEDNESDAY.replace(month=12)) == ["2027-01-03"]


@given(
    st.lists(
        st.sampled_from(
            ["maandag", "dinsdag", "3", "31", "99", "maart", "may", "februari", "om", "9", "uur", "14:00", "99:99", "volgende", "week", "morgen", "12-3-2026", "00/00/2000", "pm"]
        )
        | st.text(max_size=5),
        max_size=30,
    ),
    st.datetimes(min_value=WEDNESDAY.replace(year=2000, tzinfo=None), max_value=WEDNESDAY.replace(year=2100, tzinfo=None)),
)  # fmt: skip
def test_any_text_is_read_and_proposes_only_what_is_to_come(words: list[str], at: datetime) -> None:
    now = at.replace(tzinfo=ZONE)
    found = proposed_moments(" ".join(words), now=now, zone=ZONE)
    assert len(found) <= MOST_MOMENTS
    for moment in found:
        assert now.date() <= moment.day <= now.date() + FURTHEST
        assert isinstance(moment.day, date)
