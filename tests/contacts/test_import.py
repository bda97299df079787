from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from channels_app.models import Contact, ContactIdentifier, ContactImport
from channels_app.services.contact_import.applying import (
    contact_import_apply,
    contact_import_begin,
    contact_import_plan,
    contacts_import,
)
from channels_app.services.contact_import.planning import Action, ImportPlan
from channels_app.services.contact_import.rows import contact_row
from routing.services.drain import drain_batch
from tests.factories import Brand, change, make_member, receive, text_message, webhook_body

FILE = b"""\
Klantnummer;Naam;E-mailadres;Telefoon;Ordernummer;Laadpaal;Plaats
K-1;Anna Smit;anna@example.nl;0612345678;O-1;ALF-1;Utrecht
K-1;Anna Smit;anna@example.nl;;O-2;ALF-2;
K-2;Bram Bos;bram@example.nl;0687654321;O-3;;Zwolle
;Zonder adres;;;;;
K-3;Kapot;geen-adres;;;;
"""


def begin(user: Any, brand: Brand, content: bytes = FILE, **options: Any) -> ContactImport:
    options = {"kind": "customer", "overwrite": False, **options}
    return contact_import_begin(
        user=user,
        entity=brand.entity,
        file_name="klanten.csv",
        content=content,
        now=timezone.now(),
        **options,
    )


def apply(user: Any, draft: ContactImport) -> ContactImport:
    return contact_import_apply(user=user, import_id=draft.pk, now=timezone.now())


def test_rows_become_contacts_and_rows_of_one_customer_become_one(manager: Any, chargecars: Brand) -> None:
    done = apply(manager, begin(manager, chargecars))

    anna = Contact.objects.get(business_entity=chargecars.entity, name="Anna Smit")
    assert (anna.customer_numbers, anna.order_numbers, anna.charger_serials) == (
        ["K-1"], ["O-1", "O-2"], ["ALF-1", "ALF-2"],
    )  # fmt: skip
    assert (anna.kind, anna.city) == ("customer", "Utrecht")
    assert {i.value for i in anna.identifiers.all()} == {"anna@example.nl", "+31612345678"}
    assert (done.contacts_created, done.contacts_changed, done.rows_refused) == (2, 0, 2)
    assert [tuple(refusal["lines"]) for refusal in done.refusals] == [(5,), (6,)]
    assert bytes(done.content) == b""


def test_importing_again_changes_nothing(manager: Any, chargecars: Brand) -> None:
    apply(manager, begin(manager, chargecars))
    before = list(Contact.objects.order_by("id").values())

    again = apply(manager, begin(manager, chargecars))

    assert (again.contacts_created, again.contacts_changed, again.contacts_unchanged) == (0, 0, 2)
    assert list(Contact.objects.order_by("id").values()) == before
    assert apply(manager, again).pk == again.pk  # a second press of the button


def test_a_preview_writes_nothing(manager: Any, chargecars: Brand) -> None:
    plan = contact_import_plan(begin(manager, chargecars))

    assert (plan.created, plan.rows_refused) == (2, 2)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_staff_wrote_stays_unless_the_file_wins(
    manager: Any, chargecars: Brand, overwrite: bool
) -> None:
    known = Contact.objects.create(
        business_entity=chargecars.entity,
        name="A. Smit-Jansen",
        customer_numbers=["K-1"],
        order_numbers=["O-0"],
    )

    done = apply(manager, begin(manager, chargecars, overwrite=overwrite))

    known.refresh_from_db()
    assert known.name == ("Anna Smit" if overwrite else "A. Smit-Jansen")
    assert known.order_numbers == ["O-0", "O-1", "O-2"]
    assert known.kind == "customer"  # somebody who only wrote before is known as a customer now
    assert known.identifiers.count() == 2
    assert (done.contacts_created, done.contacts_changed) == (1, 1)


def test_a_row_that_belongs_to_two_contacts_is_refused_with_their_names(
    manager: Any, chargecars: Brand
) -> None:
    Contact.objects.create(business_entity=chargecars.entity, name="Eerste", customer_numbers=["K-2"])
    second = Contact.objects.create(business_entity=chargecars.entity, name="Tweede")
    ContactIdentifier.objects.create(
        business_entity=chargecars.entity, contact=second, kind="email", value="bram@example.nl"
    )

    plan = contact_import_plan(begin(manager, chargecars))

    (refused,) = [planned for planned in plan.refused if planned.lines == (4,)]
    assert "Eerste" in refused.reasons[0]
    assert "Tweede" in refused.reasons[0]


def test_the_other_brands_contacts_are_neither_found_nor_touched(
    manager: Any, chargecars: Brand, laderthuis: Brand
) -> None:
    theirs = Contact.objects.create(
        business_entity=laderthuis.entity, name="Hun Anna", customer_numbers=["K-1"]
    )
    ContactIdentifier.objects.create(
        business_entity=laderthuis.entity, contact=theirs, kind="email", value="anna@example.nl"
    )

    done = apply(manager, begin(manager, chargecars))

    theirs.refresh_from_db()
    assert done.contacts_created == 2
    assert (theirs.name, theirs.order_numbers) == ("Hun Anna", [])
    with pytest.raises(PermissionDenied):
        begin(manager, laderthuis)
    stranger = make_member("stranger", "administrator", laderthuis)
    with pytest.raises(PermissionDenied):
        apply(stranger, begin(manager, chargecars))


