from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from channels_app.models import (
    BusinessEntity,
    CommunicationChannel,
    CommunicationTemplate,
    Contact,
    ContactIdentifier,
    OnCallShift,
)
from channels_app.schemas import WEEKDAYS, BusinessCalendar
from tests.admin.conftest import Staff
from tests.admin.forms import errors_of, save
from tests.factories import Brand

WEEK: dict[str, Any] = {f"opening_hours-{day}-state": "closed" for day in WEEKDAYS} | {
    "opening_hours-mon-state": "open",
    "opening_hours-mon-from": "09:00",
    "opening_hours-mon-to": "17:00",
}


def entity_page(brand: Brand) -> str:
    return reverse("admin:channels_app_businessentity_change", args=[brand.entity.pk])


def registry_page(brand: Brand) -> str:
    channel = brand.channel("email", "support")
    return reverse("admin:channels_app_communicationchannel_change", args=[channel.registration.pk])


def rules_of(brand: Brand) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = CommunicationChannel.objects.get(
        business_entity_channel=brand.channel("email", "support")
    ).message_routing_rules
    return rules


class TestBrand:
    def test_hours_holidays_and_extra_days_are_stored_as_the_calendar_reads_them(
        self, staff: Staff, alfa: Brand
    ) -> None:
        days = {"closed_dates": ["2026-12-24", "2026-12-31"], "open_dates": ["2027-03-26"]}
        answer = save(
            staff.administrator,
            entity_page(alfa),
            "businessentity_form",
            holiday_country="NL",
            more={**WEEK, **days},
        )
        assert answer.status_code == 302, errors_of(answer)
        stored = BusinessEntity.objects.get(pk=alfa.entity.pk).operational_config
        assert stored == {
            "business_hours": {"mon": [["09:00", "17:00"]]},
            "holidays": {"country": "NL", "closed": ["2026-12-24", "2026-12-31"], "open": ["2027-03-26"]},
        }
        BusinessCalendar.parse(
            {
                "timezone": "Europe/Amsterdam",
                "hours": stored["business_hours"],
                "holidays": stored["holidays"],
            }
        )

    def test_a_day_that_is_closed_and_open_at_once_is_refused(self, staff: Staff, alfa: Brand) -> None:
        days = {"closed_dates": "2026-12-24", "open_dates": "2026-12-24"}
        answer = save(staff.administrator, entity_page(alfa), "businessentity_form", more={**WEEK, **days})
        assert "2026-12-24" in errors_of(answer)["closed_dates"][0]

    def test_saving_without_a_change_keeps_rules_and_domains(self, staff: Staff, alfa: Brand) -> None:
        before = BusinessEntity.objects.get(pk=alfa.entity.pk)
        assert save(staff.administrator, entity_page(alfa), "businessentity_form").status_code == 302
        after = BusinessEntity.objects.get(pk=alfa.entity.pk)
        assert after.auto_routing_rules["keywords"] == before.auto_routing_rules["keywords"]
        assert after.own_domains == before.own_domains
        assert after.operational_config["business_hours"] == before.operational_config["business_hours"]

    def test_only_who_sees_every_brand_makes_one(self, staff: Staff) -> None:
        url = reverse("admin:channels_app_businessentity_add")
        assert staff.administrator.get(url).status_code == 403
        assert staff.superuser.get(url).status_code == 200

    def test_a_manager_reads_the_brand_and_cannot_change_it(self, staff: Staff, alfa: Brand) -> None:
        html = staff.manager.get(entity_page(alfa)).content.decode()
        assert "factuur" in html
        assert staff.manager.post(entity_page(alfa), {}).status_code == 403


