from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from channels_app.forms.medium_settings import settings_fields
from channels_app.models import BusinessEntityChannel
from channels_app.providers.registry import PROVIDERS
from channels_app.schemas import WEEKDAYS
from channels_app.services.accounts import channel_config, secret_fields, stored_secrets
from tests.admin.conftest import Staff
from tests.admin.forms import errors_of, filled_in, save
from tests.factories import Brand

FORM = "businessentitychannel_form"


def address(channel: BusinessEntityChannel) -> str:
    return reverse("admin:channels_app_businessentitychannel_change", args=[channel.pk])


def add_address(brand: Brand, medium: str) -> str:
    return f"{reverse('admin:channels_app_businessentitychannel_add')}?medium={medium}&business_entity={brand.entity.pk}"


def reloaded(channel: BusinessEntityChannel) -> BusinessEntityChannel:
    return BusinessEntityChannel.objects.select_related("business_entity").get(pk=channel.pk)


def test_saving_without_a_change_changes_nothing(staff: Staff, alfa: Brand) -> None:
    for channel in BusinessEntityChannel.objects.filter(business_entity=alfa.entity):
        channel.auto_routing_rules = {
            "keywords": {"support": ["laadpaal, defect", "storing"]},
            "sender_patterns": {"new_email": "route_to_sales"},
            "time_based": {"office_hours": "immediate_routing", "outside_hours": "immediate_routing"},
            "emergency_keywords": ["rook"],
        }
        channel.escalation_config = {
            "info_text": "Bel ons.",
            "steps": [
                {"after_minutes": 0, "by": "teams", "to": {"kind": "on_call", "value": ""}},
                {
                    "after_minutes": 30, "by": "email", "to": {"kind": "address", "value": "baas@alfa.nl"},
                    "repeat_minutes": 15,
                },
            ],
            "warn_before_minutes": 15,
        }  # fmt: skip
        channel.business_hours = {
            "mon": [["09:00", "12:30"], ["13:00", "17:00"]],
            "sat": [["22:00", "02:00"]],
        }
        channel.save()
        before = reloaded(channel)
        answer = save(staff.manager, address(channel), FORM)
        assert answer.status_code == 302, errors_of(answer)
        after = reloaded(channel)
        for name in (
            "auto_routing_rules", "escalation_config", "business_hours", "integration_config", "secrets",
            "provider_account", "channel_address", "priority_level", "notify_events", "is_primary",
        ):  # fmt: skip
            wanted, found = getattr(before, name), getattr(after, name)
            if name == "integration_config":
                found = {key: value for key, value in found.items() if key in wanted}
            if name == "auto_routing_rules":
                wanted["keywords"] = {"support": ["laadpaal, defect", "storing"]}
            assert found == wanted, name


def test_a_secret_is_kept_when_its_box_stays_empty(staff: Staff, alfa: Brand) -> None:
    channel = alfa.channel("whatsapp", "support")
    assert save(staff.manager, address(channel), FORM, channel_name="Klantenservice").status_code == 302
    config: Any = channel_config(reloaded(channel))
    assert config.access_token.get_secret_value() == "token-100000000000001"
    assert reloaded(channel).channel_name == "Klantenservice"


def test_a_secret_is_replaced_by_what_is_typed_and_taken_away_when_asked(staff: Staff, alfa: Brand) -> None:
    channel = alfa.channel("whatsapp", "support")
    save(staff.manager, address(channel), FORM, setting_access_token="new-token")
    config: Any = channel_config(reloaded(channel))
    assert config.access_token.get_secret_value() == "new-token"
    save(staff.manager, address(channel), FORM, more={"setting_access_token-forget": "1"})
    assert "access_token" not in stored_secrets(reloaded(channel))


def test_a_secret_is_not_in_the_page_even_when_the_form_comes_back_with_errors(
    staff: Staff, alfa: Brand
) -> None:
    channel = alfa.channel("whatsapp", "support")
    answer = save(staff.manager, address(channel), FORM, setting_access_token="typed-secret", channel_name="")
    html = answer.content.decode()
    assert "channel_name" in errors_of(answer)
    assert "typed-secret" not in html
    assert "token-100000000000001" not in html


