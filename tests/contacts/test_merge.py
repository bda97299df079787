from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_app.models import CommunicationThread, Contact, ContactIdentifier
from channels_app.selectors.contacts import merge_preview
from channels_app.services.contact_merge import contact_merge
from tests.factories import Brand, make_member


def contact(brand: Brand, name: str, address: str, **fields: Any) -> Contact:
    made = Contact.objects.create(business_entity=brand.entity, name=name, **fields)
    ContactIdentifier.objects.create(business_entity=brand.entity, contact=made, kind="email", value=address)
    return made


def thread(brand: Brand, of: Contact, number: str) -> CommunicationThread:
    channel = brand.channel("whatsapp", "support")
    return CommunicationThread.objects.create(
        business_entity=brand.entity, contact=of, source_channel=channel, channel=channel, medium="whatsapp",
        reference_number=number, status="open", last_message_at=timezone.now(), waiting_since=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def kept(chargecars: Brand) -> Contact:
    return contact(chargecars, "Jan Bos", "jan@example.nl", order_numbers=["O-1"])


@pytest.fixture
def duplicate(chargecars: Brand) -> Contact:
    return contact(
        chargecars, "J. Bos", "bos@example.nl", city="Assen", kind="customer", order_numbers=["O-1", "O-2"]
    )


def test_everything_moves_and_nothing_is_lost(
    manager: Any, chargecars: Brand, kept: Contact, duplicate: Contact
) -> None:
    staying, ending = thread(chargecars, kept, "CC-1"), thread(chargecars, duplicate, "CC-2")

    contact_merge(user=manager, kept=kept, duplicate=duplicate, now=timezone.now())

    kept.refresh_from_db()
    assert not Contact.objects.filter(pk=duplicate.pk).exists()
    assert {i.value for i in kept.identifiers.all()} == {"jan@example.nl", "bos@example.nl"}
    assert (kept.name, kept.city, kept.kind, kept.order_numbers) == (
        "Jan Bos",
        "Assen",
        "customer",
        ["O-1", "O-2"],
    )
    staying.refresh_from_db()
    ending.refresh_from_db()
    assert (ending.status, ending.waiting_since, ending.contact_id) == ("resolved", None, kept.pk)
    assert staying.previous_thread_id == ending.pk


def test_the_preview_tells_what_will_move(chargecars: Brand, kept: Contact, duplicate: Contact) -> None:
    thread(chargecars, kept, "CC-1")
    thread(chargecars, duplicate, "CC-2")

    preview = merge_preview(kept, duplicate)

    assert preview.addresses == ("bos@example.nl",)
    assert [closed.reference_number for closed in preview.closed] == ["CC-2"]
    assert ("city", "Assen") in preview.filled
    assert preview.lost == (("name", "Jan Bos", "J. Bos"),)
    assert preview.joined == (("order_numbers", ("O-2",)),)


def test_contacts_of_two_brands_or_of_a_strangers_brand_are_not_merged(
    manager: Any, laderthuis: Brand, kept: Contact, duplicate: Contact
) -> None:
    theirs = contact(laderthuis, "Jan Bos", "jan@example.nl")
    both: Any = make_member("root", "manager", laderthuis)

    with pytest.raises(PermissionDenied):
        contact_merge(user=manager, kept=kept, duplicate=theirs, now=timezone.now())
    with pytest.raises(PermissionDenied):
        contact_merge(user=both, kept=kept, duplicate=duplicate, now=timezone.now())
    both.is_superuser = True
    with pytest.raises(ValidationError):
        contact_merge(user=both, kept=kept, duplicate=theirs, now=timezone.now())


def test_two_contacts_are_chosen_compared_and_merged_in_the_admin(
    browser: Client, laderthuis: Brand, kept: Contact, duplicate: Contact
) -> None:
    theirs = contact(laderthuis, "Jan Bos", "anders@example.nl")
    page = reverse("admin:channels_app_contact_merge", args=[kept.pk])

    choice = browser.get(page)
    assert [found.pk for found in choice.context["candidates"]] == [duplicate.pk]  # shares an order number
    assert browser.get(page, {"q": "anders@example"}).context["candidates"] == []
    assert "preview" not in browser.get(page, {"with": theirs.pk}).context
    assert "preview" not in browser.get(page, {"with": "nonsense"}).context
    chosen = browser.post(
        reverse("admin:channels_app_contact_changelist"),
        {"action": "merge_selected", "_selected_action": [kept.pk, duplicate.pk]},
        follow=True,
    )
    assert chosen.context["preview"].duplicate == duplicate
    browser.post(page, {"with": duplicate.pk})

    assert Contact.objects.filter(business_entity=kept.business_entity_id).count() == 1
    assert Contact.objects.filter(pk=theirs.pk).exists()
