"""Which department gets a message: keywords, classifier, sender, history, priority."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from channels_app.schemas import AutoRoutingRules
from routing.engine import compile_brand
from routing.engine.candidate_rows import pack, unpack
from routing.engine.scoring import Candidates
from routing.engine.types import Action, CandidateStatus, SenderFacts
from tests.routing.engine.brands import (
    CHARGECARS,
    KEYWORDS,
    LADERTHUIS,
    MEDIA,
    changed,
    channel,
    facts,
    route,
    rules,
    target,
    without,
)
from tests.routing.engine.opinions import Opinion, always, certain_of

EVERY_KEYWORD = [(word, code) for code, words in KEYWORDS.items() for word in words]
CUSTOMER = SenderFacts(email="klant@voorbeeld.nl", contact_kind="customer", is_new=False)


@pytest.mark.parametrize("arrival", MEDIA["chargecars"]["email"])
@pytest.mark.parametrize(("word", "code"), EVERY_KEYWORD)
def test_a_keyword_alone_goes_to_its_department_wherever_it_arrives(
    word: str, code: str, arrival: str
) -> None:
    for text in (word, word.upper(), f"{word}!", f"  {word}\n"):
        assert target(route(text, at=arrival)) == (code, "email")


@pytest.mark.parametrize("arrival", MEDIA["chargecars"]["email"])
@pytest.mark.parametrize(("word", "code"), EVERY_KEYWORD)
def test_a_keyword_alone_beats_a_classifier_that_is_certain_of_another(
    word: str, code: str, arrival: str
) -> None:
    for believed in KEYWORDS:
        wrong = always(certain_of(believed, word, probability=0.9999))
        assert target(route(word, at=arrival, analyze=wrong)) == (code, "email")


@pytest.mark.parametrize("arrival", MEDIA["chargecars"]["email"])
@pytest.mark.parametrize(("word", "code"), EVERY_KEYWORD)
def test_a_keyword_beats_priority_load_and_sender_together(word: str, code: str, arrival: str) -> None:
    brand = facts()
    for other in MEDIA["chargecars"]["email"]:
        brand = changed(brand, other, priority_level=100 if other != code else 1)
    brand = changed(brand, code, max_concurrent_conversations=10)
    brand = replace(brand, rules=rules(sender_patterns={"new_email": "route_to_emergency"}))
    full = {c.id: 9 for c in brand.channels if c.channel_code == code}
    history = SenderFacts(email="a@b.nl", recent_departments=("sales", "sales", "support"))
    assert target(route(word, brand=brand, at=arrival, loads=full, sender=history)) == (code, "email")


def test_a_keyword_configured_on_one_channel_counts_for_every_arrival() -> None:
    brand = changed(
        facts(), "admin", rules=AutoRoutingRules.model_validate({"keywords": {"operations": ["zwembad"]}})
    )
    for arrival in MEDIA["chargecars"]["email"]:
        assert target(route("zwembad", brand=brand, at=arrival)) == ("operations", "email")
    assert target(route("factuur", brand=brand)) == ("admin", "email")


def test_words_inside_other_words_do_not_count() -> None:
    assert target(route("Wij kostendekkend ontfacturen prijsbewust", at="support")) == ("support", "email")


def test_the_subject_counts_for_a_new_thread() -> None:
    assert target(route("Zie bijlage.", subject="Factuur 2026-04")) == ("admin", "email")
    assert target(route("Zie bijlage.", subject="RE: Factuur 2026-04")) == ("admin", "email")


def test_more_keywords_outweigh_fewer() -> None:
    decision = route("Een probleem: de factuur en de betaling kloppen niet", at="sales")
    assert target(decision) == ("admin", "email")
    assert decision.keyword_matches == {"support": ("probleem",), "admin": ("factuur", "betaling")}
    assert decision.runner_up == "support"


def test_between_equal_keywords_the_classifier_decides() -> None:
    text = "Er is een probleem met de factuur"
    assert target(route(text, at="sales", analyze=always(certain_of("admin")))) == ("admin", "email")
    assert target(route(text, at="sales", analyze=always(certain_of("support")))) == ("support", "email")


def test_between_equal_keywords_the_arrival_channel_decides_and_then_priority() -> None:
    text = "Er is een probleem met de factuur"
    assert target(route(text, at="admin")) == ("admin", "email")
    assert target(route(text, at="support")) == ("support", "email")
    assert target(route(text, at="sales")) == ("support", "email")


def test_without_evidence_a_message_stays_where_it_arrived() -> None:
    for arrival in MEDIA["chargecars"]["email"]:
        decision = route("Goedemiddag", at=arrival)
        assert target(decision) == (arrival, "email")
        assert decision.action is Action.ROUTE


def test_the_classifier_moves_a_message_without_keywords() -> None:
    decision = route(
        "Waar blijft de monteur?", at="sales", analyze=always(certain_of("operations", "monteur"))
    )
    assert target(decision) == ("operations", "email")
    assert decision.keyword_matches == {}
    assert decision.evidence_words == {"operations": ("monteur",)}
    assert "classifier:operations" in decision.applied_rules


def test_a_classifier_in_doubt_moves_nothing() -> None:
    doubt = Opinion({"support": 0.4, "sales": 0.3, "admin": 0.2, "operations": 0.1})
    assert target(route("Tja", at="admin", analyze=always(doubt))) == ("admin", "email")


def test_a_department_unknown_to_the_classifier_keeps_its_own_mail() -> None:
    brand = facts(channels=(*facts().channels, channel("chargecars", "garantie")))
    opinion = always(certain_of("support", probability=0.8))
    assert target(
        route("Ik stuur u hierbij de foto", brand=brand, at="garantie", analyze=opinion), brand
    ) == (
        "garantie",
        "email",
    )


def test_the_kind_of_sender_weighs_less_than_where_the_message_arrived() -> None:
    assert target(route("Goedemiddag", at="sales", sender=CUSTOMER)) == ("sales", "email")
    candidates = {
        (c.channel_code, c.channel_type): c for c in route("Hoi", at="sales", sender=CUSTOMER).candidates
    }
    assert candidates["support", "email"].components.sender == 15
    assert candidates["sales", "email"].components.sender == 0


def test_the_channel_overrides_the_brands_sender_pattern() -> None:
    own = AutoRoutingRules.model_validate({"sender_patterns": {"existing_customer": "route_to_admin"}})
    brand = changed(facts(), "sales", rules=own)
    decision = route("Hoi", brand=brand, at="sales", sender=CUSTOMER)
    assert {c.channel_code for c in decision.candidates if c.components.sender} == {"admin"}
    assert "sender:existing_customer:admin" in decision.applied_rules


def test_earlier_threads_decide_between_equals() -> None:
    known = replace(CUSTOMER, recent_departments=("admin", "admin"))
    assert target(route("probleem met de factuur", at="sales", sender=known)) == ("admin", "email")


def test_the_history_of_a_forged_sender_is_not_used() -> None:
    known = replace(CUSTOMER, recent_departments=("admin", "admin"))
    decision = route("probleem met de factuur", at="sales", sender=known, authentication="fail")
    assert target(decision) == ("support", "email")


def test_a_department_gets_points_for_content_only_when_something_speaks_for_it() -> None:
    decision = route("factuur", at="admin")
    content = {c.channel_code: c.components.content for c in decision.candidates}
    assert content["admin"] > 300
    assert content["support"] == content["sales"] == content["operations"] == 0


def test_the_raw_score_is_the_sum_of_its_parts_and_the_shown_one_lies_within_a_hundred() -> None:
    brand = changed(facts(), "admin", max_concurrent_conversations=10)
    loads = {c.id: 5 for c in brand.channels}
    for candidate in route(
        "factuur", brand=brand, loads=loads, analyze=always(certain_of("sales"))
    ).candidates:
        parts = candidate.components
        total = parts.priority + parts.content + parts.sender + parts.urgency + parts.load
        assert candidate.raw_score == pytest.approx(total)
        assert candidate.score == min(100, max(0, candidate.raw_score))
        assert parts.load == (-15 if candidate.channel_code == "admin" else 0)


def test_every_channel_but_teams_is_a_candidate_best_first() -> None:
    brand = changed(facts(), "sales", is_active=False)
    candidates = route("factuur", brand=brand).candidates
    assert {(c.channel_code, c.channel_type) for c in candidates} == {
        (c.channel_code, c.channel_type) for c in brand.channels if c.channel_type != "teams"
    }
    assert [c.raw_score for c in candidates] == sorted((c.raw_score for c in candidates), reverse=True)
    assert candidates[0].channel_code == "admin"
    status = {(c.channel_code, c.channel_type): c.status for c in candidates}
    assert status["sales", "email"] is CandidateStatus.INACTIVE
    assert status["sales", "whatsapp"] is CandidateStatus.AVAILABLE


def test_candidates_are_written_as_json_the_same_every_time() -> None:
    brand = compile_brand(changed(facts(), "admin", max_concurrent_conversations=3, is_primary=True))
    for text in ("factuur", "Hoi", "factuur"):
        decision = route(text, brand=brand, loads={c.id: 1 for c in brand.facts.channels})
        candidates = decision.candidates
        assert isinstance(candidates, Candidates)
        rows = json.loads(candidates.json())
        written = unpack(rows)
        assert written == [
            {
                "channel_code": one.channel_code,
                "channel_type": one.channel_type,
                "raw_score": pytest.approx(one.raw_score, abs=0.02),
                "score": pytest.approx(one.score, abs=0.02),
                "components": {name: round(value, 2) for name, value in asdict(one.components).items()},
                "status": one.status,
            }
            for one in candidates
        ]
        assert pack(written) == rows


def test_the_other_brand_routes_by_its_own_channels() -> None:
    decision = route("factuur", brand=LADERTHUIS)
    assert target(decision, LADERTHUIS) == ("admin", "email")
    assert target(decision, CHARGECARS) is None


def test_the_second_choice_is_never_the_emergency_desk_without_an_emergency() -> None:
    assert route("factuur").runner_up == "support"
    assert route("Goedemiddag", brand=without(facts(), "sales", "admin", "operations")).runner_up is None


class TestUnsure:
    BRAND = facts(unsure_below=0.6)

    def test_an_uncertain_message_stays_where_it_arrived(self) -> None:
        decision = route("Er is een probleem met de factuur", brand=self.BRAND, at="sales")
        assert target(decision) == ("sales", "email")
        assert decision.unsure
        assert decision.confidence < 0.6
        assert decision.runner_up == "support"
        assert "unsure:stays" in decision.applied_rules

    def test_a_certain_one_moves(self) -> None:
        decision = route("factuur", brand=self.BRAND, at="sales")
        assert target(decision) == ("admin", "email")
        assert not decision.unsure
        assert decision.confidence > 0.9

    def test_confidence_grows_with_the_evidence(self) -> None:
        opinions = [certain_of("admin", probability=p) for p in (0.5, 0.7, 0.9, 0.99)]
        confidences = [route("Tja", at="admin", analyze=always(opinion)).confidence for opinion in opinions]
        assert confidences == sorted(confidences)
