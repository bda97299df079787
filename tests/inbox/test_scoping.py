"""Every address of the inbox, walked as somebody of the other brand."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.urls import URLPattern, reverse

from channels_app.models import Attachment, CommunicationMessage, CommunicationThread
from routing.inbox.actions import ACTIONS
from routing.inbox.urls import urlpatterns
from routing.models import DraftFile, StaffNotice, ThreadDraft, ThreadEvent
from tests.admin.conftest import Staff
from tests.factories import Brand

FOR_EVERYBODY = (
    "inbox",
    "inbox-pulse",
    "inbox-notices",
    "inbox-bulk",
    "inbox-new",
    "inbox-new-draft",
    "inbox-availability",
)


def addresses(pattern: URLPattern, thread: CommunicationThread) -> list[str]:
    """The addresses of a page for a conversation, one for each action it knows."""
    message = CommunicationMessage.objects.filter(thread=thread).first()
    assert message is not None
    known: dict[str, Any] = {
        "thread_id": thread.pk,
        "message_id": message.pk,
        "file_id": uuid.uuid4(),
        "position": 0,
    }
    names = set(pattern.pattern.converters)
    if "action" in names:
        return [reverse(str(pattern.name), kwargs={"thread_id": thread.pk, "action": one}) for one in ACTIONS]
    assert names <= set(known), f"say in this test what {pattern.name} takes"
    return [reverse(str(pattern.name), kwargs={name: known[name] for name in names})]


def everything(thread: CommunicationThread) -> str:
    """What the other brand must not have changed."""
    thread.refresh_from_db()
    state = {name: str(value) for name, value in vars(thread).items() if not name.startswith("_")}
    counts = [
        model.objects.count()  # type: ignore[attr-defined]
        for model in (CommunicationMessage, Attachment, ThreadEvent, ThreadDraft, DraftFile, StaffNotice)
    ]
    return json.dumps([state, counts])


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: str(pattern.name))
def test_the_other_brand_reaches_no_page_of_a_conversation(
    pattern: URLPattern, staff: Staff, thread: CommunicationThread
) -> None:
    before = everything(thread)
    form = {
        "mode": "reply", "body": "x", "key": "k", "thread": [str(thread.pk)], "action": "resolve",
        "reason": "x", "to": "sales",
    }  # fmt: skip
    for url in addresses(pattern, thread):
        for browser in (staff.stranger, staff.analyst):
            read, written = browser.get(url, {"thread": str(thread.pk)}), browser.post(url, form)
            if browser is staff.stranger:
                if pattern.name in FOR_EVERYBODY:
                    assert b"alfa" not in read.content.lower()
                    assert b"alfa" not in written.content.lower()
                else:
                    assert {read.status_code, written.status_code} <= {403, 404, 405}, url
            elif pattern.name not in (*FOR_EVERYBODY, "inbox-here") and not url.endswith("/unread/"):
                assert written.status_code in (403, 405), url
    assert everything(thread) == before


def test_nobody_is_let_in_without_signing_in(thread: CommunicationThread, client: Any) -> None:
    for pattern in urlpatterns:
        for url in addresses(pattern, thread):
            for answer in (client.get(url), client.post(url)):
                assert answer.status_code == 302
                assert "/login/" in answer["Location"]


def test_filters_and_menus_name_no_other_brand(
    staff: Staff, thread: CommunicationThread, beta: Brand
) -> None:
    html = staff.agent.get(reverse("inbox-thread", args=[thread.pk])).content.decode().lower()
    assert "beta" not in html


def test_a_bulk_action_leaves_conversations_of_another_brand_alone(
    staff: Staff, thread: CommunicationThread, beta: Brand
) -> None:
    other = CommunicationThread.objects.get(business_entity=beta.entity)
    staff.agent.post(
        reverse("inbox-bulk"), {"thread": [str(thread.pk), str(other.pk), "nonsense"], "action": "resolve"}
    )
    thread.refresh_from_db()
    other.refresh_from_db()
    assert thread.status == "resolved"
    assert other.status == "open"
