"""Who changed what of a customer: each edit of staff, on every way, and nothing of it after an erasure."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from channels_app.models import ApiToken, AuditEntry, Contact, ContactIdentifier
from channels_app.selectors.audit import differences
from channels_app.services.contact_edit import contact_save
from channels_app.services.contact_merge import contact_merge
from channels_app.services.privacy.contacts import contact_erase, contact_forget
from routing.services.drain import drain_batch
from tests.admin.conftest import Staff
from tests.admin.forms import save
from tests.admin.test_pages import address
from tests.factories import Brand, change, receive, text_message, webhook_body

KIND = "channels_app.contact"


def entries(contact: Contact) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(object_type=KIND, object_id=str(contact.pk)).order_by("created_at"))


def everything_said() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(audit_entries::text, '') FROM audit_entries")
        return str(cursor.fetchone()[0])


@pytest.fixture
def jan(alfa: Brand) -> Contact:
    contact = Contact(business_entity=alfa.entity, name="Jan Jansen", city="Utrecht")
    return contact_save(contact=contact, emails=["jan@klant.example"])


def test_an_edit_in_the_admin_says_who_and_from_what_to_what(staff: Staff, jan: Contact) -> None:
    url = address(Contact, "change", jan.pk)
    changes = {"city": "Zwolle", "identifiers-0-value": "jan@nieuw.example"}
    assert save(staff.agent, url, "contact_form", more=changes).status_code == 302

    said = [str(line) for entry in entries(jan) for line in differences(entry)]
    assert "Plaats: Utrecht → Zwolle" in said
    assert "E-mailadres: jan@klant.example → jan@nieuw.example" in said
    assert {(entry.actor_name, entry.ip_address) for entry in entries(jan)} == {("alfa-agent", "127.0.0.1")}
    assert {entry.business_entity_id for entry in entries(jan)} == {jan.business_entity_id}


def test_an_edit_by_the_api_is_that_of_the_tokens_owner(staff: Staff, jan: Contact) -> None:
    client = APIClient()
    token = ApiToken.objects.create(User.objects.get(username="alfa-manager"))[1]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    answer = client.patch(
        f"/api/v1/contacts/{jan.pk}/", {"city": "Breda", "phones": ["0612345678"]}, format="json"
    )
    assert answer.status_code == 200

    said = [str(line) for entry in entries(jan) for line in differences(entry)]
    assert "Plaats: Utrecht → Breda" in said
    assert "Telefoonnummer: leeg → +31612345678" in said
    assert {entry.actor_name for entry in entries(jan)} == {"alfa-manager"}


def test_a_block_from_the_inbox_is_in_the_trail(staff: Staff, alfa: Brand) -> None:
    receive(
        webhook_body(
            change(alfa.phone_ids["support"], messages=[text_message("hallo", sender="31600000077")])
        )
    )
    drain_batch()
    contact = ContactIdentifier.objects.get(value="+31600000077").contact
    thread = contact.threads.get()
    answer = staff.manager.post(
        reverse("inbox-act", args=[thread.pk, "block"]), {"reason": "reclame"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code in (200, 204, 302)

    (entry,) = entries(contact)
    assert (entry.actor_name, list(entry.changes)) == ("alfa-manager", ["blocked_at"])


def test_an_import_leaves_an_entry_for_each_contact_that_it_touched(
    staff: Staff, alfa: Brand, jan: Contact
) -> None:
    rows = [
        {"name": "Jan Jansen", "emails": ["jan@klant.example"], "city": "Delft"},
        {"name": "Piet", "emails": ["piet@klant.example"], "city": "Gouda"},
    ]
    answer = staff.manager.post(
        "/api/v1/contacts/import/", {"entity": "alfa", "overwrite": True, "rows": rows}, "application/json"
    )
    assert answer.status_code == 200, answer.content

    said = [str(line) for entry in entries(jan) for line in differences(entry)]
    assert said == ["Soort: Onbekend → Klant", "Plaats: Utrecht → Delft"]
    piet = entries(Contact.objects.get(name="Piet"))
    assert [(entry.action, entry.actor_name) for entry in piet] == [
        ("created", "alfa-manager"), ("changed", "alfa-manager"),
    ]  # fmt: skip


def test_what_messages_bring_about_is_no_edit(alfa: Brand, staff: Staff) -> None:
    before = AuditEntry.objects.count()
    receive(
        webhook_body(
            change(alfa.phone_ids["support"], messages=[text_message("hallo", sender="31600000078")])
        )
    )
    drain_batch()
    assert ContactIdentifier.objects.filter(value="+31600000078").exists()
    assert AuditEntry.objects.count() == before


def test_merging_says_who_and_erasing_empties_what_is_said_of_both(
    staff: Staff, alfa: Brand, jan: Contact
) -> None:
    url = address(Contact, "add")
    new = {
        "business_entity": str(alfa.entity.pk), "name": "Johannes Jansen", "kind": "customer",
        "identifiers-TOTAL_FORMS": "1", "identifiers-0-kind": "email", "identifiers-0-value": "johannes@klant.example",
    }  # fmt: skip
    assert save(staff.agent, url, "contact_form", more=new).status_code == 302
    johannes = Contact.objects.get(name="Johannes Jansen")
    agent = User.objects.get(username="alfa-agent")
    contact_merge(user=agent, kept=jan, duplicate=johannes, now=timezone.now())
    merged = AuditEntry.objects.get(action="merged")
    assert (merged.actor_name, merged.object_id) == ("alfa-agent", str(jan.pk))
    assert "johannes@klant.example" in everything_said()

    jan.refresh_from_db()
    contact_erase(contact=jan, actor=User.objects.get(username="alfa-administrator"), now=timezone.now())
    said = everything_said()
    for personal in ("Jan Jansen", "Johannes", "klant.example", "Utrecht"):
        assert personal not in said
    assert {entry.actor_name for entry in AuditEntry.objects.filter(object_id=str(johannes.pk))} == {
        "alfa-agent"
    }


def test_the_end_of_the_retention_period_empties_the_trail_too(staff: Staff, jan: Contact) -> None:
    url = address(Contact, "change", jan.pk)
    save(staff.agent, url, "contact_form", city="Zwolle")
    assert "Zwolle" in everything_said()
    contact_forget(contact_id=jan.pk)
    assert "Zwolle" not in everything_said()
    assert entries(jan)[0].actor_name == "alfa-agent"


def test_another_brand_sees_nothing_of_it(staff: Staff, jan: Contact) -> None:
    url = address(Contact, "change", jan.pk)
    save(staff.agent, url, "contact_form", city="Zwolle")
    assert json.dumps([entry.changes for entry in entries(jan)])
    assert b"Zwolle" not in staff.stranger.get(address(AuditEntry, "changelist")).content