def test_an_agent_edits_contacts_but_imports_none(chargecars: Brand) -> None:
    with pytest.raises(PermissionDenied):
        begin(make_member("agent", "agent", chargecars), chargecars)


def test_a_customer_who_was_imported_is_known_when_they_write(manager: Any, chargecars: Brand) -> None:
    apply(manager, begin(manager, chargecars))
    message = text_message("mijn paal is kapot", sender="31612345678", wamid="known.1")

    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[message])))
    drain_batch()

    anna = Contact.objects.get(name="Anna Smit")
    assert anna.threads.count() == 1


def test_many_rows_cost_few_statements(manager: Any, chargecars: Brand) -> None:
    def plan(count: int) -> ImportPlan:
        rows = [
            contact_row(
                n, {"emails": [f"k{n}@example.nl"], "customer_numbers": [f"N-{n}"], "name": [f"K {n}"]}
            )
            for n in range(count)
        ]
        return contacts_import(
            user=manager,
            entity=chargecars.entity,
            rows=rows,
            kind="customer",
            overwrite=True,
            now=timezone.now(),
        )

    plan(1)
    with CaptureQueriesContext(connection) as few:
        plan(10)
    with CaptureQueriesContext(connection) as many:
        assert plan(400).count(Action.CREATE) == 390
    assert len(many) == len(few) <= 10


@pytest.mark.django_db(transaction=True)
def test_an_import_and_a_message_of_the_same_new_customer_make_one_contact(
    manager: Any, chargecars: Brand
) -> None:
    for round_ in range(3):
        Contact.objects.filter(threads=None).delete()
        sender = f"3161234560{round_}"
        message = text_message("hallo", sender=sender, wamid=f"race.{round_}")
        receive(webhook_body(change(chargecars.phone_ids["support"], messages=[message])))
        draft = begin(manager, chargecars, f"Naam;Telefoon\nRace {round_};+{sender}\n".encode())
        start = threading.Barrier(2)

        def importing(draft: ContactImport = draft, start: threading.Barrier = start) -> None:
            start.wait()
            apply(manager, draft)
            connection.close()

        worker = threading.Thread(target=importing)
        worker.start()
        start.wait()
        drain_batch()
        worker.join()

        (identifier,) = ContactIdentifier.objects.filter(kind="phone", value=f"+{sender}")
        assert identifier.contact.name == f"Race {round_}" or identifier.contact.threads.exists()
        assert Contact.objects.filter(identifiers__value=f"+{sender}").count() == 1


def test_in_the_admin_a_file_is_shown_mapped_and_imported(browser: Client, chargecars: Brand) -> None:
    upload = SimpleUploadedFile("klanten.csv", FILE.replace(b"Plaats", b"Standplaats"))
    page = browser.post(
        reverse("admin:channels_app_contactimport_add"),
        {"brand": chargecars.entity.pk, "file": upload, "kind": "customer"},
        follow=True,
    )
    draft = ContactImport.objects.get()
    assert page.context["plan"].created == 2
    assert draft.columns[-1] == ""
    columns = {f"column_{n}": target for n, target in enumerate([*draft.columns[:-1], "city"])}
    url = reverse("admin:channels_app_contactimport_change", args=[draft.pk])

    shown = browser.post(url, {**columns, "kind": "partner"}, follow=True)
    done = browser.post(url, {**columns, "kind": "partner", "_import": "1"}, follow=True)

    assert "Utrecht" in shown.content.decode()
    assert done.status_code == 200
    assert Contact.objects.get(name="Anna Smit").city == "Utrecht"
    assert Contact.objects.get(name="Anna Smit").kind == "partner"
    assert browser.get(url).status_code == 200


def test_a_file_that_is_no_sheet_is_refused_on_the_page(browser: Client, chargecars: Brand) -> None:
    page = browser.post(
        reverse("admin:channels_app_contactimport_add"),
        {
            "brand": chargecars.entity.pk,
            "file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04"),
            "kind": "customer",
        },
    )

    assert page.status_code == 200
    assert page.context["form"].errors["file"]


def test_the_interface_imports_rows_of_one_brand(manager: Any, chargecars: Brand, laderthuis: Brand) -> None:
    client = APIClient()
    client.force_authenticate(manager)
    rows = [
        {
            "name": "Anna",
            "emails": ["anna@example.nl"],
            "customer_numbers": ["K-1"],
            "order_numbers": ["O-1"],
        },
        {"name": "Niemand"},
    ]
    body = {"entity": "chargecars", "rows": rows}

    tried = client.post("/api/v1/contacts/import/", {**body, "dry_run": True}, format="json")
    assert tried.json()["created"] == 1
    assert not Contact.objects.exists()
    first = client.post("/api/v1/contacts/import/", body, format="json").json()
    again = client.post("/api/v1/contacts/import/", body, format="json").json()

    assert (first["created"], first["refused"][0]["rows"]) == (1, [1])
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 1)
    other = client.post("/api/v1/contacts/import/", {**body, "entity": "laderthuis"}, format="json")
    assert other.status_code in (400, 403)
    assert client.get("/api/v1/contacts/import/").status_code in (404, 405)
    assert not Contact.objects.filter(business_entity=laderthuis.entity).exists()
