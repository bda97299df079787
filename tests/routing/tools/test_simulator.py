from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels_app.models import Contact
from channels_app.schemas import MessageRoutingRule
from channels_app.services.contact_edit import contact_save
from routing.selectors.brands import brand_profile
from routing.services.drafts import DraftRules, with_draft
from tests.factories import Brand, make_member

pytestmark = pytest.mark.django_db

URL = "/admin/routing/simulator/"
FORM_STATEMENTS = 12
ANSWER_STATEMENTS = 11


def rows() -> dict[str, int]:
    models = [
        model for label in ("channels_app", "routing") for model in apps.get_app_config(label).get_models()
    ]
    return {model.__name__: model._base_manager.count() for model in models}


def fields(brand: Brand, medium: str = "email", code: str = "support", **changes: Any) -> dict[str, Any]:
    return {
        "brand": str(brand.entity.id),
        "channel": str(brand.channel(medium, code).id),
        "subject": "",
        "body": "",
        "sender": "",
        "kind": "",
        "at": "",
        "part": "result",
    } | changes


@pytest.fixture
def analyst(chargecars: Brand, laderthuis: Brand, page: Any) -> Client:
    """Somebody who may look at ChargeCars only."""
    client: Client = page(make_member("analyst", "analyst", chargecars))
    return client


def test_the_page_shows_the_decision_with_its_words_and_scores(chargecars: Brand, analyst: Client) -> None:
    before = rows()
    answer = analyst.post(
        URL, fields(chargecars, subject="Vraag", body="Waar blijft mijn <b>factuur</b>?\n", part="")
    )

    html = answer.content.decode()
    assert answer.status_code == 200
    assert answer.context["target"] == chargecars.channel("email", "admin")
    assert "<mark" in html
    assert ">factuur</mark>&lt;/b&gt;" in html
    assert "cc-scores" in html
    assert "administratie wegens “factuur”" in html
    assert rows() == before


def test_the_automatic_answer_is_shown_as_the_customer_would_get_it(
    chargecars: Brand, analyst: Client
) -> None:
    contact_save(
        contact=Contact(business_entity=chargecars.entity, name="Jan", kind="customer"),
        emails=["jan@example.nl"], phones=["0612345678"],
    )  # fmt: skip

    by_mail = analyst.post(URL, fields(chargecars, body="kapot", sender="Jan@example.nl"))
    by_chat = analyst.post(URL, fields(chargecars, "whatsapp", body="kapot", sender="06 12345678"))

    assert by_mail.context["answer"].body.startswith("ChargeCars: Dag Jan, we reageren binnen 1 uur. CC-MSG-")
    assert "srcdoc=" in by_mail.content.decode()
    assert by_chat.context["answer"].body.startswith("ChargeCars: Dag Jan, we reageren binnen 30 minuten.")
    assert "cc-phone__bubble" in by_chat.content.decode()


def test_the_moment_and_the_kind_of_sender_count(chargecars: Brand, analyst: Client) -> None:
    chargecars.entity.operational_config = {"business_hours": "09:00-17:00"}
    chargecars.entity.save()

    night = analyst.post(URL, fields(chargecars, body="kapot", at="2026-11-22T03:00", kind="partner"))
    noon = analyst.post(URL, fields(chargecars, body="kapot", at="2026-11-23T12:00", kind="internal"))

    assert night.context["decision"]["log"].action == "queue_for_next_day"
    assert night.context["decision"]["log"].sender_classification == "partner_domain"
    assert noon.context["decision"]["log"].action == "route"
    assert noon.context["decision"]["log"].sender_classification == "internal"


def test_draft_keywords_are_tried_and_forgotten(
    chargecars: Brand, laderthuis: Brand, analyst: Client
) -> None:
    text = {"body": "zonnepanelen"}
    draft = {"keywords-codes": ["sales", "admin"], "keywords-sales": ["zonnepanelen"]}

    plain = analyst.post(URL, fields(chargecars, **text))
    tried = analyst.post(URL, fields(chargecars, **text, **draft))
    again = analyst.post(URL, fields(chargecars, **text))

    assert tried.context["target"].channel_code == "sales"
    assert tried.context["change"].is_one
    assert plain.context["target"] == again.context["target"] == chargecars.channel("email", "support")
    assert plain.context["change"] is None
    chargecars.entity.refresh_from_db()
    assert "zonnepanelen" not in str(chargecars.entity.auto_routing_rules)


