"""Emergencies and urgency: found, denied, escalated at any hour."""

from __future__ import annotations

import pytest

from routing.engine.emergencies import meant
from routing.engine.types import Action, AutoResponseKind, Urgency
from tests.routing.engine.brands import (
    LADERTHUIS,
    OFFICE_HOURS,
    TUESDAY_NIGHT,
    changed,
    channel_id,
    facts,
    route,
    rule,
    rules,
    target,
    without,
)
from tests.routing.engine.opinions import Opinion, always, certain_of

DANGER = always(
    Opinion({"support": 0.9, "sales": 0.1}, emergency=0.9, evidence=(("schroeilucht", "emergency", 2.0),))
)


def test_an_emergency_keyword_escalates_to_the_emergency_desk_at_any_hour() -> None:
    for brand in (facts(), changed(facts(), "emergency", calendar=OFFICE_HOURS)):
        decision = route("Er komt rook uit de laadpaal!", brand=brand, now=TUESDAY_NIGHT)
        assert target(decision) == ("emergency", "email")
        assert decision.action is Action.ESCALATE
        assert decision.urgency is Urgency.HIGH
        assert decision.is_emergency
        assert decision.auto_response is AutoResponseKind.EMERGENCY
        assert decision.keyword_matches == {"emergency": ("rook",)}
        assert decision.candidates[0].components.urgency == 50


def test_other_evidence_never_outweighs_an_emergency() -> None:
    text = "brand! factuur betaling rekening invoice offerte kapot defect probleem help afspraak planning"
    decision = route(text, analyze=always(certain_of("admin")))
    assert target(decision) == ("emergency", "email")
    assert decision.candidates[0].channel_code == "emergency"


def test_a_keyword_of_the_emergency_department_is_an_emergency_too() -> None:
    brand = facts(rules=rules(keywords={"emergency": ["stroomschok"]}, emergency_keywords=[]))
    assert route("Ik kreeg een stroomschok", brand=brand).action is Action.ESCALATE
    assert not route("Ik kreeg geen stroomschok", brand=brand).is_emergency


def test_the_classifier_recognises_an_emergency_without_keywords() -> None:
    decision = route("Er hangt een vreemde schroeilucht", analyze=DANGER)
    assert (target(decision), decision.action) == (("emergency", "email"), Action.ESCALATE)
    assert decision.confidence == 0.9
    assert "classifier:emergency" in decision.applied_rules


def test_the_classifier_is_not_believed_when_its_words_are_denied() -> None:
    decision = route("Er hangt geen schroeilucht meer", analyze=DANGER)
    assert not decision.is_emergency


def test_a_little_probability_is_no_emergency() -> None:
    assert not route("Hoi", analyze=always(Opinion({"support": 0.9}, emergency=0.2))).is_emergency


def test_a_brand_without_emergency_desk_escalates_to_support() -> None:
    decision = route("brand!", brand=LADERTHUIS, at="sales", now=TUESDAY_NIGHT)
    assert target(decision, LADERTHUIS) == ("support", "email")
    assert decision.action is Action.ESCALATE


def test_an_inactive_emergency_desk_is_stood_in_for_by_its_fallback_else_by_support() -> None:
    gone = changed(facts(), "emergency", is_active=False)
    assert target(route("brand!", brand=gone, at="sales")) == ("support", "email")
    operations = channel_id("chargecars", "operations", "email")
    deputy = changed(facts(), "emergency", is_active=False, fallback_id=operations)
    assert target(route("brand!", brand=deputy, at="sales")) == ("operations", "email")


def test_a_brand_with_neither_escalates_to_whoever_is_there() -> None:
    brand = without(facts(), "emergency", "support", "operations")
    assert target(route("brand!", brand=brand, at="sales")) == ("sales", "email")
    assert route("brand!", brand=brand, at="sales").action is Action.ESCALATE
    assert target(route("brand!", brand=brand, at="sales", owner="admin")) == ("admin", "email")


