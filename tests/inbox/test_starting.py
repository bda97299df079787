"""A conversation that staff begin: whom it is for is found while typing, and half of it survives a reload."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_app.models import CommunicationThread, Contact, ContactIdentifier
from routing.models import DraftFile, StartDraft
from routing.services.desk.files import draft_files_clear
from tests.admin.conftest import Staff
from tests.factories import Brand

FRAGMENT = {"HX-Request": "true", "HX-Target": "ib-words"}


@pytest.fixture
def browser(staff: Staff) -> Client:
    return staff.agent


def customer(brand: Brand, name: str, *addresses: tuple[str, str], **fields: Any) -> Contact:
    made = Contact.objects.create(business_entity=brand.entity, name=name, **fields)
    for kind, value in addresses:
        ContactIdentifier.objects.create(business_entity=brand.entity, contact=made, kind=kind, value=value)
    return made


def found(browser: Client, brand: Brand, text: str, medium: str = "email") -> str:
    channel = brand.channel(medium, "support")
    answer = browser.get(reverse("inbox-new-recipients"), {"channel": str(channel.pk), "q": text})
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


@pytest.mark.parametrize(
    "text",
    ["noor", "Noor Jan", "jansen@klant", "06 1111 2222", "0031611112222", "ORD-7781", "ord-7781", "K-12"],
)
def test_a_customer_is_found_by_whatever_is_at_hand(
    browser: Client, alfa: Brand, beta: Brand, text: str
) -> None:
    for brand in (alfa, beta):
        customer(
            brand, "Noor Jansen", ("email", f"noor.jansen@klant-{brand.entity.entity_code}.example"),
            ("phone", "+31611112222"), order_numbers=["ORD-7781"], customer_numbers=["K-12"],
        )  # fmt: skip
    html = found(browser, alfa, text)
    assert html.count("Noor Jansen") == 1
    assert "klant-alfa" in html
    assert found(browser, beta, text) == "404"


def test_who_cannot_be_reached_by_this_medium_or_is_blocked_is_shown_but_not_offered(
    browser: Client, alfa: Brand
) -> None:
    customer(alfa, "Noor Mail", ("email", "noor@klant.example"))
    customer(alfa, "Noor Telefoon", ("phone", "+31611112222"))
    customer(alfa, "Noor Weg", ("email", "weg@klant.example"), blocked_at=timezone.now())
    html = found(browser, alfa, "noor")
    assert re.findall(r"<strong>(.*?)</strong>", html) == [
        "Noor Mail", "Noor Telefoon", "Noor Weg",
    ]  # fmt: skip
    assert html.count("data-contact=") == 1
    assert html.count('aria-disabled="true"') == 2


def test_a_letter_is_no_question(browser: Client, alfa: Brand) -> None:
    customer(alfa, "Noor", ("email", "noor@klant.example"))
    assert found(browser, alfa, "n").strip() == ""


def test_whoever_is_chosen_stays_until_the_brand_changes(staff: Staff, alfa: Brand, beta: Brand) -> None:
    noor = customer(alfa, "Noor Jansen", ("email", "noor@klant.example"))
    url = reverse("inbox-new")
    for brand, stays in ((alfa, True), (beta, False)):
        given = {"channel": str(brand.channel("email", "support").pk), "contact": str(noor.pk), "body": "Dag"}
        html = staff.superuser.get(url, given, headers=FRAGMENT).content.decode()
        assert ("Noor Jansen" in html) == stays
        assert 'name="address"' not in html if stays else 'name="address"' in html
        assert ">Dag</textarea>" in html


def test_half_of_a_conversation_survives_a_reload_and_goes_when_it_is_sent(
    staff: Staff, browser: Client, alfa: Brand
) -> None:
    noor = customer(alfa, "Noor Jansen", ("email", "noor@klant.example"))
    channel = alfa.channel("email", "support")
    form = {"channel": str(channel.pk), "contact": str(noor.pk), "subject": "Afspraak", "body": "Zullen we",
            "cc": "collega@klant.example", "key": "n1"}  # fmt: skip
    saved = browser.post(
        reverse("inbox-new-draft"), form | {"file": SimpleUploadedFile("plan.pdf", b"pdf")}
    ).json()
    assert [file["name"] for file in saved["files"]] == ["plan.pdf"]
    html = browser.get(reverse("inbox-new")).content.decode()
    for words in ("Noor Jansen", "Afspraak", "Zullen we", "collega@klant.example", "plan.pdf"):
        assert words in html
    assert "Zullen we" not in staff.manager.get(reverse("inbox-new")).content.decode()
    assert "Zullen we" not in browser.get(reverse("inbox-new"), {"contact": str(noor.pk)}).content.decode()
    begun = browser.post(
        reverse("inbox-new"), form | {"body": "Zullen we bellen?", "attachment": saved["files"][0]["id"]}
    )
    thread = CommunicationThread.objects.get(subject="Afspraak")
    assert begun["Location"] == reverse("inbox-thread", args=[thread.pk])
    assert not StartDraft.objects.exists()


def test_a_draft_of_a_new_conversation_can_be_thrown_away(browser: Client, alfa: Brand) -> None:
    channel = alfa.channel("email", "support")
    browser.post(reverse("inbox-new-draft"), {"channel": str(channel.pk), "body": "Zullen we"})
    browser.post(reverse("inbox-new-draft"), {"discard": "1"})
    assert "Zullen we" not in browser.get(reverse("inbox-new")).content.decode()


def test_a_draft_stays_in_its_brand_and_with_whoever_may_write_there(
    staff: Staff, browser: Client, alfa: Brand, beta: Brand
) -> None:
    theirs = customer(beta, "Bea Bakker", ("email", "bea@klant.example"))
    given = {"channel": str(beta.channel("email", "support").pk), "contact": str(theirs.pk), "body": "Dag"}
    browser.post(reverse("inbox-new-draft"), given)
    draft = StartDraft.objects.get()
    assert draft.business_entity == alfa.entity
    assert draft.contact is None
    assert staff.analyst.post(reverse("inbox-new-draft"), given).status_code == 403
    alfa.entity.memberships.filter(user=draft.user).delete()
    beta.entity.memberships.create(user=draft.user, role="agent")
    assert "Dag</textarea>" not in browser.get(reverse("inbox-new")).content.decode()


def test_a_file_of_a_draft_that_was_cleared_is_no_longer_named(browser: Client, alfa: Brand) -> None:
    channel = alfa.channel("email", "support")
    browser.post(
        reverse("inbox-new-draft"),
        {"channel": str(channel.pk), "body": "Dag", "file": SimpleUploadedFile("plan.pdf", b"pdf")},
    )
    DraftFile.objects.update(created_at=timezone.now() - timezone.timedelta(days=30))
    draft_files_clear(now=timezone.now())
    html = browser.get(reverse("inbox-new")).content.decode()
    assert "Dag</textarea>" in html
    assert "plan.pdf" not in html
