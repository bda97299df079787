"""The on-call rota as a week: shifts where they fall, gaps shown, one form for several days."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from channels_app.models import OnCallShift
from channels_app.selectors.rota import rota_week
from tests.factories import Brand, make_brand, make_member


@pytest.fixture
def chargecars(db: None) -> Brand:
    return make_brand("chargecars", "ChargeCars", "CC", {})


@pytest.fixture
def laderthuis(db: None) -> Brand:
    return make_brand("laderthuis", "LaderThuis", "LT", {})


def shift(weekday: int, starts: str, ends: str, person: str = "Jan") -> OnCallShift:
    return OnCallShift(
        weekday=weekday, starts_at=time.fromisoformat(starts), ends_at=time.fromisoformat(ends), person=person
    )


def parts(week: Any, day: int) -> list[tuple[str, int, int, int, int]]:
    return [(b.shift.person, b.starts // 60, b.ends // 60, b.lane, b.lanes) for b in week[day].blocks]


def test_a_night_shift_stands_on_both_days_and_leaves_gaps() -> None:
    week = rota_week([shift(6, "18:00", "07:00")])
    assert parts(week, 6) == [("Jan", 18, 24, 0, 1)]
    assert parts(week, 0) == [("Jan", 0, 7, 0, 1)]
    assert week[6].gaps == ((0, 18 * 60),)
    assert week[0].gaps == ((7 * 60, 24 * 60),)
    assert week[1].gaps == ((0, 24 * 60),)


def test_a_shift_until_midnight_ends_there_and_one_round_the_clock_leaves_no_gap() -> None:
    week = rota_week([shift(0, "18:00", "00:00"), shift(1, "07:00", "07:00")])
    assert parts(week, 0) == [("Jan", 18, 24, 0, 1)]
    assert parts(week, 1) == [("Jan", 7, 24, 0, 1)]
    assert parts(week, 2) == [("Jan", 0, 7, 0, 1)]


def test_overlapping_shifts_stand_side_by_side() -> None:
    week = rota_week([shift(2, "08:00", "12:00"), shift(2, "10:00", "14:00", "Eva"), shift(2, "12:00", "16:00", "Bo"),
                      shift(2, "20:00", "22:00", "Al")])  # fmt: skip
    assert parts(week, 2) == [
        ("Jan", 8, 12, 0, 2), ("Eva", 10, 14, 1, 2), ("Bo", 12, 16, 0, 2), ("Al", 20, 22, 0, 1),
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_page_shows_the_calendars_of_the_readers_brands_only(
    client: Client, chargecars: Brand, laderthuis: Brand
) -> None:
    for brand, person in ((chargecars, "Jan Jansen"), (laderthuis, "Eva Evers")):
        OnCallShift.objects.create(
            business_entity=brand.entity, weekday=1, starts_at="08:00", ends_at="20:00", person=person, phone="+31612345678"
        )  # fmt: skip
    client.force_login(make_member("lezer", "manager", chargecars))
    with time_machine.travel("2026-06-02T10:00:00Z", tick=False):
        page = client.get(reverse("admin:channels_app_oncallshift_changelist")).content.decode()
    assert "Jan Jansen" in page
    assert "Eva Evers" not in page
    assert "<b>Jan Jansen</b> (+31612345678)" in page


@pytest.mark.django_db
def test_one_form_makes_the_shift_on_several_days(client: Client, chargecars: Brand) -> None:
    client.force_login(make_member("beheer", "manager", chargecars))
    answer = client.post(
        reverse("admin:channels_app_oncallshift_add"),
        {
            "business_entity": chargecars.entity.pk, "weekday": "0", "also_on": ["0", "1", "4"],
            "starts_at": "18:00", "ends_at": "08:00", "person": "Jan", "phone": "0612345678", "email": "",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    made = OnCallShift.objects.order_by("weekday").values_list("weekday", "phone", "ends_at")
    assert list(made) == [(day, "+31612345678", time(8)) for day in (0, 1, 4)]