def test_a_mistake_in_the_settings_stands_at_its_field_in_dutch(staff: Staff, alfa: Brand) -> None:
    channel = alfa.channel("whatsapp", "support")
    answer = save(staff.manager, address(channel), FORM, setting_phone_number_id="with spaces!")
    assert errors_of(answer)["setting_phone_number_id"]
    assert "String should" not in answer.content.decode()


@pytest.mark.parametrize("medium", sorted(PROVIDERS))
def test_every_medium_has_a_form_made_of_its_settings(medium: str, staff: Staff, alfa: Brand) -> None:
    config = PROVIDERS[medium].Config
    page = staff.manager.get(add_address(alfa, medium))
    assert page.status_code == 200
    form = page.context["adminform"].form
    assert {f"setting_{name}" for name in config.model_fields} <= form.fields.keys()
    for name in secret_fields(config):
        assert 'type="password"' in str(form[f"setting_{name}"])
    assert all(field.label for field in settings_fields(config).values())


def test_adding_asks_for_brand_and_medium_first(staff: Staff, alfa: Brand, beta: Brand) -> None:
    url = reverse("admin:channels_app_businessentitychannel_add")
    choice = staff.manager.get(url)
    assert list(choice.context["brands"]) == [alfa.entity]
    assert "AlfaLaden" in choice.content.decode()
    # Neither an unknown medium nor somebody else's brand leads to the form.
    assert "brands" in staff.manager.get(f"{url}?medium=fax&business_entity={alfa.entity.pk}").context
    assert "brands" in staff.manager.get(add_address(beta, "whatsapp")).context
    assert staff.manager.post(add_address(beta, "whatsapp"), {"channel_code": "admin"}).context["brands"]


def test_a_channel_is_added_with_its_settings(staff: Staff, alfa: Brand) -> None:
    answer = save(
        staff.manager, add_address(alfa, "whatsapp"), FORM,
        channel_code="operations", channel_name="Planning", channel_address="+31612345009",
        setting_phone_number_id="100000000000009", setting_access_token="a-token",
    )  # fmt: skip
    assert answer.status_code == 302, errors_of(answer)
    channel = BusinessEntityChannel.objects.get(channel_name="Planning")
    assert (channel.business_entity, channel.channel_type) == (alfa.entity, "whatsapp")
    assert channel.provider_account == "100000000000009"
    assert channel.integration_config["webhook_verify_token"]
    assert stored_secrets(channel) == {"access_token"}
    assert channel.business_hours is None


def test_the_medium_of_a_channel_never_changes(staff: Staff, alfa: Brand) -> None:
    channel = alfa.channel("whatsapp", "support")
    save(
        staff.manager, address(channel), FORM, channel_type="email", business_entity="x", channel_code="other"
    )
    assert reloaded(channel).channel_type == "whatsapp"
    assert reloaded(channel).channel_code == "support"


def test_an_account_belongs_to_one_active_channel(staff: Staff, alfa: Brand) -> None:
    answer = save(
        staff.manager, add_address(alfa, "whatsapp"), FORM,
        channel_code="admin", channel_name="Dubbel", channel_address="+31612345009",
        setting_phone_number_id="100000000000001",
    )  # fmt: skip
    assert errors_of(answer)["__all__"]
    assert not BusinessEntityChannel.objects.filter(channel_name="Dubbel").exists()


def test_a_second_main_channel_is_refused_with_the_name_of_the_first(staff: Staff, alfa: Brand) -> None:
    answer = save(staff.manager, address(alfa.channel("whatsapp", "sales")), FORM, is_primary="on")
    assert "AlfaLaden support" in errors_of(answer)["is_primary"][0]


