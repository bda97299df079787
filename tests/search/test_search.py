"""Finding conversations: by parts of names and numbers, by words in Dutch and English, within own brands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection

from channels_app.models import (
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationThread,
    ContactIdentifier,
    Membership,
    StaleThread,
    ThreadSearch,
)
from channels_app.selectors import search
from channels_app.selectors.search import MARK_END, MARK_START, search_threads, snippets, thread_ids_found
from channels_app.services.search_index import search_index_all
from tests.analytics import world

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def desk() -> BusinessEntityChannel:
    world.channel(world.brand("laderthuis"))
    return world.channel(world.brand("chargecars"))


def said(
    desk: BusinessEntityChannel,
    text: str,
    *,
    minutes: int = 0,
    name: str = "",
    phone: str = "",
    **values: object,
) -> CommunicationThread:
    """A conversation that began with this; minutes: how much later than the first."""
    at = NOW + timedelta(minutes=minutes)
    thread = world.thread(desk, at)
    world.message(thread, at, body=text, **values)
    if name:
        thread.contact.name = name
        thread.contact.save()
    if phone:
        ContactIdentifier.objects.create(
            business_entity=thread.business_entity, contact=thread.contact, kind="phone", value=phone
        )
    search_index_all()
    return thread


def found(desk: BusinessEntityChannel, text: str) -> list[CommunicationThread]:
    ids = thread_ids_found(text, [desk.business_entity_id])
    return [CommunicationThread.objects.get(pk=key) for key in ids]


@pytest.mark.parametrize(
    "text",
    [
        "laadpalen", "laadpaal", "LAADPAAL", "charging", "cables", "charge", "café", "cafe", "ORD-2026-0815",
        "laadp", "kapotte laadpaal", "de laadpaal", "jansen laadpaal", "Jansen", "ansen", "André", "andre",
        "0612345678", "+31 6 1234 5678", "06-12345678", "+31612345678", "5678",
    ],
)  # fmt: skip
def test_a_conversation_is_found_by(desk: BusinessEntityChannel, text: str) -> None:
    wanted = said(
        desk, "De laadpaal bij het café is kapot, the charging cable too. Zie ORD-2026-0815.",
        name="André Jansen", phone="+31612345678",
    )  # fmt: skip
    said(desk, "Iets heel anders, een factuur.", name="Piet Smit", phone="+31687654321")
    assert found(desk, text) == [wanted]


@pytest.mark.parametrize(
    "text", ["laadpaal factuur", "zzzz", "", "  ", "de", "%", "_", "'", "a\x00b", "& | !", ":*"]
)
def test_nothing_is_found_by(desk: BusinessEntityChannel, text: str) -> None:
    said(desk, "De laadpaal is kapot.", name="André")
    assert found(desk, text) == []


def test_a_reference_and_a_subject_are_found(desk: BusinessEntityChannel) -> None:
    thread = said(desk, "hallo")
    CommunicationThread.objects.filter(pk=thread.pk).update(
        subject="Verhuizing naar Utrecht", reference_number="CC-MSG-2026-000123"
    )
    search_index_all()
    for text in ("CC-MSG-2026-000123", "000123", "verhuizingen", "utrecht"):
        assert found(desk, text) == [thread], text


def test_the_newest_come_first_whichever_way_they_are_found(
    desk: BusinessEntityChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = [said(desk, f"laadpaal {number}", minutes=number) for number in range(6)]
    newest_first = list(reversed(threads))
    assert found(desk, "laadpaal") == newest_first
    monkeypatch.setattr(search, "LOOKED_THROUGH", 2)
    assert found(desk, "laadpaal") == newest_first
    assert [
        CommunicationThread.objects.get(pk=k) for k in thread_ids_found("laadpaal", None, most=2)
    ] == newest_first[:2]


@pytest.mark.parametrize("looked_through", [1, 4, 8000])
@pytest.mark.parametrize(
    "text", ["anna vos", "ann vos", "vos laadpaal", "osse laadpaal", "06-12345678 laadpaal"]
)
def test_an_old_conversation_is_found_however_little_is_looked_through(
    desk: BusinessEntityChannel, text: str, looked_through: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = said(desk, "De laadpaal is kapot.", name="Anna Vossen", phone="+31612345678")
    for minutes in range(1, 6):
        said(desk, "De laadpaal doet het.", minutes=minutes, name="Piet Smit")
    monkeypatch.setattr(search, "LOOKED_THROUGH", looked_through)
    assert found(desk, text) == [wanted]


@pytest.mark.parametrize("text", ["osse laadpaal", "345678 laadpaal"])
def test_a_part_of_a_name_beside_a_word_is_found_though_others_have_both_whole(
    desk: BusinessEntityChannel, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = said(desk, "De laadpaal is kapot.", name="Anna Vossen", phone="+31612345678")
    both_said = said(desk, "Een laadpaal van Osse, met nummer 345678.", minutes=1)
    for minutes in range(2, 6):
        said(desk, "Een factuur.", minutes=minutes, name="Piet Smit")
    monkeypatch.setattr(search, "LOOKED_THROUGH", 2)
    assert found(desk, text) == [both_said, wanted]


def test_looking_further_goes_on_where_it_stopped_and_repeats_nothing(
    desk: BusinessEntityChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = BusinessEntityChannel.objects.exclude(business_entity=desk.business_entity).get()
    threads = [said((desk, other)[number % 2], "laadpaal", minutes=number) for number in range(9)]
    newest_first = [thread.pk for thread in reversed(threads)]
    monkeypatch.setattr(search, "LOOKED_THROUGH", 3)
    for most in (2, 3, 4, 8, 12, 50):
        assert thread_ids_found("laadpaal", None, most=most) == newest_first[:most]


def test_one_brand_finds_nothing_of_the_other(desk: BusinessEntityChannel) -> None:
    other = BusinessEntityChannel.objects.exclude(business_entity=desk.business_entity).get()
    mine, theirs = said(desk, "geheim wachtwoord"), said(other, "geheim wachtwoord")
    agent = User.objects.create_user("agent", password="a-long-password-1", is_staff=True)
    Membership.objects.create(user=agent, business_entity=desk.business_entity, role="agent")
    stranger = User.objects.create_user("stranger", password="a-long-password-1", is_staff=True)
    everything = CommunicationThread.objects.all()
    assert list(search_threads(everything, "geheim", agent)) == [mine]
    assert list(search_threads(everything, "geheim", stranger)) == []
    root = User.objects.create_superuser("root", password="a-long-password-1")
    assert set(search_threads(everything, "geheim", root)) == {mine, theirs}


def test_what_changes_is_found_anew_and_what_is_erased_no_longer(desk: BusinessEntityChannel) -> None:
    thread = said(desk, "mijn geheime vraag", name="Annelies Vermeer")
    world.reply(thread, NOW, body="het antwoord is zonnepaneel")
    search_index_all()
    assert found(desk, "zonnepanelen") == [thread]
    CommunicationMessage.objects.filter(thread=thread).update(body="(gewist)", new_text=None)
    thread.contact.name = "(gewist)"
    thread.contact.save()
    search_index_all()
    assert found(desk, "geheime") == found(desk, "zonnepaneel") == found(desk, "Vermeer") == []
    assert found(desk, "gewist") == [thread]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM communication_messages WHERE thread_id = %s", [thread.pk])
        cursor.execute("DELETE FROM communication_threads WHERE id = %s", [thread.pk])
    assert not ThreadSearch.objects.exists()
    search_index_all()
    assert not ThreadSearch.objects.exists()
    assert not StaleThread.objects.exists()


def test_automatic_answers_make_nothing_findable(desk: BusinessEntityChannel) -> None:
    thread = said(desk, "hallo")
    world.message(thread, NOW, "outbound", "auto_response", body="Wij zijn gesloten wegens kerst.")
    search_index_all()
    assert found(desk, "kerst") == []


def test_a_snippet_shows_where_the_word_was_said_last(desk: BusinessEntityChannel) -> None:
    thread = said(desk, "De oude laadpaal deed het nog.", name="Jansen")
    world.message(thread, NOW + timedelta(hours=1), body="Nu zijn alle laadpalen op straat stuk. <b>Help</b>")
    search_index_all()
    place = snippets([thread.pk], "laadpaal jansen")[thread.pk]
    assert f"{MARK_START}laadpalen{MARK_END} op straat stuk" in place
    assert snippets([thread.pk], "jansen") == {}
    assert snippets([], "laadpaal") == {}


def test_a_status_costs_no_note_and_a_batch_costs_one_line_per_conversation(
    desk: BusinessEntityChannel,
) -> None:
    threads = [said(desk, f"nummer {number}") for number in range(3)]
    CommunicationMessage.objects.update(state="read", read_at=NOW)
    assert not StaleThread.objects.exists()
    CommunicationMessage.objects.bulk_create(
        CommunicationMessage(
            business_entity=thread.business_entity, thread=thread, channel=desk, direction="inbound",
            message_type="customer", state="received", sent_at=NOW, body=str(number),
        )
        for thread in threads for number in range(5)
    )  # fmt: skip
    assert StaleThread.objects.count() == 3