class TestRules:
    new = {
        "message_routing_rules-row": ["n1"],
        "message_routing_rules-n1-name": "Facturen van partners",
        "message_routing_rules-n1-enabled": "1",
        "message_routing_rules-n1-senders": ["partner_domain"],
        "message_routing_rules-n1-subject_contains-new": "factuur, creditnota",
        "message_routing_rules-n1-route_to": "admin",
        "message_routing_rules-n1-add_labels": ["inkoop"],
    }

    def test_a_rule_is_made_without_a_word_of_json(self, staff: Staff, alfa: Brand) -> None:
        answer = save(staff.manager, registry_page(alfa), "communicationchannel_form", more=self.new)
        assert answer.status_code == 302, errors_of(answer)
        (rule,) = rules_of(alfa)
        assert rule["id"]
        assert rule["conditions"]["subject_contains"] == ["factuur", "creditnota"]
        assert rule["consequence"] == {
            "route_to": "admin", "raise_urgency": False, "add_labels": ["inkoop"], "label_only": False,
        }  # fmt: skip

    def test_a_rule_stands_in_the_page_as_a_sentence(self, staff: Staff, alfa: Brand) -> None:
        save(staff.manager, registry_page(alfa), "communicationchannel_form", more=self.new)
        html = staff.manager.get(registry_page(alfa)).content.decode()
        assert (
            "Als de afzender een partner is en het onderwerp “factuur” of “creditnota” bevat, stuur naar"
            in html
        )

    def test_saving_keeps_rules_their_order_and_their_switch(self, staff: Staff, alfa: Brand) -> None:
        second = {key.replace("-n1-", "-n2-"): value for key, value in self.new.items() if "-n1-" in key}
        second |= {"message_routing_rules-n2-name": "Tweede", "message_routing_rules-row": ["n1", "n2"]}
        second.pop("message_routing_rules-n2-enabled")
        save(staff.manager, registry_page(alfa), "communicationchannel_form", more={**self.new, **second})
        before = rules_of(alfa)
        assert [(rule["name"], rule["enabled"]) for rule in before] == [
            ("Facturen van partners", True), ("Tweede", False),
        ]  # fmt: skip
        assert save(staff.manager, registry_page(alfa), "communicationchannel_form").status_code == 302
        assert rules_of(alfa) == before
        swapped = {"message_routing_rules-row": ["1", "0"]}
        save(staff.manager, registry_page(alfa), "communicationchannel_form", more=swapped)
        assert [rule["name"] for rule in rules_of(alfa)] == ["Tweede", "Facturen van partners"]

    def test_a_rule_for_every_message_is_refused_with_its_name(self, staff: Staff, alfa: Brand) -> None:
        empty = {
            "message_routing_rules-row": ["n1"],
            "message_routing_rules-n1-name": "Alles",
            "message_routing_rules-n1-route_to": "admin",
        }
        answer = save(staff.manager, registry_page(alfa), "communicationchannel_form", more=empty)
        (problem,) = errors_of(answer)["message_routing_rules"]
        assert "Alles" in problem
        assert "cc-rule--bad" in answer.content.decode()

    def test_only_who_sees_every_brand_shares_a_desk_with_all(self, staff: Staff, alfa: Brand) -> None:
        page = registry_page(alfa)
        assert errors_of(save(staff.manager, page, "communicationchannel_form", entity_scope="global"))
        assert (
            save(staff.superuser, page, "communicationchannel_form", entity_scope="global").status_code == 302
        )

    def test_a_fallback_that_leads_back_is_refused(self, staff: Staff, alfa: Brand) -> None:
        first = alfa.channel("email", "support").registration
        second = alfa.channel("email", "sales").registration
        second.fallback_channel = first
        second.save()
        answer = save(
            staff.manager, registry_page(alfa), "communicationchannel_form", fallback_channel=str(second.pk)
        )
        assert errors_of(answer)["fallback_channel"]

    def test_a_fallback_of_another_brand_must_serve_this_one(
        self, staff: Staff, alfa: Brand, beta: Brand
    ) -> None:
        other = beta.channel("email", "support").registration
        page = registry_page(alfa)
        answer = save(staff.superuser, page, "communicationchannel_form", fallback_channel=str(other.pk))
        assert errors_of(answer)["fallback_channel"]
        other.entity_scope = "global"
        other.save()
        answer = save(staff.superuser, page, "communicationchannel_form", fallback_channel=str(other.pk))
        assert answer.status_code == 302


