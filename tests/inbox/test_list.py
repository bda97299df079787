from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels_app.models import CommunicationMessage, CommunicationThread, ContactIdentifier
from channels_app.services.search_index import search_index_all
from routing.models import ReadMark, StaffPresence
from routing.selectors.inbox import InboxFilter, View, inbox_page, view_counts
from routing.selectors.inbox_pulse import inbox_pulse
from tests.admin.conftest import Staff, signed_in
from tests.factories import Brand, make_member
from tests.inbox.conftest import MakeThread


def listed(user: Any, **given: Any) -> list[str]:
    page = inbox_page(user, InboxFilter(**given), now=timezone.now())
    return [row.thread.reference_number for row in page.rows]


@pytest.fixture
def quiet(alfa: Brand, beta: Brand) -> None:
    """Only what a test makes itself counts."""
    CommunicationThread.objects.update(status="resolved", set_aside=True, waiting_since=None, is_urgent=False)


@pytest.mark.usefixtures("quiet")
def test_what_is_due_first_stands_first_and_what_has_no_clock_comes_last(
    alfa: Brand, agent: User, make_thread: MakeThread
) -> None:
    now = timezone.now()
    make_thread(alfa, 1, due=now + timedelta(hours=3))
    make_thread(alfa, 2)
    make_thread(alfa, 3, due=now - timedelta(hours=1))
    make_thread(alfa, 4)
    assert listed(agent) == [f"ALFA-MSG-2026-90000{number}" for number in (3, 1, 2, 4)]


@pytest.mark.usefixtures("quiet")
def test_pages_follow_each_other_without_a_gap_or_a_repetition(
    alfa: Brand, agent: User, make_thread: MakeThread
) -> None:
    now = timezone.now()
    for number in range(1, 12):
        same = now + timedelta(hours=1)
        make_thread(alfa, number, due=same if number % 3 else None)
    for view in (View.WAITING, View.ALL):
        whole = inbox_page(agent, InboxFilter(view=view), now=now, size=100).rows
        seen, cursor = [], ""
        while True:
            page = inbox_page(agent, InboxFilter(view=view), now=now, cursor=cursor, size=4)
            seen += [row.thread.pk for row in page.rows]
            cursor = page.cursor
            if not cursor:
                break
        assert seen == [row.thread.pk for row in whole]


@pytest.mark.parametrize("cursor", ["x", "~~", "2026-01-01~2026-01-01~x", "~2026-01-01T00:00:00~" + "0" * 32])
def test_a_cursor_that_makes_no_sense_is_the_first_page(cursor: str, alfa: Brand, agent: User) -> None:
    first = inbox_page(agent, InboxFilter(view=View.ALL), now=timezone.now())
    assert inbox_page(agent, InboxFilter(view=View.ALL), now=timezone.now(), cursor=cursor) == first


@pytest.mark.usefixtures("quiet")
def test_every_view_holds_what_its_name_says(alfa: Brand, agent: User, make_thread: MakeThread) -> None:
    now = timezone.now()
    make_thread(alfa, 1, due=now - timedelta(minutes=1))
    make_thread(alfa, 2, due=now + timedelta(minutes=10), assignee=agent)
    make_thread(alfa, 3, waiting_since=None, status="waiting", is_urgent=True)
    make_thread(alfa, 4, status="snoozed", snoozed_until=now + timedelta(hours=1))
    make_thread(alfa, 5, status="resolved", waiting_since=None)
    make_thread(alfa, 6, status="resolved", waiting_since=None, set_aside=True)
    expected = {
        View.WAITING: {1, 2}, View.MINE: {2}, View.UNASSIGNED: {1, 3}, View.AT_RISK: {2}, View.BREACHED: {1},
        View.URGENT: {3}, View.OPEN: {1, 2, 3}, View.SNOOZED: {4}, View.RESOLVED: {5},
    }  # fmt: skip
    for view, numbers in expected.items():
        assert {int(reference[-1]) for reference in listed(agent, view=view)} == numbers, view
    counts = view_counts(agent, now=now).counts
    assert counts == {view: len(expected[view]) for view in counts}


