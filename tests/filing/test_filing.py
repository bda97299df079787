"""Attachments of a mailbox that files: under their numbers, once, in their own brand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_app.models import Attachment, BusinessEntityChannel, FiledDocument, Membership
from channels_app.services.filing import documents_file
from channels_app.services.privacy.clearing import clear
from tests.admin.conftest import signed_in
from tests.analytics import world

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FILES = {"auto_filing": True}


@pytest.fixture
def desk() -> BusinessEntityChannel:
    return world.channel(world.brand("laderthuis"), "admin", "email", integration_config=FILES)


@pytest.fixture
def other_desk() -> BusinessEntityChannel:
    return world.channel(world.brand("chargecars"), "admin", "email", integration_config=FILES)


def mailed(desk: BusinessEntityChannel, name: str, text: str = "", **values: Any) -> Attachment:
    """A file that was mailed; values of the attachment."""
    thread = world.thread(desk, values.pop("at", NOW), source=values.pop("source", None))
    message = world.message(thread, NOW, body=text, subject=values.pop("subject", ""))
    return Attachment.objects.create(
        **{
            "business_entity": desk.business_entity,
            "message": message,
            "name": name,
            "state": "stored",
            **values,
        }
    )


def filed() -> list[tuple[str, str, str]]:
    rows = FiledDocument.objects.order_by("attachment__name", "kind", "number")
    return [(row.attachment.name, row.kind, row.number) for row in rows]


def test_files_are_filed_under_their_numbers_and_only_once(
    desk: BusinessEntityChannel, other_desk: BusinessEntityChannel
) -> None:
    mailed(desk, "Factuur 2026-0123.pdf", "bij order CC-004512")
    mailed(other_desk, "scan.pdf", subject="Invoice no. 8811")
    mailed(other_desk, "vraag.pdf", "kijk eens")
    expected = [
        ("Factuur 2026-0123.pdf", "invoice", "2026-0123"), ("Factuur 2026-0123.pdf", "order", "CC-004512"),
        ("scan.pdf", "invoice", "8811"), ("vraag.pdf", "none", ""),
    ]  # fmt: skip
    assert documents_file(now=NOW) == 3
    assert filed() == expected
    assert documents_file(now=NOW) == 0
    assert filed() == expected
    for row in FiledDocument.objects.all():
        assert row.business_entity_id == row.attachment.business_entity_id


def test_a_mailbox_that_does_not_file_keeps_its_files_to_itself_until_they_move(
    desk: BusinessEntityChannel,
) -> None:
    support = world.channel(desk.business_entity, "support", "email")
    file = mailed(support, "Factuur 2026-0123.pdf")
    assert documents_file(now=NOW) == 0
    file.message.thread.channel = desk
    file.message.thread.save()
    assert documents_file(now=NOW) == 1


def test_pictures_in_the_text_invitations_and_what_was_removed_are_no_documents(
    desk: BusinessEntityChannel,
) -> None:
    mailed(desk, "logo.png", content_id="logo@mail", content_type="image/png")
    mailed(desk, "afspraak.ics", content_type="text/calendar")
    mailed(desk, "", state="removed")
    mailed(desk, "oud.pdf", at=NOW - timedelta(days=30))
    assert documents_file(now=NOW) == 0
    mailed(desk, "Factuur 2026-9.pdf", content_id="pdf@mail", content_type="application/pdf")
    assert documents_file(now=NOW) == 1


def test_a_sweep_asks_as_often_for_many_files_as_for_few(desk: BusinessEntityChannel) -> None:
    mailed(desk, "factuur 2026-1000.pdf")
    with CaptureQueriesContext(connection) as few:
        documents_file(now=NOW)
    for number in range(20):
        mailed(desk, f"factuur 2026-{number:04}.pdf")
    with CaptureQueriesContext(connection) as many:
        assert documents_file(now=NOW) == 20
    assert len(many) == len(few)


def test_the_conversation_shows_the_numbers_of_its_files_and_leads_to_the_list(
    desk: BusinessEntityChannel, other_desk: BusinessEntityChannel
) -> None:
    file = mailed(desk, "Factuur 2026-0123.pdf")
    mailed(other_desk, "Factuur 2026-0999.pdf")
    documents_file(now=NOW)
    browser = agent_of("els", desk)
    page = browser.get(reverse("inbox-thread", args=[file.message.thread_id])).content.decode()
    assert "Documenten in het archief" in page
    assert f"{reverse('admin:channels_app_fileddocument_changelist')}?q=2026-0123" in page
    assert listed(browser, "2026") == ["2026-0123"]
    assert listed(browser, "0999") == []
    stranger = agent_of("jan", other_desk)
    assert listed(stranger, file.name) == []


def agent_of(name: str, desk: BusinessEntityChannel) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    Membership.objects.create(user=user, business_entity=desk.business_entity, role="agent")
    return signed_in(user)


def listed(browser: Client, words: str) -> list[str]:
    answer: Any = browser.get(reverse("admin:channels_app_fileddocument_changelist"), {"q": words})
    return [row.number for row in answer.context["cl"].result_list]


def test_a_file_that_goes_takes_its_number_along(desk: BusinessEntityChannel) -> None:
    mailed(desk, "Factuur 2026-0123.pdf")
    documents_file(now=NOW)
    for model in (FiledDocument, Attachment):
        clear(model, model.personal, list(model.objects.values_list("pk", flat=True)))
    assert not FiledDocument.objects.exists()
    assert documents_file(now=NOW) == 0
