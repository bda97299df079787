from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_app.models import CommunicationMessage, CommunicationThread
from routing.models import MessageRoutingLog
from routing.selectors.conversation import conversation, marked
from tests.admin.conftest import NOW, Staff
from tests.factories import Brand


@pytest.fixture
def thread(alfa: Brand) -> CommunicationThread:
    return CommunicationThread.objects.select_related(
        "contact", "channel", "source_channel", "business_entity"
    ).get(business_entity=alfa.entity)


def page(thread: CommunicationThread) -> str:
    return reverse("admin:channels_app_communicationthread_change", args=[thread.pk])


def test_the_page_shows_what_was_said_and_why_it_is_here(staff: Staff, thread: CommunicationThread) -> None:
    html = staff.analyst.get(page(thread)).content.decode()
    assert "&lt;b&gt;help&lt;/b&gt;" in html  # a customer's text is never markup
    assert "Alfa: te lang geleden" in html  # why the answer failed
    assert "blijft bij support wegens" in html
    assert "<mark" in html
    assert "91 %" in html
    for raw in ("keyword_matches", "{&quot;", "queue_for_next_day", "new_email"):
        assert raw not in html


def test_a_conversation_costs_the_same_queries_however_long_it_is(
    staff: Staff, thread: CommunicationThread
) -> None:
    staff.agent.get(page(thread))
    with CaptureQueriesContext(connection) as short:
        staff.agent.get(page(thread))
    for number in range(40):
        CommunicationMessage.objects.create(
            business_entity=thread.business_entity, thread=thread, channel=thread.source_channel,
            direction="inbound", message_type="customer", state="received", body=f"bericht {number}",
            sent_at=NOW + timedelta(minutes=number),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as long:
        staff.agent.get(page(thread))
    assert len(long) == len(short)


def test_nobody_changes_a_conversation_here(staff: Staff, thread: CommunicationThread) -> None:
    assert staff.superuser.post(page(thread), {"subject": "anders"}).status_code == 403
    assert staff.superuser.get(reverse("admin:channels_app_communicationthread_add")).status_code == 403


def test_a_decision_is_never_changed_or_deleted(staff: Staff, alfa: Brand) -> None:
    log = MessageRoutingLog.objects.get(business_entity=alfa.entity)
    for name in ("change", "delete"):
        url = reverse(f"admin:routing_messageroutinglog_{name}", args=[log.pk])
        assert staff.superuser.post(url, {"post": "yes", "routing_reason": "x"}).status_code == 403
    log.refresh_from_db()
    assert log.routing_reason.startswith("keywords")


def test_quoted_mail_stands_apart_from_what_was_written_this_time(thread: CommunicationThread) -> None:
    CommunicationMessage.objects.create(
        business_entity=thread.business_entity, thread=thread, channel=thread.source_channel, direction="inbound",
        message_type="customer", state="received", body="Ja graag.\n\n> Zullen we komen?\n> Groet", new_text="Ja graag.",
        sent_at=NOW + timedelta(hours=1),
    )  # fmt: skip
    entry = conversation(thread).entries[-1]
    assert "".join(part.text for part in entry.parts) == "Ja graag."
    assert entry.quoted.startswith("> Zullen we komen?")


def test_deciding_words_are_marked_where_they_stand() -> None:
    parts = marked("De paal is Kapót!", {"support": ["kapot"]})
    assert [(part.text, part.department) for part in parts] == [
        ("De paal is ", ""), ("Kapót", "support"), ("!", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("view", ["open", "overdue", "urgent", "unowned", "unsure", "mine", "nonsense"])
def test_every_view_of_the_list_opens(view: str, staff: Staff, thread: CommunicationThread) -> None:
    thread.waiting_since = thread.last_message_at
    thread.save()
    url = reverse("admin:channels_app_communicationthread_changelist")
    answer: Any = staff.agent.get(url, {"view": view})
    assert answer.status_code == 200
    shown = {row.pk for row in answer.context["cl"].result_list}
    assert (thread.pk in shown) is (view in ("open", "overdue", "urgent", "nonsense"))


def test_filters_with_nonsense_in_them_do_not_break_the_list(
    staff: Staff, thread: CommunicationThread
) -> None:
    url = reverse("admin:channels_app_communicationthread_changelist")
    for query in ("assignee=abc", "label=x", "department=nope", "business_entity__id__exact=nonsense"):
        assert staff.agent.get(f"{url}?{query}").status_code in (200, 302)
