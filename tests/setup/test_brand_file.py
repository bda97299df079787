"""A brand's configuration as a file: written, compared, brought in; and brands that begin from one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationTemplate,
    MentionGroup,
    OnCallShift,
)
from channels_app.selectors.brand_checklist import brand_checklist
from channels_app.services.accounts import channel_config, stored_secrets
from channels_app.services.brand_setup.applying import brand_apply, brand_plan, read_brand_file
from channels_app.services.brand_setup.beginning import (
    NewBrand,
    code_of,
    copy_file,
    prefix_of,
    standard_file,
)
from channels_app.services.brand_setup.exporting import brand_file
from tests.factories import Brand, make_brand, make_member

NEW = NewBrand(name="Zonneplein", code="zonneplein", number_prefix="ZP", domain="zonneplein.example")


@pytest.fixture
def root(db: None) -> Any:
    return User.objects.create_superuser("root", password="pass")


@pytest.fixture
def chargecars(db: None) -> Brand:
    brand = make_brand("chargecars", "ChargeCars", "CC", {"support": "100000000000001"})
    MentionGroup.objects.create(business_entity=brand.entity, name="team", members=["jan@chargecars.nl"])
    registration = brand.channel("email", "sales").registration
    registration.fallback_channel = brand.channel("email", "support").registration
    registration.save()
    return brand


@pytest.fixture
def laderthuis(db: None) -> Brand:
    return make_brand("laderthuis", "LaderThuis", "LT", {"support": "200000000000001"})


def browser_of(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_file_holds_everything_but_secrets(chargecars: Brand) -> None:
    text = brand_file(chargecars.entity).model_dump_json()

    file = json.loads(text)
    assert {part["channel_code"] for part in file["channels"]} >= {"support", "sales", "emergency"}
    assert file["mention_groups"] == [{"name": "team", "members": ["jan@chargecars.nl"]}]
    assert next(p for p in file["channels"] if p["channel_code"] == "sales")["fallback"] == "email/support"
    channel = chargecars.channel("whatsapp", "support")
    assert "token-100000000000001" not in text
    assert channel.integration_config["webhook_verify_token"] not in text
    assert "100000000000001" in text


def test_a_brand_brought_in_where_it_came_from_changes_nothing(chargecars: Brand) -> None:
    file = read_brand_file(brand_file(chargecars.entity).model_dump_json().encode())

    plan = brand_plan(file=file, entity=chargecars.entity)

    assert (plan.changes, plan.problems) == ([], [])


def test_what_the_plan_says_is_what_happens_and_the_rest_stays(root: Any, chargecars: Brand) -> None:
    file = brand_file(chargecars.entity)
    part = next(p for p in file.channels if p.key == "whatsapp/support")
    part.sla_response_minutes = 15
    part.fallback = "email/support"
    file.templates = [t for t in file.templates if t.situation != "emergency"]
    file.brand.brand_colour = "#123456"
    token = chargecars.channel("whatsapp", "support").integration_config["webhook_verify_token"]

    plan = brand_plan(file=file, entity=chargecars.entity)
    brand_apply(user=root, file=file, entity=chargecars.entity)

    assert [(c.kind, c.key, [name for name, _b, _a in c.fields]) for c in plan.changes] == [
        ("brand", "chargecars", ["brand_colour"]),
        ("channel", "whatsapp/support", ["sla_response_minutes", "fallback"]),
    ]
    channel = chargecars.channel("whatsapp", "support")
    assert channel.sla_response_minutes == 15
    assert stored_secrets(channel) == {"access_token"}
    assert channel.integration_config["webhook_verify_token"] == token
    assert channel.provider_account == "100000000000001"
    assert channel.registration.fallback_channel == chargecars.channel("email", "support").registration
    assert CommunicationTemplate.objects.filter(
        business_entity=chargecars.entity, situation="emergency"
    ).exists()
    assert brand_plan(file=file, entity=BusinessEntity.objects.get(pk=chargecars.entity.pk)).changes == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b'{"format": "brand-configuration", "version": 2, "brand": {}}'],
)
def test_what_is_no_such_file_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(ValidationError):
        read_brand_file(content)


def test_a_file_with_a_secret_in_it_puts_none_in_clear(root: Any, chargecars: Brand) -> None:
    file = brand_file(chargecars.entity)
    part = next(p for p in file.channels if p.key == "whatsapp/support")
    part.integration_config["access_token"] = "smuggled"

    brand_apply(user=root, file=file, entity=chargecars.entity)

    channel = chargecars.channel("whatsapp", "support")
    assert "access_token" not in channel.integration_config
    assert channel_config(channel).access_token.get_secret_value() == "token-100000000000001"  # type: ignore[attr-defined]


def test_problems_are_all_told_and_nothing_is_written(root: Any, chargecars: Brand) -> None:
    file = brand_file(chargecars.entity)
    file.channels[0].channel_type = "pigeon"
    file.templates[0].content = "{{ settings }}"
    file.templates.append(file.templates[1])
    file.brand.brand_colour = "#000000"

    assert len(brand_plan(file=file, entity=chargecars.entity).problems) == 3
    with pytest.raises(ValidationError):
        brand_apply(user=root, file=file, entity=chargecars.entity)
    chargecars.entity.refresh_from_db()
    assert chargecars.entity.brand_colour != "#000000"


def test_only_administrators_of_a_brand_bring_it_in_and_only_a_superuser_makes_one(
    chargecars: Brand, laderthuis: Brand
) -> None:
    file, new = brand_file(chargecars.entity), standard_file(NEW)

    for user in (
        make_member("manager", "manager", chargecars),
        make_member("stranger", "administrator", laderthuis),
    ):
        with pytest.raises(PermissionDenied):
            brand_apply(user=user, file=file, entity=chargecars.entity)
    administrator = make_member("administrator", "administrator", chargecars)
    brand_apply(user=administrator, file=file, entity=chargecars.entity)
    with pytest.raises(PermissionDenied):
        brand_apply(user=administrator, file=new, entity=None)


def test_the_standard_set_makes_a_brand_in_shadow_with_its_channels_off(root: Any) -> None:
    brand = brand_apply(user=root, file=standard_file(NEW), entity=None)

    assert brand.shadow_mode
    channels = {(c.channel_type, c.channel_code): c for c in brand.channels.all()}
    assert channels["email", "operations"].channel_address == "planning@zonneplein.example"
    assert channels["email", "admin"].integration_config["auto_filing"] is True
    assert ("whatsapp", "support") in channels
    assert not any(channel.is_active for channel in channels.values())
    row = channels["email", "sales"].registration
    assert row.fallback_channel is not None
    assert row.fallback_channel.business_entity_channel == channels["email", "support"]
    situations = set(brand.templates.values_list("situation", "language"))
    assert {
        ("first_contact", "nl"),
        ("first_contact", "en"),
        ("rating", "nl"),
        ("signature", "nl"),
    } <= situations


def test_a_copy_takes_hours_rules_and_texts_and_nothing_of_the_others_own(
    root: Any, chargecars: Brand
) -> None:
    chargecars.entity.operational_config = {"business_hours": "08:00-20:00"}
    chargecars.entity.save()

    brand = brand_apply(user=root, file=copy_file(chargecars.entity, NEW), entity=None)

    assert brand.operational_config == {"business_hours": "08:00-20:00"}
    assert brand.auto_routing_rules == chargecars.entity.auto_routing_rules
    assert brand.templates.count() == chargecars.entity.templates.count()
    mailbox = brand.channels.get(channel_type="email", channel_code="operations")
    assert mailbox.channel_address == "planning@zonneplein.example"
    number = brand.channels.get(channel_type="whatsapp", channel_code="support")
    assert (number.channel_address, number.provider_account, number.secrets) == ("", "", "")
    assert "phone_number_id" not in number.integration_config
    assert "chargecars" not in brand_file(brand).model_dump_json().lower()
    assert not brand.mention_groups.exists()


def test_codes_and_prefixes_follow_from_names() -> None:
    assert (code_of("LaderThuis Zakelijk"), prefix_of("LaderThuis Zakelijk")) == (
        "laderthuis-zakelijk",
        "LTZ",
    )
    assert prefix_of("Zonneplein") == "ZON"


# --- The pages ---------------------------------------------------------------------------------------------


def test_a_brand_is_begun_and_switched_on_in_the_admin(root: Any) -> None:
    browser = browser_of(root)
    page = browser.post(
        reverse("admin:channels_app_businessentity_set_up"),
        {
            "name": "Zonneplein", "source": "standard", "used_media": ["email", "whatsapp"], "colour": "#0f766e",
            "language": "nl",
        },
        follow=True,
    )  # fmt: skip
    brand = BusinessEntity.objects.get(entity_code="zonneplein")
    assert page.status_code == 200
    assert set(brand.channels.values_list("channel_type", flat=True)) == {"email", "whatsapp"}
    assert not page.context["checklist"].ready

    browser.post(page.request["PATH_INFO"], {"_live": "1"})
    brand.refresh_from_db()
    assert not brand.shadow_mode
    browser.post(page.request["PATH_INFO"], {"_shadow": "1"})
    brand.refresh_from_db()
    assert brand.shadow_mode
    again = browser.post(
        reverse("admin:channels_app_businessentity_set_up"),
        {
            "name": "Zonneplein",
            "source": "standard",
            "used_media": ["email"],
            "colour": "red",
            "language": "nl",
        },
    )
    assert set(again.context["form"].errors) == {"code", "colour"}


def test_a_file_is_shown_before_it_is_applied(chargecars: Brand) -> None:
    browser = browser_of(make_member("administrator", "administrator", chargecars))
    entity = chargecars.entity
    saved = browser.get(reverse("admin:channels_app_businessentity_export_file", args=[entity.pk]))
    file = json.loads(saved.content)
    file["brand"]["entity_name"] = "ChargeCars Nederland"
    upload = SimpleUploadedFile("merk.json", json.dumps(file).encode())
    url = reverse("admin:channels_app_businessentity_import_file", args=[entity.pk])

    shown = browser.post(url, {"file": upload})

    entity.refresh_from_db()
    assert entity.entity_name == "ChargeCars"
    assert [change.key for _kind, change, _fields in shown.context["changes"]] == ["chargecars"]
    signed = shown.context["signed"]
    assert browser.post(url, {"signed": signed[:-1] + "x", "_apply": "1"}).context["form"].errors
    browser.post(url, {"signed": signed, "_apply": "1"})
    entity.refresh_from_db()
    assert entity.entity_name == "ChargeCars Nederland"


def test_the_pages_are_closed_to_other_brands_and_to_lesser_roles(
    chargecars: Brand, laderthuis: Brand
) -> None:
    stranger = browser_of(make_member("stranger", "administrator", laderthuis))
    manager = browser_of(make_member("manager", "manager", chargecars))
    for name in ("checklist", "export_file", "import_file"):
        url = reverse(f"admin:channels_app_businessentity_{name}", args=[chargecars.entity.pk])
        assert stranger.get(url).status_code in (302, 403, 404), name
        assert stranger.post(url, {"_live": "1"}).status_code in (302, 403, 404), name
        assert manager.get(url).status_code == (200 if name == "checklist" else 403), name
        assert manager.post(url, {"_live": "1"}).status_code == 403, name
    for name in ("set_up", "bring_in"):
        assert manager.get(reverse(f"admin:channels_app_businessentity_{name}")).status_code == 403
    theirs = SimpleUploadedFile("merk.json", brand_file(chargecars.entity).model_dump_json().encode())
    own = reverse("admin:channels_app_businessentity_import_file", args=[laderthuis.entity.pk])
    shown = stranger.post(own, {"file": theirs})
    assert shown.context["original"] == laderthuis.entity  # it can only change their own brand


# --- What is missing ---------------------------------------------------------------------------------------


def test_the_list_says_what_is_missing_until_it_is_there(root: Any, chargecars: Brand) -> None:
    brand = brand_apply(user=root, file=standard_file(NEW), entity=None)
    before = brand_checklist(brand)
    assert not before.ready
    assert all(not one.ready for one in before.channels)

    channel = brand.channels.get(channel_type="email", channel_code="support")
    BusinessEntityChannel.objects.filter(pk=channel.pk).update(is_active=True, secrets='{"password": "x"}')
    OnCallShift.objects.create(
        business_entity=brand, weekday=0, starts_at="00:00", ends_at="00:00", person="Jan"
    )

    after = brand_checklist(brand)
    assert after.ready
    assert sum(step.done for step in after.brand) == sum(step.done for step in before.brand) + 2


def test_the_list_costs_as_much_for_many_channels_as_for_few(root: Any, laderthuis: Brand) -> None:
    large = brand_apply(user=root, file=standard_file(NEW), entity=None)
    with CaptureQueriesContext(connection) as few:
        brand_checklist(laderthuis.entity)
    with CaptureQueriesContext(connection) as many:
        brand_checklist(large)
    assert len(many) == len(few) <= 6
