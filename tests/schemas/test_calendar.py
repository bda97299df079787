"""Opening hours: intervals, midnight, clock changes, holidays, and what is refused."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels_app.schemas import BusinessCalendar

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WORKDAYS = {"timezone": "Europe/Amsterdam", "hours": "09:00-17:00"}


def calendar(
    hours: Any = "09:00-17:00", holidays: Any = None, timezone: str = "Europe/Amsterdam"
) -> BusinessCalendar:
    return BusinessCalendar.parse({"timezone": timezone, "hours": hours, "holidays": holidays})


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=AMSTERDAM)  # type: ignore[misc,arg-type]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_a_text_means_monday_to_friday() -> None:
    assert calendar() == calendar({day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})
    assert not calendar().is_open(local(2026, 11, 21, 12, 0))


def test_an_interval_includes_its_start_and_excludes_its_end() -> None:
    assert calendar().is_open(local(2026, 11, 24, 9, 0))
    assert not calendar().is_open(local(2026, 11, 24, 17, 0))


def test_two_intervals_a_day_leave_the_break_out() -> None:
    lunch = calendar({"tue": [["09:00", "12:00"], ["13:00", "17:00"]]})
    assert not lunch.is_open(local(2026, 11, 24, 12, 30))
    assert lunch.due(local(2026, 11, 24, 11, 0), 90) == local(2026, 11, 24, 13, 30)
    assert lunch.minutes_between(local(2026, 11, 24, 0, 0), local(2026, 11, 25, 0, 0)) == 7 * 60


def test_touching_intervals_are_one() -> None:
    halves = calendar({"tue": [["09:00", "12:00"], ["12:00", "17:00"]]})
    assert halves.window(local(2026, 11, 24, 12, 0)).since == local(2026, 11, 24, 9, 0)


def test_twenty_four_hundred_ends_a_day_without_a_gap() -> None:
    always = calendar(
        {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    )
    assert always.is_always_open
    assert always == BusinessCalendar.always_open("Europe/Amsterdam")
    assert always.is_open(local(2026, 11, 24, 23, 59, 59))
    assert always.minutes_between(local(2026, 1, 1), local(2027, 1, 1)) == 365 * 1440


def test_an_interval_past_midnight_belongs_to_the_day_it_starts() -> None:
    night = calendar({"fri": [["22:00", "06:00"]]})
    assert night.is_open(local(2026, 11, 28, 5, 59))
    assert not night.is_open(local(2026, 11, 27, 5, 59))
    assert night.due(local(2026, 11, 27, 12, 0), 480) == local(2026, 11, 28, 6, 0)


def test_a_holiday_closes_the_night_that_starts_on_it_and_not_the_one_before() -> None:
    night = calendar({"thu": [["22:00", "06:00"]], "fri": [["22:00", "06:00"]]}, {"closed": ["2026-11-27"]})
    assert night.is_open(local(2026, 11, 27, 5, 0))
    assert not night.is_open(local(2026, 11, 27, 23, 0))
    assert not night.is_open(local(2026, 11, 28, 5, 0))


def test_equal_ends_mean_a_whole_day_and_overlap_with_the_next_counts_once() -> None:
    long = calendar({"mon": [["09:00", "09:00"]], "tue": [["08:00", "10:00"]]})
    assert long.minutes_between(local(2026, 11, 23), local(2026, 11, 25)) == 25 * 60


class TestClockChanges:
    def test_the_night_shift_of_29_march_lasts_seven_hours(self) -> None:
        night = calendar({"sat": [["22:00", "06:00"]]})
        opening = local(2026, 3, 28, 22, 0)
        assert night.minutes_between(opening, local(2026, 3, 29, 12, 0)) == 7 * 60
        assert night.due(opening, 6 * 60) == local(2026, 3, 29, 5, 0)

    def test_the_night_shift_of_25_october_lasts_nine_hours(self) -> None:
        night = calendar({"sat": [["22:00", "06:00"]]})
        opening = local(2026, 10, 24, 22, 0)
        assert night.minutes_between(opening, local(2026, 10, 25, 12, 0)) == 9 * 60
        assert night.due(opening, 5 * 60).astimezone(UTC) == utc(2026, 10, 25, 1, 0)

    @pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
    def test_a_round_the_clock_sunday_has_its_real_length(
        self, day: tuple[int, int, int], hours: int
    ) -> None:
        sunday = calendar({"sun": [["00:00", "24:00"]]})
        assert sunday.minutes_between(local(*day), local(*day) + timedelta(days=1)) == hours * 60

    def test_always_open_counts_elapsed_time_too(self) -> None:
        always = BusinessCalendar.always_open("Europe/Amsterdam")
        start = local(2026, 3, 29, 1, 0)
        assert always.due(start, 120).astimezone(UTC) == utc(2026, 3, 29, 2, 0)
        assert always.minutes_between(start, local(2026, 3, 29, 4, 0)) == 120

    def test_a_time_the_clock_skips_means_the_jump(self) -> None:
        odd = calendar({"sun": [["00:00", "02:30"], ["02:45", "05:00"]]})
        assert odd.minutes_between(local(2026, 3, 29), local(2026, 3, 29, 12, 0)) == 4 * 60
        assert odd.window(utc(2026, 3, 29, 1, 0)).since == utc(2026, 3, 28, 23, 0)

    def test_a_time_the_clock_repeats_means_the_first(self) -> None:
        odd = calendar({"sun": [["00:00", "02:30"]]})
        assert odd.window(utc(2026, 10, 25, 0, 0)).until == utc(2026, 10, 25, 0, 30)

    def test_opening_hours_keep_to_the_wall_clock_after_the_change(self) -> None:
        assert calendar().due(local(2026, 3, 27, 16, 0), 120).astimezone(UTC) == utc(2026, 3, 30, 8, 0)
        assert calendar().due(local(2026, 10, 23, 16, 0), 120).astimezone(UTC) == utc(2026, 10, 26, 9, 0)

    def test_a_calendar_in_another_timezone_is_asked_in_any(self) -> None:
        kolkata = calendar(timezone="Asia/Kolkata")
        assert kolkata.is_open(local(2026, 11, 24, 4, 30))
        due = kolkata.due(local(2026, 11, 24, 1, 0), 60)
        assert due == local(2026, 11, 24, 5, 30)
        assert due.tzinfo is AMSTERDAM


class TestHolidays:
    def test_dutch_public_holidays_are_closed(self) -> None:
        dutch = calendar(holidays="NL")
        assert not dutch.is_open(local(2026, 4, 27, 12, 0))  # King's Day
        assert dutch.next_opening(local(2026, 12, 24, 18, 0)) == local(2026, 12, 28, 9, 0)

    def test_kings_day_moves_to_saturday_when_it_falls_on_a_sunday(self) -> None:
        sunny = calendar({"sat": [["09:00", "17:00"]], "sun": [["09:00", "17:00"]]}, "NL")
        assert not sunny.is_open(local(2025, 4, 26, 12, 0))
        assert sunny.is_open(local(2025, 4, 27, 12, 0))

    def test_a_brand_opens_on_good_friday_and_closes_on_its_own_day(self) -> None:
        own = calendar(holidays={"country": "nl", "closed": ["2026-12-24"], "open": [date(2026, 4, 3)]})
        assert own.is_open(local(2026, 4, 3, 12, 0))
        assert not own.is_open(local(2026, 4, 6, 12, 0))
        assert not own.is_open(local(2026, 12, 24, 12, 0))

    def test_british_substitute_days_are_closed(self) -> None:
        british = calendar(holidays={"country": "GB", "subdivision": "ENG"}, timezone="Europe/London")
        assert not british.is_open(datetime(2026, 12, 28, 12, 0, tzinfo=ZoneInfo("Europe/London")))

    def test_a_holiday_closes_a_round_the_clock_desk_too(self) -> None:
        desk = calendar("24/7", "NL")
        assert not desk.is_always_open
        assert desk.is_open(local(2026, 12, 24, 3, 0))
        assert not desk.is_open(local(2026, 12, 25, 12, 0))
        assert desk.due(local(2026, 12, 24, 23, 0), 120) == local(2026, 12, 27, 1, 0)

    def test_an_open_date_does_not_open_a_day_without_hours(self) -> None:
        assert not calendar(holidays={"country": "NL", "open": ["2026-12-26"]}).is_open(
            local(2026, 12, 26, 12, 0)
        )


class TestSpans:
    def test_zero_minutes_are_due_at_the_next_opening(self) -> None:
        assert calendar().due(local(2026, 11, 21, 12, 0), 0) == local(2026, 11, 23, 9, 0)
        assert calendar().due(local(2026, 11, 23, 12, 0), 0) == local(2026, 11, 23, 12, 0)

    def test_a_span_may_end_at_closing_time(self) -> None:
        assert calendar().due(local(2026, 11, 24, 9, 0), 480) == local(2026, 11, 24, 17, 0)

    def test_going_back_in_time_is_negative(self) -> None:
        assert calendar().minutes_between(local(2026, 11, 25, 10, 0), local(2026, 11, 24, 16, 0)) == -120

    def test_parts_of_a_minute_count(self) -> None:
        start = local(2026, 11, 24, 16, 59, 30)
        assert calendar().due(start, 1) == local(2026, 11, 25, 9, 0, 30)
        assert calendar().minutes_between(start, local(2026, 11, 24, 18, 0)) == 0.5

    def test_years_are_counted_without_a_loop_over_minutes(self) -> None:
        dutch = calendar(holidays="NL")
        began = time.perf_counter()
        minutes = dutch.minutes_between(local(2006, 1, 2), local(2036, 1, 2, 12, 0))
        assert 30 * 240 * 480 < minutes < 30 * 261 * 480
        assert dutch.due(local(2006, 1, 2), minutes) == local(2036, 1, 2, 12, 0)
        assert time.perf_counter() - began < 5  # a loop over minutes takes minutes

    def test_a_window_holds_the_answer_until_it_changes(self) -> None:
        noon = calendar().window(local(2026, 11, 24, 12, 0))
        assert (noon.is_open, noon.since, noon.until) == (
            True,
            local(2026, 11, 24, 9),
            local(2026, 11, 24, 17),
        )
        night = calendar().window(local(2026, 11, 24, 20, 0))
        assert (night.is_open, night.since, night.until) == (
            False,
            local(2026, 11, 24, 17),
            local(2026, 11, 25, 9),
        )

    @pytest.mark.parametrize("ask", ["is_open", "next_opening", "window"])
    def test_a_moment_without_timezone_is_refused(self, ask: str) -> None:
        naive = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001
        for one in (calendar(), BusinessCalendar.always_open()):
            with pytest.raises(ValueError, match="no timezone"):
                getattr(one, ask)(naive)
            with pytest.raises(ValueError, match="no timezone"):
                one.due(naive, 5)
            with pytest.raises(ValueError, match="no timezone"):
                one.minutes_between(naive, naive)


MALFORMED: list[tuple[Any, str]] = [
    ({}, "never open|hours must be"),
    ("09:00-17:00", "must be an object with timezone"),
    ({"hours": "09:00-17:00"}, "timezone is missing"),
    ({**WORKDAYS, "timezone": "Europe/Atlantis"}, "unknown timezone 'Europe/Atlantis'"),
    ({**WORKDAYS, "timezone": "../etc/passwd"}, "unknown timezone"),
    ({**WORKDAYS, "opening": 1}, "unknown setting opening"),
    ({**WORKDAYS, "hours": {}}, "never open"),
    ({**WORKDAYS, "hours": {"mon": []}}, "never open"),
    ({**WORKDAYS, "hours": None}, "hours must be"),
    ({**WORKDAYS, "hours": {"monday": [["09:00", "17:00"]]}}, "unknown day 'monday'"),
    ({**WORKDAYS, "hours": {"mon": "09:00-17:00"}}, "mon: expected a list"),
    ({**WORKDAYS, "hours": {"mon": [["09:00"]]}}, "mon: expected an interval"),
    ({**WORKDAYS, "hours": {"mon": [["9", "17:00"]]}}, "mon: '9' is not a time"),
    ({**WORKDAYS, "hours": {"mon": [["09:00", "25:00"]]}}, "'25:00' is not a time"),
    ({**WORKDAYS, "hours": {"mon": [["09:60", "17:00"]]}}, "'09:60' is not a time"),
    ({**WORKDAYS, "hours": {"mon": [[540, 1020]]}}, "540 is not a time"),
    ({**WORKDAYS, "hours": {"mon": [["24:00", "06:00"]]}}, "cannot start at 24:00"),
    (
        {**WORKDAYS, "hours": {"mon": [["09:00", "13:00"], ["12:00", "17:00"]]}},
        "09:00-13:00 overlaps 12:00-17:00",
    ),
    ({**WORKDAYS, "hours": {"mon": [["22:00", "06:00"], ["23:00", "24:00"]]}}, "overlaps"),
    ({**WORKDAYS, "hours": "van negen tot vijf"}, "expected an interval"),
    ({**WORKDAYS, "holidays": "XX"}, "unknown country 'XX'"),
    ({**WORKDAYS, "holidays": {"country": "GB", "subdivision": "MARS"}}, "unknown subdivision 'MARS' of GB"),
    ({**WORKDAYS, "holidays": {"subdivision": "ENG"}}, "needs its country"),
    ({**WORKDAYS, "holidays": {"land": "NL"}}, "unknown holiday setting land"),
    ({**WORKDAYS, "holidays": ["2026-12-25"]}, "holidays must be a country"),
    ({**WORKDAYS, "holidays": {"closed": "2026-12-25"}}, "closed must be a list of dates"),
    ({**WORKDAYS, "holidays": {"closed": ["25-12-2026"]}}, "'25-12-2026' in closed is not a date"),
    ({**WORKDAYS, "holidays": {"open": [datetime(2026, 1, 1, tzinfo=UTC)]}}, "dates without time"),
    (
        {**WORKDAYS, "holidays": {"closed": ["2026-12-25"], "open": ["2026-12-25"]}},
        "both as closed and as open",
    ),
]


@pytest.mark.parametrize(("config", "message"), MALFORMED, ids=lambda value: None)
def test_malformed_settings_are_refused_with_a_sentence(config: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BusinessCalendar.parse(config)


def test_equal_settings_give_the_same_calendar() -> None:
    assert BusinessCalendar.parse(WORKDAYS) is BusinessCalendar.parse(dict(WORKDAYS))
    assert hash(calendar()) == hash(calendar())
    assert "Europe/Amsterdam" in repr(calendar())