class TestTemplate:
    def page(self, brand: Brand) -> str:
        template = CommunicationTemplate.objects.filter(business_entity=brand.entity).first()
        assert template is not None
        return reverse("admin:channels_app_communicationtemplate_change", args=[template.pk])

    @pytest.mark.parametrize("text", ["Dag {{ klant }}", "{% load x %}", "{{ customer_name|upper }}"])
    def test_an_unknown_placeholder_is_refused_at_its_field(
        self, text: str, staff: Staff, alfa: Brand
    ) -> None:
        answer = save(staff.manager, self.page(alfa), "communicationtemplate_form", content=text)
        assert errors_of(answer)["content"]

    def test_the_preview_fills_in_the_brands_own_values_and_escapes_them(
        self, staff: Staff, alfa: Brand
    ) -> None:
        url = reverse("admin:channels_app_communicationtemplate_preview")
        posted = {
            "business_entity": str(alfa.entity.pk), "language": "nl", "subject": "{{ reference_number }}",
            "content": "Dag {{ customer_name }} van {{ entity_name }} <script>x</script>",
        }  # fmt: skip
        html = staff.manager.post(url, posted).content.decode()
        assert "Sanne de Vries van AlfaLaden &lt;script&gt;" in html
        assert "ALFA-MSG-" in html
        assert "<script>" not in html
        assert CommunicationTemplate.objects.filter(content__contains="<script>").count() == 0

    def test_the_preview_knows_only_the_users_brands(self, staff: Staff, alfa: Brand, beta: Brand) -> None:
        url = reverse("admin:channels_app_communicationtemplate_preview")
        posted = {"business_entity": str(beta.entity.pk), "content": "{{ entity_name }}"}
        assert "BetaStroom" not in staff.manager.post(url, posted).content.decode()

    def test_the_preview_says_what_is_wrong(self, staff: Staff, alfa: Brand) -> None:
        url = reverse("admin:channels_app_communicationtemplate_preview")
        assert "klant" in staff.manager.post(url, {"content": "Dag {{ klant }}"}).content.decode()

    def test_a_channel_of_another_brand_is_refused(self, staff: Staff, alfa: Brand, beta: Brand) -> None:
        other = beta.channel("email", "support")
        answer = save(staff.superuser, self.page(alfa), "communicationtemplate_form", channel=str(other.pk))
        assert errors_of(answer)["channel"]


class TestContact:
    def page(self, brand: Brand) -> str:
        contact = Contact.objects.get(business_entity=brand.entity, company__endswith="BV")
        return reverse("admin:channels_app_contact_change", args=[contact.pk])

    def added(self, kind: str, value: str) -> dict[str, Any]:
        return {"identifiers-TOTAL_FORMS": "2", "identifiers-1-kind": kind, "identifiers-1-value": value}

    @pytest.mark.parametrize(
        ("kind", "typed", "stored"),
        [("email", " Jan@Bedrijf.NL ", "jan@bedrijf.nl"), ("phone", "06 1234 5679", "+31612345679")],
    )
    def test_an_address_is_kept_in_one_spelling(
        self, kind: str, typed: str, stored: str, staff: Staff, alfa: Brand
    ) -> None:
        answer = save(staff.agent, self.page(alfa), "contact_form", more=self.added(kind, typed))
        assert answer.status_code == 302
        found = ContactIdentifier.objects.get(business_entity=alfa.entity, kind=kind, value=stored)
        assert found.contact.business_entity == alfa.entity

    def test_what_is_no_address_is_refused(self, staff: Staff, alfa: Brand) -> None:
        answer = save(staff.agent, self.page(alfa), "contact_form", more=self.added("email", "jan"))
        assert answer.status_code == 200
        assert not ContactIdentifier.objects.filter(value="jan").exists()

    def test_an_address_of_another_contact_is_refused_with_their_name(
        self, staff: Staff, alfa: Brand
    ) -> None:
        other = Contact.objects.create(business_entity=alfa.entity, name="Mevrouw Bezet")
        ContactIdentifier.objects.create(
            business_entity=alfa.entity, contact=other, kind="email", value="bezet@x.nl"
        )
        answer = save(staff.agent, self.page(alfa), "contact_form", more=self.added("email", "Bezet@x.nl"))
        assert "Mevrouw Bezet" in answer.content.decode()

    def test_the_same_address_may_belong_to_a_contact_of_each_brand(
        self, staff: Staff, alfa: Brand, beta: Brand
    ) -> None:
        for brand in (alfa, beta):
            page = self.page(brand)
            assert (
                save(staff.superuser, page, "contact_form", more=self.added("email", "jan@x.nl")).status_code
                == 302
            )
        assert ContactIdentifier.objects.filter(value="jan@x.nl").count() == 2


def test_a_shift_without_a_way_to_call_is_refused(staff: Staff, alfa: Brand) -> None:
    shift = OnCallShift.objects.get(business_entity=alfa.entity)
    page = reverse("admin:channels_app_oncallshift_change", args=[shift.pk])
    assert errors_of(save(staff.manager, page, "oncallshift_form", phone=""))["__all__"]
    assert save(staff.manager, page, "oncallshift_form", phone="06-87654321").status_code == 302
    shift.refresh_from_db()
    assert shift.phone == "+31687654321"
