"""Proposed moments beside the conversation, and as a file for a calendar; only where the mailbox shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from channels_app.models import BusinessEntityChannel, CommunicationMessage, Membership
from tests.admin.conftest import signed_in
from tests.analytics import world

pytestmark = pytest.mark.django_db

HEADING = "Voorgestelde momenten"


@pytest.fixture
def desk() -> BusinessEntityChannel:
    shows = {"calendar_integration": True}
    return world.channel(world.brand("laderthuis"), "operations", "email", integration_config=shows)


@pytest.fixture
def browser(desk: BusinessEntityChannel) -> Client:
    return member("els", desk)


def member(name: str, desk: BusinessEntityChannel) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    Membership.objects.create(user=user, business_entity=desk.business_entity, role="agent")
    return signed_in(user)


def mailed(desk: BusinessEntityChannel, text: str, **values: Any) -> CommunicationMessage:
    now = timezone.now()
    return world.message(values.pop("thread", None) or world.thread(desk, now), now, body=text, **values)


def invitation(method: str = "REQUEST", days: int = 3, **values: Any) -> dict[str, Any]:
    starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    return {
        "calendar": {
            "method": method, "uid": "schouw@klant.nl", "summary": "Schouw laadplein", "start": starts.isoformat(),
            "end": (starts + timedelta(minutes=90)).isoformat(), "location": "Stationsplein 4", "status": "", **values,
        }
    }  # fmt: skip


def shown(browser: Client, message: CommunicationMessage) -> Any:
    return browser.get(reverse("inbox-thread", args=[message.thread_id]))


def file_of(browser: Client, message: CommunicationMessage, position: int = 0) -> Any:
    return browser.get(reverse("inbox-moment", args=[message.thread_id, message.pk, position]))


def test_a_day_in_a_customers_words_is_shown_and_goes_into_a_calendar(
    desk: BusinessEntityChannel, browser: Client
) -> None:
    message = mailed(desk, "Kan de monteur overmorgen om 9 uur komen?")
    page = shown(browser, message).content.decode()
    assert HEADING in page
    assert "overmorgen om 9 uur" in page
    event = Calendar.from_ical(file_of(browser, message).content).walk("VEVENT")[0]
    local = timezone.localtime(event["DTSTART"].dt)
    assert (local.date(), local.hour) == (timezone.localdate() + timedelta(days=2), 9)
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=1)
    assert message.thread.reference_number in event["SUMMARY"]
    assert file_of(browser, message, 1).status_code == 404


def test_an_invitation_is_shown_as_it_last_was_and_not_when_called_off(
    desk: BusinessEntityChannel, browser: Client
) -> None:
    first = mailed(desk, "Zie bijlage", data=invitation(days=3))
    second = mailed(desk, "Toch later", data=invitation(days=5), thread=first.thread)
    answer = shown(browser, first)
    assert [moment.message_id for moment in answer.context["moments"]] == [second.pk]
    assert "Schouw laadplein" in answer.content.decode()
    event = Calendar.from_ical(file_of(browser, second).content).walk("VEVENT")[0]
    assert (event["UID"], event["LOCATION"]) == ("schouw@klant.nl", "Stationsplein 4")
    mailed(desk, "Gaat niet door", data=invitation("CANCEL", days=5), thread=first.thread)
    assert HEADING not in shown(browser, first).content.decode()


@pytest.mark.parametrize(
    "start", ["", "morgen", "2026-13-45", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00"]
)
def test_an_invitation_with_a_time_nobody_can_keep_does_no_harm(
    desk: BusinessEntityChannel, browser: Client, start: str
) -> None:
    message = mailed(desk, "Zie bijlage", data=invitation(start=start, end=""))
    assert shown(browser, message).status_code == 200
    assert file_of(browser, message).status_code in (200, 404)


def test_a_whole_day_stays_one(desk: BusinessEntityChannel, browser: Client) -> None:
    day = timezone.localdate() + timedelta(days=4)
    message = mailed(desk, "", data=invitation(start=day.isoformat(), end=""))
    event = Calendar.from_ical(file_of(browser, message).content).walk("VEVENT")[0]
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (day, day + timedelta(days=1))


def test_other_mailboxes_show_none_and_other_brands_get_none(
    desk: BusinessEntityChannel, browser: Client
) -> None:
    support = world.channel(desk.business_entity, "support", "email")
    elsewhere = mailed(support, "Kan het overmorgen om 9 uur?")
    assert HEADING not in shown(browser, elsewhere).content.decode()
    assert file_of(browser, elsewhere).status_code == 404
    message = mailed(desk, "Kan het overmorgen om 9 uur?")
    stranger = member("jan", world.channel(world.brand("chargecars"), "operations", "email"))
    assert file_of(stranger, message).status_code == 404
    assert file_of(browser, message).status_code == 200


def test_showing_moments_costs_no_query(desk: BusinessEntityChannel, browser: Client) -> None:
    message = mailed(desk, "Kan het overmorgen om 9 uur?")
    shown(browser, message)
    with CaptureQueriesContext(connection) as with_moments:
        shown(browser, message)
    desk.integration_config = {}
    desk.save()
    shown(browser, message)
    with CaptureQueriesContext(connection) as without:
        shown(browser, message)
    assert len(with_moments) == len(without)
