"""Peers' own test vectors for business hours, in our form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels_app.schemas import BusinessCalendar
from tests.schemas.corpus import corpus_json

VECTORS = corpus_json("text/business_hours_vectors.json")


def moment(value: list[str]) -> datetime:
    return datetime.fromisoformat(value[0]).replace(tzinfo=ZoneInfo(value[1]))


def sla_calendar(case: dict[str, Any]) -> BusinessCalendar:
    hours = {day[:3].lower(): [interval] for day, interval in case["hours"].items()}
    return BusinessCalendar.parse(
        {
            "timezone": case["timezone"] or "UTC",
            "hours": "24/7" if case["always_open"] else hours,
            "holidays": {"closed": case["holidays"]},
        }
    )


@pytest.mark.parametrize("case", VECTORS["libredesk_sla_deadline"], ids=lambda case: case["name"])
def test_sla_deadline_falls_where_the_peer_has_it(case: dict[str, Any]) -> None:
    if case["error"] == "ErrMaxIterations":
        with pytest.raises(ValueError, match="never open"):
            sla_calendar(case)
    elif case["error"]:
        with pytest.raises(ValueError, match="minutes must be"):
            BusinessCalendar.always_open().due(datetime(2023, 10, 10, tzinfo=UTC), case["minutes"])
    else:
        start, expected = moment(case["start"]), moment(case["expected"])
        calendar = sla_calendar(case)
        if start.second:
            # The peer drops the seconds of a start inside office hours; these starts are outside them.
            assert not calendar.is_open(start)
        assert calendar.due(start, case["minutes"]) == expected
        assert calendar.minutes_between(start, expected) == case["minutes"]


@pytest.mark.parametrize("case", VECTORS["business_time_9to5_mon_fri"], ids=lambda case: case["name"])
def test_adding_and_subtracting_business_hours_agrees_with_the_peer(case: dict[str, Any]) -> None:
    calendar = BusinessCalendar.parse(
        {"timezone": "UTC", "hours": "09:00-17:00", "holidays": {"closed": case["holidays"]}}
    )
    start, expected = (datetime.fromisoformat(case[key]).replace(tzinfo=UTC) for key in ("start", "expected"))
    minutes = case["hours"] * 60 * (1 if case["direction"] == "after" else -1)
    if minutes > 0:
        assert calendar.due(start, minutes) == expected
    elif minutes < 0:
        assert calendar.due(expected, -minutes) == start
    assert calendar.minutes_between(start, expected) == minutes


@pytest.mark.parametrize("case", VECTORS["chatwoot_open_now"], ids=lambda case: case["at"])
def test_open_now_agrees_with_the_peer(case: dict[str, Any]) -> None:
    calendar = BusinessCalendar.parse({"timezone": "UTC", "hours": "09:00-17:00"})
    at = datetime.fromisoformat(case["at"])
    assert calendar.is_open(at) is case["open"]
    assert (calendar.next_opening(at) - at == timedelta(0)) is case["open"]