def test_a_full_emergency_desk_still_takes_it() -> None:
    desk = channel_id("chargecars", "emergency", "email")
    brand = changed(facts(), "emergency", max_concurrent_conversations=1)
    decision = route("brand!", brand=brand, loads={desk: 5})
    assert (target(decision), decision.action) == (("emergency", "email"), Action.ESCALATE)
    assert decision.alert_capacity


def test_staff_may_choose_that_alarm_words_only_make_a_message_urgent() -> None:
    brand = facts(rules=rules(time_based={"emergency_keywords": "raise_urgency"}))
    decision = route("Er is brand", brand=brand, at="support")
    assert (target(decision), decision.action) == (("support", "email"), Action.ROUTE)
    assert decision.urgency is Urgency.HIGH
    assert not decision.is_emergency


def test_an_urgent_message_stays_with_its_department() -> None:
    urgent = always(Opinion({"support": 0.9, "sales": 0.1}, urgent=0.9))
    decision = route("De factuur moet vandaag nog", analyze=urgent)
    assert target(decision) == ("admin", "email")
    assert decision.urgency is Urgency.HIGH
    points = {c.channel_code: c.components.urgency for c in decision.candidates}
    assert points["emergency"] == 50
    assert points["admin"] == 0


def test_a_rule_makes_urgent_without_moving() -> None:
    brand = facts(message_rules=(rule({"keywords": ["rolstoel"]}, {"raise_urgency": True}),))
    decision = route("Ik zit in een rolstoel", brand=brand, at="sales")
    assert (target(decision), decision.urgency) == (("sales", "email"), Urgency.HIGH)


def test_an_emergency_goes_before_a_rule() -> None:
    brand = facts(message_rules=(rule({"keywords": ["laadpaal"]}, {"route_to": "sales"}),))
    assert target(route("De laadpaal staat in brand", brand=brand)) == ("emergency", "email")


def test_a_machine_raises_no_alarm() -> None:
    decision = route("brand", automated="auto_reply", analyze=DANGER)
    assert decision.action is Action.LABEL_ONLY
    assert decision.urgency is Urgency.NORMAL
    assert not decision.is_emergency


MEANT = [
    "Er is brand",
    "BRAND!!!",
    "Ik kan niet wachten, er is brand",
    "De paal laadt niet, brand!",
    "nee er is brand",
    "Het is niet alleen brand",
    "geen idee. brand in de meterkast",
    "brand is niet onder controle",
    "There is brand not just smoke",
    "Er is geen water en er is dus brand",
    "geen brand? jawel: brand!",
]
DENIED = [
    "Er is geen brand",
    "het is niet echt brand",
    "gelukkig geen enkele brand",
    "zonder brand",
    "brand is het gelukkig niet",
    "Brand is er niet",
    "there isn't any brand",
    "brand is niet aan de orde",
    "no brand",
]


@pytest.mark.parametrize("text", MEANT)
def test_an_alarm_that_is_meant_is_heard(text: str) -> None:
    assert meant(text, ["brand"]) == ["brand"]


@pytest.mark.parametrize("text", DENIED)
def test_an_alarm_that_is_denied_is_not(text: str) -> None:
    assert meant(text, ["brand"]) == []
    assert not route(text).is_emergency


def test_a_message_that_is_just_a_keyword_is_no_emergency_whatever_the_classifier_thinks() -> None:
    sure = always(Opinion({"support": 0.1, "emergency": 0.9}, emergency=0.9))
    assert not route("Help!", analyze=sure).is_emergency
    assert route("Help, kom snel", analyze=sure).is_emergency


def test_priority_alone_does_not_make_the_emergency_desk_the_second_choice() -> None:
    shares = {"support": 0.97, "sales": 0.01, "admin": 0.004, "operations": 0.003, "emergency": 0.013}
    decision = route("De auto wil niet", at="admin", analyze=always(Opinion(shares, emergency=0.013)))
    assert decision.runner_up != "emergency"
    doubtful = {"support": 0.6, "sales": 0.02, "admin": 0.02, "operations": 0.02, "emergency": 0.34}
    decision = route("De auto wil niet", at="admin", analyze=always(Opinion(doubtful, emergency=0.34)))
    assert decision.runner_up == "emergency"
