"""The audit trail: complete, readable, kept apart by brand, and not to be changed."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from pydantic import BaseModel, SecretStr

from channels_app.models import (
    AuditEntry,
    BusinessEntity,
    CommunicationTemplate,
    CommunicationThread,
    Membership,
    MentionGroup,
)
from channels_app.models.audited import Audited
from channels_app.providers.registry import PROVIDERS
from channels_app.schemas import AutoRoutingRules, EscalationConfig
from channels_app.schemas.rules import SenderPatterns, TimeBased
from channels_app.selectors.audit import detail_in_words, differences
from channels_app.selectors.audit_names import name_of
from channels_app.services.accounts import channel_config, channel_configure
from channels_app.services.audit import audit_record, audit_redact
from channels_app.sheets import safe
from routing.services.override import thread_move
from tests.admin.conftest import Staff
from tests.admin.test_pages import address
from tests.factories import Brand

SECRET = "EAAG-a-brand-new-token-9876"

# Rows that people edit and whose changes are told elsewhere, or are no configuration.
NOT_CONFIGURATION = {
    "CommunicationThread": "work: moves by hand are entries, and the routing log has every decision",
    "Backtest": "alters nothing",
    "ThreadDraft": "its writer's own",
    "StartDraft": "its writer's own",
}


def last(kind: str, **fields: Any) -> AuditEntry:
    return AuditEntry.objects.filter(object_type=kind, **fields).order_by("created_at").last()  # type: ignore[return-value]


def test_every_row_that_people_configure_writes_its_changes_into_the_trail() -> None:
    from channels_app.models.base import ChangingModel

    audited = {
        trigger_model._meta.db_table
        for trigger_model, trigger in pgtrigger.registered()
        if isinstance(trigger, Audited)
    }
    assert "auth_user" in audited
    for model in apps.get_models():
        if not issubclass(model, ChangingModel | Membership) or model._meta.proxy:
            continue
        if model.__name__ in NOT_CONFIGURATION:
            continue
        assert model._meta.db_table in audited, f"{model.__name__}: add Audited to Meta.triggers"


def test_a_change_in_the_admin_says_who_and_from_what_to_what(staff: Staff, alfa: Brand) -> None:
    group = MentionGroup.objects.get(business_entity=alfa.entity)
    url = address(MentionGroup, "change", group.pk)
    answer = staff.manager.post(url, {"name": "nachtploeg", "members": "jan@alfa.nl\npiet@alfa.nl"})
    assert answer.status_code == 302
    entry = last("channels_app.mentiongroup", action="changed")
    assert entry.actor_name == "alfa-manager"
    assert entry.ip_address == "127.0.0.1"
    assert entry.business_entity_id == alfa.entity.pk
    assert entry.changes["name"] == ["alfa-team-0", "nachtploeg"]
    assert "Naam: alfa-team-0 → nachtploeg" in [str(line) for line in differences(entry)]


def test_a_change_by_sql_and_an_update_of_many_are_in_the_trail_too(alfa: Brand) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE business_entities SET shadow_mode = true WHERE id = %s", [alfa.entity.pk])
    assert last("channels_app.businessentity", action="changed").changes == {"shadow_mode": [False, True]}
    templates = CommunicationTemplate.objects.filter(business_entity=alfa.entity)
    count = templates.update(subject="Anders")
    assert AuditEntry.objects.filter(
        object_type="channels_app.communicationtemplate", action="changed"
    ).count() == count  # fmt: skip


def test_what_is_made_is_told_with_what_was_filled_in(alfa: Brand) -> None:
    MentionGroup.objects.create(business_entity=alfa.entity, name="nachtploeg", members=["a@alfa.nl"])
    entry = last("channels_app.mentiongroup", action="created", object_name="nachtploeg")
    lines = [str(line) for line in differences(entry)]
    assert "Naam: leeg → nachtploeg" in lines
    assert "Leden: leeg → a@alfa.nl" in lines


def test_saving_without_a_change_leaves_no_entry(alfa: Brand) -> None:
    before = AuditEntry.objects.count()
    alfa.entity.save()
    alfa.channel("whatsapp", "support").save()
    assert AuditEntry.objects.count() == before


def test_settings_are_compared_one_by_one(alfa: Brand) -> None:
    alfa.entity.operational_config = {**alfa.entity.operational_config, "holidays": "NL"}
    alfa.entity.save()
    lines = differences(last("channels_app.businessentity", action="changed"))
    assert [(line.name.rpartition(" ")[2], line.before, line.after) for line in lines] == [
        ("van", "leeg", "NL")
    ]


@pytest.mark.parametrize(
    "settings",
    [
        AutoRoutingRules, SenderPatterns, TimeBased, EscalationConfig,
        *(provider.Config for provider in PROVIDERS.values()),
    ],
    ids=lambda model: model.__name__,
)  # fmt: skip
def test_every_setting_has_a_name_that_staff_know(settings: type[BaseModel]) -> None:
    assert [name for name in settings.model_fields if name_of(name) == name] == []


def test_settings_and_their_choices_are_told_in_the_words_of_the_form(alfa: Brand) -> None:
    alfa.entity.auto_routing_rules = {
        **alfa.entity.auto_routing_rules,
        "sender_patterns": {"existing_customer": "route_to_sales"},
        "time_based": {"emergency_keywords": "always_escalate"},
    }
    alfa.entity.save()
    said = {str(line) for line in differences(last("channels_app.businessentity", action="changed"))}
    assert said == {
        "Routeringsregels van het merk › Afzenders › Een bekende klant gaat naar: leeg → Verkoop",
        "Routeringsregels van het merk › Openingstijden › Een noodwoord: leeg → Gaat direct naar de spoeddienst",
    }


def test_a_secret_is_told_as_changed_and_is_nowhere_in_the_trail(alfa: Brand) -> None:
    channel = alfa.channel("whatsapp", "support")
    config = channel_config(channel)
    channel_configure(channel=channel, config=config.model_copy(update={"access_token": SecretStr(SECRET)}))
    channel.save()
    entry = last("channels_app.businessentitychannel", action="changed")
    assert entry.changes == {"secrets_changed_at": "changed"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(audit_entries::text, '') FROM audit_entries")
        everything = cursor.fetchone()[0]
        cursor.execute("SELECT secrets FROM business_entity_channels WHERE id = %s", [channel.pk])
        ciphertext = cursor.fetchone()[0]
    assert SECRET not in everything
    assert "token-100000000000001" not in everything
    assert str(ciphertext) not in everything
    assert channel.integration_config["webhook_verify_token"] not in everything


def test_a_password_is_told_as_changed_in_every_brand_of_the_person(
    staff: Staff, alfa: Brand, beta: Brand
) -> None:
    person = User.objects.get(username="alfa-agent")
    Membership.objects.create(user=person, business_entity=beta.entity, role="agent")
    person.set_password("something else")
    person.save()
    entries = AuditEntry.objects.filter(object_type="auth.user", action="changed", object_id=str(person.pk))
    assert {entry.business_entity_id for entry in entries} == {alfa.entity.pk, beta.entity.pk}
    assert {str(entry.changes) for entry in entries} == {"{'password': 'changed'}"}
    assert "pbkdf2" not in str([entry.changes for entry in AuditEntry.objects.all()])


def test_permission_changes_are_told_with_the_persons_name(staff: Staff, alfa: Brand) -> None:
    membership = Membership.objects.get(user__username="alfa-agent")
    membership.role = "administrator"
    membership.save()
    entry = last("channels_app.membership", action="changed")
    assert (entry.object_name, entry.changes) == ("alfa-agent", {"role": ["agent", "administrator"]})
    assert str(differences(entry)[0]) == "Rol: Medewerker → Beheerder"
    membership.delete()
    assert last("channels_app.membership", action="deleted").object_name == "alfa-agent"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor_name = 'iemand anders'",
        "UPDATE audit_entries SET redacted_at = now()",
        "UPDATE audit_entries SET changes = '{}', detail = '{}', object_name = '', redacted_at = now(), action = 'x'",
        "DELETE FROM audit_entries",
    ],
)
def test_the_database_refuses_to_change_the_trail(statement: str, alfa: Brand) -> None:
    with connection.cursor() as cursor:
        for ignored in ("{}", "{audit_entries_stay}"):
            cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [ignored])
            with pytest.raises(DatabaseError, match="stay as they were"), transaction.atomic():
                cursor.execute(statement)


def test_the_trail_cannot_be_changed_through_the_orm_either(alfa: Brand) -> None:
    entry = AuditEntry.objects.first()
    assert entry is not None
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.delete()
    with pytest.raises(DatabaseError), transaction.atomic(), pgtrigger.ignore():
        AuditEntry.objects.update(actor_name="x")


def test_emptying_for_an_erasure_leaves_an_entry_of_its_own(alfa: Brand) -> None:
    thread = CommunicationThread.objects.get(business_entity=alfa.entity)
    audit_record(
        action="overridden", brands=[alfa.entity.pk], object_type="channels_app.communicationthread",
        object_id=thread.pk, object_name="Jan Jansen", detail={"reason": "Jan belde"},
    )  # fmt: skip
    kinds = {"channels_app.communicationthread": [thread.pk]}
    assert audit_redact(objects=kinds, now=timezone.now()) == 1
    assert audit_redact(objects=kinds, now=timezone.now()) == 0
    entry = last("channels_app.communicationthread")
    assert (entry.object_name, entry.detail, entry.action) == ("", {}, "overridden")
    own = AuditEntry.objects.get(action="redacted")
    assert (own.object_id, own.business_entity_id) == (str(entry.pk), alfa.entity.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(object_name="Piet", redacted_at=None)


def test_a_move_by_hand_is_in_the_trail_with_its_reason(alfa: Brand, staff: Staff) -> None:
    thread = CommunicationThread.objects.get(business_entity=alfa.entity)
    user = User.objects.get(username="alfa-agent")
    thread_move(
        thread=thread, channel=alfa.channel("whatsapp", "sales"), user=user, reason="wil kopen",
        now=timezone.now(),
    )  # fmt: skip
    entry = last("channels_app.communicationthread", action="overridden")
    assert (entry.actor_name, entry.detail, entry.object_name) == (
        "alfa-agent", {"reason": "wil kopen"}, thread.reference_number,
    )  # fmt: skip
    assert "AlfaLaden sales" in str(differences(entry)[0])
    assert detail_in_words(entry) == "reden: wil kopen"


def test_an_export_of_figures_is_in_the_trail(staff: Staff, alfa: Brand, beta: Brand) -> None:
    assert staff.analyst.get(reverse("figures-export"), {"format": "xlsx"}).status_code == 200
    entry = AuditEntry.objects.get(action="exported")
    assert (entry.actor_name, entry.business_entity_id) == ("alfa-analyst", alfa.entity.pk)


def test_the_trail_is_found_by_who_what_and_period_and_only_by_administrators(
    staff: Staff, alfa: Brand
) -> None:
    url = address(AuditEntry, "changelist")
    for role in (staff.manager, staff.agent, staff.analyst):
        assert role.get(url).status_code == 403
    membership = Membership.objects.get(user__username="alfa-agent")
    membership.role = "manager"
    membership.save()
    found = staff.administrator.get(url, {"q": "alfa-agent", "action__exact": "changed", "period": "1"})
    rows = found.context["cl"].queryset
    assert [entry.object_name for entry in rows] == ["alfa-agent"]
    assert not staff.administrator.get(url, {"q": "beta-administrator"}).context["cl"].queryset.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_trail_is_exported_without_formulas_and_the_export_is_told(
    kind: str, staff: Staff, alfa: Brand
) -> None:
    audit_record(action="exported", brands=[alfa.entity.pk], object_name="=HYPERLINK(1)")
    ids = list(AuditEntry.objects.filter(business_entity=alfa.entity).values_list("pk", flat=True))
    answer = staff.administrator.post(
        address(AuditEntry, "changelist"), {"action": f"export_{kind}", "_selected_action": ids}
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    content = answer.content
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = book.read("xl/worksheets/sheet1.xml").replace(b"&apos;", b"'")
    assert safe("=HYPERLINK(1)").encode() in content
    entry = AuditEntry.objects.get(action="exported", actor_name="alfa-administrator")
    assert entry.detail == {"format": kind, "rows": len(ids)}


def test_a_stranger_exports_nothing_of_another_brand(staff: Staff, alfa: Brand) -> None:
    ids = list(AuditEntry.objects.filter(business_entity=alfa.entity).values_list("pk", flat=True))
    answer = staff.stranger.post(
        address(AuditEntry, "changelist"), {"action": "export_csv", "_selected_action": ids}
    )
    assert b"Alfa" not in answer.content


def test_an_entry_opens_with_its_changes_in_a_table(staff: Staff, alfa: Brand) -> None:
    BusinessEntity.objects.filter(pk=alfa.entity.pk).update(shadow_mode=True)
    entry = last("channels_app.businessentity", action="changed")
    html = staff.administrator.get(address(AuditEntry, "change", entry.pk)).content.decode()
    assert "Schaduwmodus" in html
    assert "<td>nee</td><td>ja</td>" in html
    assert admin.site._registry[AuditEntry].has_change_permission(None) is False  # type: ignore[arg-type]