def test_a_draft_message_rule_is_tried_and_forgotten(chargecars: Brand, analyst: Client) -> None:
    before = rows()
    draft = {
        "rules-row": ["n1"], "rules-n1-enabled": "1", "rules-n1-keywords": ["kapot"],
        "rules-n1-route_to": "operations", "rules-n1-raise_urgency": "1",
    }  # fmt: skip

    tried = analyst.post(URL, fields(chargecars, body="kapot", **draft))

    assert tried.context["target"] == chargecars.channel("email", "operations")
    assert tried.context["urgent"]
    assert rows() == before
    assert analyst.post(URL, fields(chargecars, body="kapot")).context["target"].channel_code == "support"


def test_a_draft_rule_without_a_condition_is_refused_in_words(chargecars: Brand, analyst: Client) -> None:
    draft = {"rules-row": ["n1"], "rules-n1-enabled": "1", "rules-n1-route_to": "operations"}

    answer = analyst.post(URL, fields(chargecars, body="kapot", **draft))

    assert "decision" not in answer.context
    assert answer.context["form"].errors["rules"]


def test_another_brand_is_neither_offered_nor_simulated(
    chargecars: Brand, laderthuis: Brand, analyst: Client
) -> None:
    assert "LaderThuis" not in analyst.get(URL).content.decode()

    answer = analyst.post(URL, fields(laderthuis, body="kapot"))
    crossed = analyst.post(
        URL, fields(chargecars, body="kapot", channel=str(laderthuis.channel("email", "support").id))
    )

    assert set(answer.context["form"].errors) == {"brand", "channel"}
    assert set(crossed.context["form"].errors) == {"channel"}


def test_who_has_no_brand_sees_no_simulator(laderthuis: Brand, page: Any) -> None:
    assert page(make_member("nobody", "agent")).get(URL).status_code == 403
    assert Client().get(URL).status_code == 302


def test_choosing_another_brand_offers_its_channels_and_keeps_the_text(
    chargecars: Brand, laderthuis: Brand, page: Any
) -> None:
    client = page(make_member("both", "analyst", chargecars, laderthuis))
    answer = client.post(URL, fields(laderthuis, body="kapot", part="form"))

    html = answer.content.decode()
    assert str(laderthuis.channel("email", "support").id) in html
    assert str(chargecars.channel("email", "support").id) not in html
    assert "kapot</textarea>" in html
    assert "<html" not in html


def test_teams_is_no_place_where_customers_write(chargecars: Brand, analyst: Client) -> None:
    form = analyst.get(URL).context["form"]

    assert "teams" not in {channel.channel_type for channel in form.fields["channel"].queryset}


def test_the_form_and_the_answer_cost_a_fixed_number_of_statements(
    chargecars: Brand, laderthuis: Brand, analyst: Client
) -> None:
    asked = fields(chargecars, body="kapot", part="form")
    answered = fields(chargecars, body="kapot " * 50, sender="jan@example.nl")
    analyst.post(URL, answered)  # the configuration is loaded once
    with CaptureQueriesContext(connection) as form_statements:
        analyst.post(URL, asked)
    with CaptureQueriesContext(connection) as answer_statements:
        analyst.post(URL, answered)

    assert len(form_statements) == FORM_STATEMENTS
    assert len(answer_statements) == ANSWER_STATEMENTS


def test_a_draft_leaves_the_configuration_as_it_was(chargecars: Brand) -> None:
    compiled = brand_profile(chargecars.entity.id, 0).compiled
    rule = MessageRoutingRule.model_validate(
        {"id": "x", "name": "x", "conditions": {"media": ["email"]}, "consequence": {"route_to": "sales"}}
    )
    drafted = with_draft(
        compiled, DraftRules(keywords={"admin": ("btw",), "new": ("iets",)}, message_rules=(rule,))
    )

    assert with_draft(compiled, DraftRules()) is compiled
    assert [found.name for found in drafted.rules] == ["x"]
    assert compiled.rules == ()
    assert drafted.facts.rules.keywords["admin"][-1] == "btw"
    assert "btw" not in compiled.facts.rules.keywords["admin"]
    assert drafted.facts.rules.keywords["new"] == ("iets",)