@pytest.mark.usefixtures("quiet")
def test_filters_narrow_and_nonsense_in_them_finds_nothing(
    alfa: Brand, beta: Brand, make_thread: MakeThread
) -> None:
    both = make_member("both", "agent", alfa, beta)
    make_thread(alfa, 1, labels=["garantie"])
    make_thread(beta, 2, assignee=both, channel=None)
    assert listed(both, brand="alfa") == ["ALFA-MSG-2026-900001"]
    assert listed(both, department="support") == ["ALFA-MSG-2026-900001"]
    assert listed(both, department="none") == ["BETA-MSG-2026-900002"]
    assert listed(both, label="garantie") == ["ALFA-MSG-2026-900001"]
    assert listed(both, assignee=str(both.pk)) == ["BETA-MSG-2026-900002"]
    assert listed(both, assignee="none") == ["ALFA-MSG-2026-900001"]
    assert listed(both, medium="whatsapp", brand="beta") == ["BETA-MSG-2026-900002"]
    for nonsense in ({"brand": "x"}, {"assignee": "abc"}, {"medium": "fax"}, {"assignee": "9" * 30}):
        assert listed(both, **nonsense) == []


@pytest.mark.parametrize(
    "text",
    [
        "900001",
        "alfa-msg-2026-900001",
        "laadkabel",
        "+31699",
        "ORD-77",
        "Alfa 1",
        "ZOEK laadk",
        "jan@voorbeeld.nl",
    ],
)
def test_a_search_finds_by_whatever_is_at_hand_in_every_view(
    text: str, alfa: Brand, beta: Brand, agent: User, make_thread: MakeThread
) -> None:
    made = make_thread(
        alfa, 1, words="Mijn laadkabel is zoek", status="resolved", waiting_since=None, set_aside=True
    )
    made.contact.order_numbers = ["ORD-77"]
    made.contact.name = "Familie Alfa 1"
    made.contact.save()
    for kind, value in (("phone", "+31699887766"), ("email", "jan@voorbeeld.nl")):
        ContactIdentifier.objects.create(
            business_entity=alfa.entity, contact=made.contact, kind=kind, value=value
        )
    make_thread(beta, 1, words="Mijn laadkabel is zoek")
    search_index_all()
    assert made.reference_number in listed(agent, search=text)
    assert all(reference.startswith("ALFA") for reference in listed(agent, search=text))
    assert listed(agent, search="nergens") == []


def test_a_search_shows_where_its_words_were_said(alfa: Brand, agent: User, make_thread: MakeThread) -> None:
    make_thread(alfa, 1, words="Eerst <b>dit</b>, maar mijn laadkabel is zoek")
    search_index_all()
    page = signed_in(agent).get(reverse("inbox"), {"search": "laadkabels"}).content.decode()
    assert "mijn <mark>laadkabel</mark> is zoek" in page
    assert "<b>dit" not in page


@pytest.mark.usefixtures("quiet")
def test_a_row_is_unread_until_its_reader_has_seen_the_customers_newest_message(
    alfa: Brand, agent: User, make_thread: MakeThread
) -> None:
    made = make_thread(alfa, 1)

    def unread(user: Any) -> bool:
        return inbox_page(user, InboxFilter(), now=timezone.now()).rows[0].is_unread

    assert unread(agent)
    mark = ReadMark.objects.create(
        business_entity=alfa.entity, thread=made, user=agent, seen_inbound_at=made.last_inbound_at
    )
    assert not unread(agent)
    assert unread(make_member("colleague", "agent", alfa))
    mark.seen_inbound_at = made.last_inbound_at - timedelta(seconds=1)
    mark.save()
    assert unread(agent)


def test_the_preview_is_what_a_person_wrote_not_what_a_machine_answered(
    thread: CommunicationThread, agent: User
) -> None:
    row = inbox_page(agent, InboxFilter(), now=timezone.now()).rows[0]
    assert row.preview.startswith("Alfa: de paal is kapot")


def test_the_page_asks_the_database_as_often_for_many_conversations_as_for_few(
    staff: Staff, thread: CommunicationThread, more: Callable[[int], None]
) -> None:
    url = reverse("inbox")
    staff.agent.get(url)
    with CaptureQueriesContext(connection) as few:
        staff.agent.get(url)
    more(12)
    CommunicationThread.objects.update(waiting_since=timezone.now())
    with CaptureQueriesContext(connection) as many:
        html = staff.agent.get(url).content.decode()
    assert html.count('class="ib-row ') > 10
    assert len(many) == len(few) <= 16


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"view": "open"},
        {"view": "mine"},
        {"view": "resolved"},
        {"medium": "whatsapp"},
        {"search": "paal"},
    ],
)
def test_the_page_and_the_pulse_agree_on_what_is_listed(
    staff: Staff, thread: CommunicationThread, query: dict[str, str]
) -> None:
    html = staff.agent.get(reverse("inbox"), query).content.decode()
    told = dict(re.findall(r'data-(listed|waiting)="([^"]*)"', html))
    pulse = reverse("inbox-pulse")
    assert staff.agent.get(pulse, query | told).status_code == 204
    thread.save()
    changed = staff.agent.get(pulse, query | told).status_code == 200
    assert changed == (f'data-thread="{thread.pk}"' in html)


