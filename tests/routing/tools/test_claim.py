"""The "take it" link of a card: only for colleagues of the brand, only on confirmation."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from channels_app.models import CommunicationThread, OutboxItem
from routing.services.claiming import claim_url
from tests.factories import Brand, make_member
from tests.routing.tools.conftest import Write

pytestmark = pytest.mark.django_db


def path_of(url: str) -> str:
    return url.removeprefix("http://testserver")


@pytest.fixture
def thread(chargecars: Brand, laderthuis: Brand, write: Write) -> CommunicationThread:
    return write(chargecars, "mijn laadpaal is kapot")


def link(thread: CommunicationThread) -> str:
    card = OutboxItem.objects.get(payload__event="new_thread", payload__thread_id=str(thread.id))
    return path_of(dict(card.payload["actions"])["Ik neem het"])


def assignee(thread: CommunicationThread) -> str | None:
    thread.refresh_from_db()
    return thread.assignee.username if thread.assignee else None


def test_a_card_of_a_new_conversation_has_the_link_and_opening_it_changes_nothing(
    client: Client, thread: CommunicationThread, chargecars: Brand
) -> None:
    signed_out = client.get(link(thread))
    assert signed_out.status_code == 302
    assert "/admin/login/" in signed_out["Location"]
    client.force_login(make_member("jan", "agent", chargecars))
    for method in (client.get, client.head):
        assert method(link(thread)).status_code == 200
    assert assignee(thread) is None
    assert thread.reference_number in client.get(link(thread)).content.decode()


def test_confirming_gives_the_conversation_to_whoever_is_signed_in(
    thread: CommunicationThread, chargecars: Brand
) -> None:
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(make_member("jan", "agent", chargecars))
    assert guarded.post(link(thread)).status_code == 403
    client = Client()
    client.force_login(make_member("eva", "agent", chargecars))
    answer = client.post(link(thread))
    assert (answer.status_code, assignee(thread)) == (302, "eva")
    assert str(thread.id) in answer["Location"]
    assert client.get(link(thread)).status_code == 302  # it is theirs: straight to it


def test_what_a_colleague_has_is_taken_over_only_knowingly(
    client: Client, thread: CommunicationThread, chargecars: Brand
) -> None:
    first = make_member("jan", "agent", chargecars)
    CommunicationThread.objects.filter(id=thread.id).update(assignee=first)
    client.force_login(make_member("eva", "agent", chargecars))
    assert client.post(link(thread)).status_code == 409
    assert assignee(thread) == "jan"
    client.post(link(thread), {"confirmed": "1"})
    assert assignee(thread) == "eva"


def test_nobody_of_another_brand_and_nobody_who_only_reads_takes_it(
    client: Client, thread: CommunicationThread, chargecars: Brand, laderthuis: Brand
) -> None:
    for user in (
        make_member("vreemd", "administrator", laderthuis),
        make_member("lezer", "analyst", chargecars),
    ):
        client.force_login(user)
        for answer in (client.get(link(thread)), client.post(link(thread))):
            assert answer.status_code == 403
            assert thread.reference_number not in answer.content.decode()
    assert assignee(thread) is None


def test_old_and_forged_links_take_nothing(
    client: Client, thread: CommunicationThread, chargecars: Brand
) -> None:
    client.force_login(make_member("jan", "agent", chargecars))
    good = path_of(claim_url(thread.id))
    assert client.post(good[:-2] + "x/").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        client.force_login(make_member("piet", "agent", chargecars))
        assert client.post(good).status_code == 410
    assert assignee(thread) is None