def test_hours_are_typed_as_people_type_them(staff: Staff, alfa: Brand) -> None:
    channel = alfa.channel("whatsapp", "support")
    week: dict[str, Any] = {f"opening_hours-{day}-state": "closed" for day in WEEKDAYS}
    week |= {
        "opening_hours-own": "1",
        "opening_hours-mon-state": "open",
        "opening_hours-mon-from": ["9", "13.30"],
        "opening_hours-mon-to": ["1230", "17:00"],
        "opening_hours-sun-state": "all",
    }
    assert save(staff.manager, address(channel), FORM, more=week).status_code == 302
    assert reloaded(channel).business_hours == {
        "mon": [["09:00", "12:30"], ["13:30", "17:00"]],
        "sun": [["00:00", "24:00"]],
    }
    save(staff.manager, address(channel), FORM, more={"opening_hours-own": "0"})
    assert reloaded(channel).business_hours is None


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (
            {"opening_hours-mon-from": ["09:00", "11:00"], "opening_hours-mon-to": ["12:00", "13:00"]},
            "verlap",
        ),
        ({"opening_hours-mon-from": "25:00", "opening_hours-mon-to": "26:00"}, "25:00"),
        ({"opening_hours-mon-from": "09:00", "opening_hours-mon-to": ""}, "andag"),
        ({"opening_hours-mon-state": "closed"}, "dag"),
    ],
)
def test_impossible_hours_are_explained(
    typed: dict[str, Any], problem: str, staff: Staff, alfa: Brand
) -> None:
    week: dict[str, Any] = {f"opening_hours-{day}-state": "closed" for day in WEEKDAYS}
    week |= {"opening_hours-own": "1", "opening_hours-mon-state": "open", **typed}
    answer = save(staff.manager, address(alfa.channel("whatsapp", "support")), FORM, more=week)
    assert problem in " ".join(errors_of(answer)["opening_hours"])


def test_keywords_are_trimmed_and_doubles_go(staff: Staff, alfa: Brand) -> None:
    channel = alfa.channel("whatsapp", "support")
    chips = {"keywords-sales": [" Offerte ", "offerte"], "keywords-sales-new": "zonnepanelen; laadplein"}
    assert save(staff.manager, address(channel), FORM, more=chips).status_code == 302
    assert reloaded(channel).auto_routing_rules["keywords"] == {
        "sales": ["Offerte", "zonnepanelen", "laadplein"]
    }


def test_a_keyword_that_can_never_match_is_refused(staff: Staff, alfa: Brand) -> None:
    answer = save(
        staff.manager, address(alfa.channel("whatsapp", "support")), FORM, more={"keywords-sales-new": "!!!"}
    )
    assert "!!!" in errors_of(answer)["keywords"][0]


def test_an_escalation_step_that_reaches_nobody_is_refused_by_its_number(staff: Staff, alfa: Brand) -> None:
    step = {
        "escalation_steps-row": ["a"],
        "escalation_steps-a-after": "30",
        "escalation_steps-a-by": "email",
        "escalation_steps-a-kind": "address",
        "escalation_steps-a-value": "not an address",
    }
    url = address(alfa.channel("whatsapp", "support"))
    assert "1" in errors_of(save(staff.manager, url, FORM, more=step))["escalation_steps"][0]
    answer = save(staff.manager, url, FORM, more={**step, "escalation_steps-a-value": "baas@alfa.nl"})
    assert answer.status_code == 302
    assert reloaded(alfa.channel("whatsapp", "support")).escalation_config["steps"] == [
        {"after_minutes": 30, "by": "email", "to": {"kind": "address", "value": "baas@alfa.nl"}}
    ]


def test_what_was_typed_stands_there_when_the_form_comes_back(staff: Staff, alfa: Brand) -> None:
    url = address(alfa.channel("whatsapp", "support"))
    typed = {"keywords-sales-new": "zonnepanelen", "opening_hours-own": "1", "opening_hours-mon-state": "open",
             "opening_hours-mon-from": "8", "opening_hours-mon-to": "18"}  # fmt: skip
    html = save(staff.manager, url, FORM, channel_name="", more=typed).content.decode()
    assert 'value="zonnepanelen"' in html
    assert 'value="08:00"' in html


def test_a_template_of_another_brand_cannot_be_chosen(staff: Staff, alfa: Brand, beta: Brand) -> None:
    theirs = beta.entity.templates.first()
    assert theirs is not None
    url = address(alfa.channel("whatsapp", "support"))
    answer = save(staff.superuser, url, FORM, auto_response_template=str(theirs.pk))
    assert errors_of(answer)["auto_response_template"]


def test_an_analyst_reads_the_settings_in_words(staff: Staff, alfa: Brand) -> None:
    html = staff.analyst.get(address(alfa.channel("whatsapp", "support"))).content.decode()
    assert "100000000000001" in html
    assert "token-100000000000001" not in html
    assert filled_in(staff.analyst, address(alfa.channel("whatsapp", "support")), FORM).keys() <= {
        "_continue"
    }