def test_the_sidebar_stops_counting_where_the_number_says_nothing_more(
    staff: Staff, alfa: Brand, beta: Brand, make_thread: MakeThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chargecars.unfold.BADGE_ENDS", 4)
    for number in range(3):
        make_thread(alfa, number)
        make_thread(beta, number)
    address = reverse("admin:channels_app_contact_changelist")

    def badge() -> str:
        found = re.search(
            r'href="/admin/inbox/".*?</a>', staff.agent.get(address).content.decode(), re.DOTALL
        )
        assert found is not None
        return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())

    assert badge().endswith(" 3")
    make_thread(alfa, 4)
    assert badge().endswith(" 3+")


def test_the_pulse_is_one_question_and_silent_when_nothing_changed(
    staff: Staff, thread: CommunicationThread, agent: User
) -> None:
    now = timezone.now()
    with CaptureQueriesContext(connection) as asked:
        inbox_pulse(agent, InboxFilter(), now=now, thread_id=thread.pk)
    assert len(asked) == 2  # the memberships of the user object, and the question
    url = reverse("inbox-pulse")
    told = staff.agent.get(url, {"thread": str(thread.pk)}).json()
    assert staff.agent.get(url, {"thread": str(thread.pk), **told}).status_code == 204
    CommunicationMessage.objects.filter(thread=thread, direction="outbound").update(state="read")
    after = staff.agent.get(url, {"thread": str(thread.pk), **told})
    assert after.status_code == 200
    assert after.json()["opened"] != told["opened"]
    assert after.json()["listed"] == told["listed"]
    thread.status, thread.waiting_since = "resolved", None
    thread.save()
    assert staff.agent.get(url, {"thread": str(thread.pk), **told}).json()["waiting"] == told["waiting"] - 1


@pytest.mark.parametrize(
    "query", ["view=nonsense", "size=abc", "size=99999", "cursor=%00", "search=%00", "brand=%00x"]
)
def test_nonsense_in_the_address_is_left_out(query: str, staff: Staff, thread: CommunicationThread) -> None:
    assert staff.agent.get(f"{reverse('inbox')}?{query}").status_code == 200


def test_the_list_alone_and_its_next_page_come_without_the_frame(
    staff: Staff, thread: CommunicationThread
) -> None:
    alone = staff.agent.get(reverse("inbox"), headers={"HX-Request": "true", "HX-Target": "ib-list"}).content
    assert b"<html" not in alone
    assert b"ib-views" in alone
    restored = staff.agent.get(
        reverse("inbox"),
        headers={"HX-Request": "true", "HX-Target": "ib-list", "HX-History-Restore-Request": "true"},
    ).content
    assert b"<html" in restored


def test_an_analyst_reads_but_is_offered_nothing_to_do(staff: Staff, thread: CommunicationThread) -> None:
    html = staff.analyst.get(reverse("inbox")).content.decode()
    assert thread.subject in html
    assert "ib-bulk" not in html
    page = staff.analyst.get(reverse("inbox-thread", args=[thread.pk])).content.decode()
    assert "ib-composer" not in page
    assert "ib-actions" not in page


def test_who_works_for_no_brand_gets_no_inbox(alfa: Brand) -> None:
    nobody = signed_in(make_member("nobody", "agent"))
    assert nobody.get(reverse("inbox")).status_code == 403


def test_the_page_says_that_somebody_is_at_work_and_lets_them_go_away(
    staff: Staff, thread: CommunicationThread, agent: User
) -> None:
    staff.agent.get(reverse("inbox-pulse"))
    presence = StaffPresence.objects.get(user=agent)
    assert presence.is_available
    assert presence.last_seen_at is not None
    thread.assignee = agent
    thread.save()
    url, htmx = reverse("inbox-availability"), {"HX-Request": "true"}
    assert staff.analyst.post(url, {"available": "no"}).status_code == 403
    assert "person_check" in staff.agent.get(reverse("inbox")).content.decode()
    away = staff.agent.post(url, {"available": "give_back"}, headers=htmx)
    assert "person_off" in away.content.decode()
    thread.refresh_from_db()
    assert thread.assignee is None
    assert "person_off" in staff.agent.get(reverse("inbox")).content.decode()
    assert staff.agent.post(url, {"available": "yes"}).status_code == 302
    presence.refresh_from_db()
    assert presence.is_available
