"""`seed_demo`: both brands as the specification has them, once, and nothing that staff did is undone."""

from __future__ import annotations

from io import StringIO
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from channels_app.demo.accounts import ADMIN_USERNAME, PASSWORD
from channels_app.demo.brands import CHARGECARS
from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    Contact,
    InboundReceipt,
    Membership,
)
from channels_app.schemas import AutoRoutingRules, EscalationConfig, MessageRoutingRule
from channels_app.services.rendering import validate_placeholders
from routing.selectors.brands import channel_calendar

pytestmark = pytest.mark.django_db

OURS = ("channels_app", "routing")


def seed(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def rows() -> dict[str, list[dict[str, Any]]]:
    models = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in (*models, get_user_model())
    }


def channel(brand: str, medium: str, code: str) -> BusinessEntityChannel:
    return BusinessEntityChannel.objects.select_related("business_entity").get(
        business_entity__entity_code=brand, channel_type=medium, channel_code=code
    )


def test_seeding_twice_leaves_exactly_the_same_rows(demo_settings: Any) -> None:
    seed()
    once = rows()
    seed()
    assert rows() == once


def test_what_staff_changed_stays_changed(demo_settings: Any) -> None:
    seed("--no-conversations")
    support = channel("chargecars", "whatsapp", "support")
    support.channel_name, support.priority_level, support.is_active = "Eigen naam", 12, False
    support.save()
    BusinessEntity.objects.filter(entity_code="laderthuis").update(
        auto_routing_rules={}, brand_colour="#123456"
    )
    CommunicationTemplate.objects.filter(template_code="ontvangst-email").update(content="Eigen tekst")
    Contact.objects.filter(name="Henk Bakker").update(city="Zutphen")
    changed = rows()
    seed("--no-conversations")
    assert rows() == changed


def test_the_addresses_are_those_of_the_specification(demo_settings: Any) -> None:
    seed("--no-conversations")
    found = {
        (row["business_entity__entity_code"], row["channel_type"], row["channel_code"]): row[
            "channel_address"
        ]
        for row in BusinessEntityChannel.objects.values(
            "business_entity__entity_code", "channel_type", "channel_code", "channel_address"
        )
    }
    expected = {
        ("chargecars", "email"): {
            "support": "support@chargecars.nl",
            "sales": "sales@chargecars.nl",
            "admin": "admin@chargecars.nl",
            "operations": "planning@chargecars.nl",
            "emergency": "urgent@chargecars.nl",
        },
        ("chargecars", "whatsapp"): {
            "support": "+31612345001",
            "sales": "+31612345002",
            "operations": "+31612345003",
        },
        ("chargecars", "teams"): {"operations": "chargecars-operations", "support": "chargecars-support"},
        ("laderthuis", "email"): {
            "support": "support@laderthuis.nl",
            "sales": "info@laderthuis.nl",
            "admin": "administratie@laderthuis.nl",
            "emergency": "urgent@laderthuis.nl",
        },
        ("laderthuis", "whatsapp"): {"support": "+31612345011", "sales": "+31612345012"},
        ("laderthuis", "teams"): {},
    }
    for (brand, medium), addresses in expected.items():
        assert {
            code: found[key] for key in found if key[:2] == (brand, medium) for code in key[2:]
        } == addresses
    for brand in ("chargecars", "laderthuis"):
        assert {key[1:] for key in found if key[0] == brand and key[1] in ("sms", "phone")} == {
            ("sms", "support"),
            ("sms", "operations"),
            ("phone", "support"),
            ("phone", "emergency"),
        }
    assert channel("chargecars", "whatsapp", "support").provider_account == "123456789012345"
    assert channel("chargecars", "whatsapp", "sales").provider_account == "123456789012346"


def test_promised_minutes_and_priorities_are_those_of_the_specification(demo_settings: Any) -> None:
    seed("--no-conversations")
    for medium, code, sla, priority in (
        ("email", "support", 60, 80),
        ("email", "sales", 120, 70),
        ("email", "admin", 240, 60),
        ("email", "operations", 90, 85),
        ("whatsapp", "support", 30, 85),
        ("whatsapp", "sales", 60, 75),
        ("whatsapp", "operations", 60, 75),
    ):
        found = channel("chargecars", medium, code)
        assert (found.sla_response_minutes, found.priority_level) == (sla, priority), (medium, code)


def test_every_setting_can_be_read_by_those_who_use_it(demo_settings: Any) -> None:
    seed("--no-conversations")
    for entity in BusinessEntity.objects.all():
        rules = AutoRoutingRules.model_validate(entity.auto_routing_rules)
        assert rules.sender_patterns.department("partner_domain") == "operations"
        assert "rook" in rules.emergency_keywords
    for found in BusinessEntityChannel.objects.select_related("business_entity"):
        EscalationConfig.model_validate(found.escalation_config)
        assert channel_calendar(found).is_always_open == (found.channel_code == "emergency")
        registration = CommunicationChannel.objects.get(business_entity_channel=found)
        registration.clean()
        for rule in registration.message_routing_rules:
            MessageRoutingRule.model_validate(rule)
        fallback = registration.fallback_channel
        assert fallback is None or (
            fallback.business_entity_channel.business_entity_id == found.business_entity_id
        )


