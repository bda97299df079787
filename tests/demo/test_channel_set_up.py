"""`configure_email_channels` and `setup_whatsapp_channels`: the specification's channels for any brand."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationChannel,
    CommunicationTemplate,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> BusinessEntity:
    return BusinessEntity.objects.create(
        entity_code="zonneplein", entity_name="Zonneplein", number_prefix="ZP"
    )


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_any_brand_gets_the_mailboxes_of_the_specification(brand: BusinessEntity) -> None:
    run("configure_email_channels", "zonneplein")
    found = {
        channel.channel_code: (
            channel.channel_name,
            channel.channel_address,
            channel.department,
            channel.sla_response_minutes,
            channel.priority_level,
        )
        for channel in brand.channels.all()
    }
    assert found == {
        "support": ("Customer Support", "support@zonneplein.nl", "Customer Service", 60, 80),
        "sales": ("Sales Team", "sales@zonneplein.nl", "Sales", 120, 70),
        "admin": ("Administration", "admin@zonneplein.nl", "Finance", 240, 60),
        "operations": ("Operations Planning", "planning@zonneplein.nl", "Operations", 90, 85),
        "emergency": ("Emergency Desk", "urgent@zonneplein.nl", "Emergency", 15, 95),
    }


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        ("support", "auto_categorize"),
        ("sales", "lead_scoring"),
        ("admin", "auto_filing"),
        ("operations", "calendar_integration"),
    ],
)
def test_each_mailbox_has_the_specifications_switch_and_its_signature(
    brand: BusinessEntity, code: str, flag: str
) -> None:
    run("configure_email_channels", "zonneplein")
    channel = brand.channels.get(channel_code=code)
    assert channel.integration_config[flag] is True
    assert channel.integration_config["oauth_enabled"] is True
    assert channel.integration_config["smtp_host"] == "smtp.office365.com"
    signature = CommunicationTemplate.objects.get(
        business_entity=brand, template_code=channel.integration_config["signature_template"], language="nl"
    )
    assert signature.situation == "signature"
    assert signature.content.startswith("Met vriendelijke groet,")


def test_the_brands_own_domain_is_used_when_it_has_one(brand: BusinessEntity) -> None:
    brand.own_domains = ["laden.example"]
    brand.save()
    run("configure_email_channels", "zonneplein")
    assert brand.channels.get(channel_code="admin").channel_address == "admin@laden.example"


def test_running_it_again_changes_nothing(brand: BusinessEntity) -> None:
    run("configure_email_channels", "zonneplein")
    brand.channels.filter(channel_code="sales").update(channel_address="info@zonneplein.nl", is_active=False)
    before = list(BusinessEntityChannel.objects.order_by("id").values())
    said = run("configure_email_channels", "zonneplein")
    assert "0 created, 5 already there" in said
    assert list(BusinessEntityChannel.objects.order_by("id").values()) == before
    assert CommunicationChannel.objects.count() == 5


def test_only_this_brand_gets_channels(brand: BusinessEntity) -> None:
    other = BusinessEntity.objects.create(entity_code="ander", entity_name="Ander", number_prefix="AN")
    run("configure_email_channels", "zonneplein")
    assert not other.channels.exists()


@pytest.mark.parametrize("command", ["configure_email_channels", "setup_whatsapp_channels"])
def test_an_unknown_brand_is_a_clear_error(brand: BusinessEntity, command: str) -> None:
    with pytest.raises(CommandError, match=r"no brand with code “bestaatniet”\. Known: zonneplein"):
        run(command, "bestaatniet")


def test_a_known_brand_gets_the_specifications_whatsapp_numbers(db: None) -> None:
    BusinessEntity.objects.create(
        entity_code="chargecars",
        entity_name="ChargeCars",
        number_prefix="CC",
        whatsapp_business_account_id="100",
    )
    run("setup_whatsapp_channels", "chargecars")
    support = BusinessEntityChannel.objects.get(channel_code="support", channel_type="whatsapp")
    assert support.provider_account == "123456789012345"
    assert (support.channel_address, support.sla_response_minutes, support.priority_level) == (
        "+31612345001",
        30,
        85,
    )
    assert support.business_hours == "09:00-17:00"
    assert support.integration_config["business_account_id"] == "100"
    assert len(support.integration_config["webhook_verify_token"]) == 32
    assert support.is_primary
    sales = BusinessEntityChannel.objects.get(channel_code="sales", channel_type="whatsapp")
    assert (sales.channel_name, sales.priority_level, sales.is_primary) == ("WhatsApp Sales", 75, False)
    assert (
        sales.integration_config["webhook_verify_token"] != support.integration_config["webhook_verify_token"]
    )


def test_numbers_can_be_given_for_any_brand(brand: BusinessEntity) -> None:
    run("setup_whatsapp_channels", "zonneplein", "--number", "support=06 12345099:777000111")
    channel = brand.channels.get()
    assert (channel.channel_address, channel.provider_account) == ("+31612345099", "777000111")


def test_a_brand_without_known_numbers_is_told_how_to_give_them(brand: BusinessEntity) -> None:
    with pytest.raises(CommandError, match="No WhatsApp configuration found for entity: zonneplein"):
        run("setup_whatsapp_channels", "zonneplein")


@pytest.mark.parametrize("number", ["support", "support=+31612345099", "=+31612345099:1", "support=:1"])
def test_a_number_that_is_written_wrong_is_a_clear_error(brand: BusinessEntity, number: str) -> None:
    with pytest.raises(CommandError, match="is not PURPOSE=PHONE:PHONE_NUMBER_ID"):
        run("setup_whatsapp_channels", "zonneplein", "--number", number)


def test_a_number_of_another_active_channel_is_refused(brand: BusinessEntity) -> None:
    other = BusinessEntity.objects.create(entity_code="ander", entity_name="Ander", number_prefix="AN")
    run("setup_whatsapp_channels", "ander", "--number", "support=+31612345099:777000111")
    with pytest.raises(CommandError, match=r"already uses this account|al dit account|account"):
        run("setup_whatsapp_channels", "zonneplein", "--number", "support=+31612345098:777000111")
    assert not brand.channels.exists()
    assert other.channels.count() == 1
