"""The ordered rules that staff write."""

from __future__ import annotations

from typing import Any

import pytest

from routing.engine.types import Action, SenderFacts, Urgency
from tests.routing.engine.brands import LADERTHUIS, TUESDAY_NIGHT, changed, facts, route, rule, target

PARTNER = SenderFacts(email="jan@mail.partner.nl")
TO_ADMIN = {"route_to": "admin"}


@pytest.mark.parametrize(
    ("conditions", "matching", "other"),
    [
        ({"keywords": ["btw nummer", "kvk"]}, {"text": "Wat is uw BTW-nummer?"}, {"text": "nummer btw"}),
        ({"senders": ["partner_domain"]}, {"sender": PARTNER}, {}),
        (
            {"sender_domains": ["partner.nl"]},
            {"sender": PARTNER},
            {"sender": SenderFacts(email="a@evilpartner.nl")},
        ),
        (
            {"sender_domains": ["partner.nl"]},
            {"sender": PARTNER},
            {"sender": PARTNER, "authentication": "fail"},
        ),
        ({"media": ["whatsapp", "sms"]}, {"medium": "whatsapp"}, {"medium": "email"}),
        ({"arrival_channels": ["sales"]}, {"at": "sales"}, {"at": "support"}),
        ({"subject_contains": ["RMA"]}, {"subject": "Retour (rma) 12"}, {"subject": "karma", "text": "rma"}),
        ({"hours": "outside"}, {"now": TUESDAY_NIGHT}, {}),
        ({"hours": "within"}, {}, {"now": TUESDAY_NIGHT}),
        (
            {"keywords": ["kvk"], "senders": ["partner_domain"], "media": ["email"]},
            {"text": "kvk", "sender": PARTNER},
            {"text": "kvk"},
        ),
    ],
)
def test_all_given_conditions_must_hold(
    conditions: dict[str, Any], matching: dict[str, Any], other: dict[str, Any]
) -> None:
    brand = facts(message_rules=(rule(conditions, TO_ADMIN),))
    decision = route(**{"text": "Goedemiddag", "brand": brand} | matching)
    assert target(decision) == ("admin", "email")
    assert "rule:r1" in decision.applied_rules
    assert decision.confidence == 1
    decision = route(**{"text": "Goedemiddag", "brand": brand} | other)
    assert target(decision) != ("admin", "email")
    assert decision.applied_rules[0] != "rule:r1"


def test_a_rule_beats_every_keyword_and_the_classifier() -> None:
    brand = facts(message_rules=(rule({"keywords": ["offerte"]}, TO_ADMIN),))
    decision = route("offerte prijs kosten bestellen quote", brand=brand)
    assert target(decision) == ("admin", "email")
    assert decision.candidates[0].channel_code == "admin"
    assert decision.runner_up == "sales"


def test_the_first_rule_that_names_a_department_decides_and_the_rest_adds_up() -> None:
    brand = facts(
        message_rules=(
            rule({"keywords": ["kvk"]}, {"add_labels": ["kvk"]}, id="1"),
            rule({"keywords": ["kvk"]}, {"route_to": "sales", "add_labels": ["klant"]}, id="2"),
            rule({"keywords": ["kvk"]}, {"route_to": "admin", "raise_urgency": True}, id="3"),
            rule({"keywords": ["kvk"]}, {"route_to": "support"}, id="4", enabled=False),
        )
    )
    decision = route("kvk", brand=brand)
    assert target(decision) == ("sales", "email")
    assert decision.labels == ("kvk", "klant")
    assert decision.urgency is Urgency.HIGH
    assert decision.applied_rules[:3] == ("rule:1", "rule:2", "rule:3")


def test_the_brands_own_list_comes_before_those_of_its_channels_by_routing_priority() -> None:
    brand = changed(
        facts(),
        "sales",
        routing_priority=10,
        message_rules=(rule({"hours": "within"}, {"route_to": "sales"}, id="low"),),
    )
    brand = changed(
        brand, "admin", routing_priority=90, message_rules=(rule({"hours": "within"}, TO_ADMIN, id="high"),)
    )
    decision = route("Hoi", brand=brand)
    assert target(decision) == ("admin", "email")
    assert decision.applied_rules[:2] == ("rule:high", "rule:low")


def test_a_deactivated_channels_rules_rest() -> None:
    brand = changed(facts(), "sales", is_active=False, message_rules=(rule({"hours": "within"}, TO_ADMIN),))
    assert target(route("Hoi", brand=brand)) == ("support", "email")


def test_label_only_keeps_a_message_silently_and_ends_the_list() -> None:
    brand = facts(
        message_rules=(
            rule({"sender_domains": ["nieuws.nl"]}, {"label_only": True, "add_labels": ["nieuws"]}, id="1"),
            rule({"hours": "outside"}, {"raise_urgency": True}, id="2"),
        )
    )
    decision = route(
        "Brand! Grote korting", brand=brand, sender=SenderFacts(email="a@nieuws.nl"), now=TUESDAY_NIGHT
    )
    assert (target(decision), decision.action) == (("support", "email"), Action.LABEL_ONLY)
    assert decision.labels == ("nieuws",)
    assert (decision.urgency, decision.is_emergency) == (Urgency.NORMAL, False)
    assert decision.applied_rules[0] == "rule:1"
    assert "rule:2" not in decision.applied_rules


def test_a_rule_to_a_department_the_brand_lacks_falls_back() -> None:
    brand = facts("laderthuis", message_rules=(rule({"hours": "within"}, {"route_to": "operations"}),))
    assert target(route("Hoi", brand=brand, at="sales"), LADERTHUIS) == ("support", "email")


def test_rules_of_one_brand_do_not_touch_another() -> None:
    assert target(route("kvk", brand=LADERTHUIS, at="sales"), LADERTHUIS) == ("sales", "email")