def test_no_secret_of_a_channel_is_readable_in_its_settings(demo_settings: Any) -> None:
    seed("--no-conversations")
    for found in BusinessEntityChannel.objects.all():
        assert not {"access_token", "auth_token", "webhook_url", "password"} & found.integration_config.keys()


def test_every_template_uses_known_placeholders_only(demo_settings: Any) -> None:
    seed("--no-conversations")
    templates = CommunicationTemplate.objects.all()
    assert templates.count() > 60
    for template in templates:
        validate_placeholders(template.subject)
        validate_placeholders(template.content)


def test_there_is_a_dutch_answer_for_each_situation_on_each_medium(demo_settings: Any) -> None:
    seed("--no-conversations")
    for brand, medium, situation in product(
        ("chargecars", "laderthuis"),
        ("email", "whatsapp", "sms"),
        ("first_contact", "outside_hours", "lead_greeting", "emergency"),
    ):
        assert CommunicationTemplate.objects.filter(
            business_entity__entity_code=brand,
            channel_type=medium,
            channel=None,
            situation=situation,
            language="nl",
            is_active=True,
        ).exists(), (brand, medium, situation)


def test_whatsapp_answers_are_the_specifications_own_words(demo_settings: Any) -> None:
    seed("--no-conversations")
    for number in CHARGECARS.whatsapp:
        of_number = CommunicationTemplate.objects.filter(
            channel=channel("chargecars", "whatsapp", number.code)
        )
        assert {template.situation: template.content for template in of_number} == dict(number.texts)
    greeting = CommunicationTemplate.objects.get(
        channel=channel("chargecars", "whatsapp", "sales"), situation="lead_greeting"
    )
    assert (
        greeting.content
        == "Hallo! 🚗⚡ Interesse in een laadpaal? We maken graag een gratis offerte voor je!"
    )


def test_text_messages_without_emoji_fit_two_segments(demo_settings: Any) -> None:
    seed("--no-conversations")
    for template in CommunicationTemplate.objects.filter(channel_type="sms"):
        assert len(template.content) < 330, template.template_code
        assert template.content.isascii(), template.template_code


def test_a_user_of_one_brand_has_no_membership_of_the_other(demo_settings: Any) -> None:
    seed("--no-conversations")
    assert get_user_model().objects.get(username="lt-agent").check_password(PASSWORD)
    roles = {
        (row["user__username"], row["business_entity__entity_code"])
        for row in Membership.objects.values("user__username", "business_entity__entity_code")
    }
    assert ("lt-agent", "laderthuis") in roles
    assert ("lt-agent", "chargecars") not in roles
    assert ("cc-manager", "laderthuis") not in roles


def test_outside_the_demo_nobody_gets_a_password_and_nothing_is_played(settings: Any) -> None:
    settings.DEMO = False
    said = seed()
    assert PASSWORD not in said
    assert not get_user_model().objects.get(username=ADMIN_USERNAME).has_usable_password()
    assert not CommunicationMessage.objects.exists()


def test_conversations_are_not_played_where_they_would_reach_the_real_world(settings: Any) -> None:
    settings.WHATSAPP_API_BASE = "https://graph.facebook.com"
    with pytest.raises(CommandError, match=r"graph\.facebook\.com"):
        seed("--conversations")
    assert not CommunicationMessage.objects.exists()


def test_conversations_took_the_real_road(demo_settings: Any) -> None:
    seed()
    threads = CommunicationThread.objects.select_related("business_entity", "channel", "contact")
    invoice = threads.get(contact__name="Mehmet Yıldız")
    assert (invoice.medium, invoice.channel.channel_code) == ("whatsapp", "admin")
    assert threads.get(contact__name="Nadia Rahimi").is_urgent
    assert threads.get(contact__name="Nadia Rahimi").channel.channel_code == "emergency"
    failed = CommunicationMessage.objects.get(state="failed")
    assert (failed.error_code, failed.thread.contact.name) == ("131026", "Koen Maas")
    closed = CommunicationMessage.objects.filter(
        data__situation="outside_hours", thread__contact__name="Tess Groen"
    )
    assert closed.get().state == "read"
    assert InboundReceipt.objects.filter(state="quarantined").count() == 2
    assert not InboundReceipt.objects.filter(state="pending").exists()
    assert set(threads.values_list("business_entity__entity_code", flat=True)) == {"chargecars", "laderthuis"}


def test_the_same_person_is_another_contact_at_the_other_brand(demo_settings: Any) -> None:
    seed()
    contacts = Contact.objects.filter(identifiers__value="+31655512301").select_related("business_entity")
    assert {contact.business_entity.entity_code for contact in contacts} == {"chargecars", "laderthuis"}
    for contact in contacts:
        brands = CommunicationThread.objects.filter(contact=contact).values_list("business_entity", flat=True)
        assert set(brands) == {contact.business_entity_id}
