"""Messages in an open thread, and messages of machines."""

from __future__ import annotations

import pytest

from routing.engine.types import Action, AutoResponseKind, SenderClass, Urgency
from tests.routing.engine.brands import TUESDAY_NIGHT, changed, facts, route, rule, target
from tests.routing.engine.opinions import always, certain_of


class TestReply:
    def test_it_stays_with_the_owner_whatever_it_says(self) -> None:
        decision = route("Kunt u de afspraak verzetten?", at="support", owner="operations")
        assert (target(decision), decision.action) == (("operations", "email"), Action.ROUTE)
        assert decision.suggested_move is None

    def test_a_changed_subject_suggests_a_move(self) -> None:
        decision = route("Nog iets: de factuur en de betaling", owner="operations")
        assert target(decision) == ("operations", "email")
        assert decision.suggested_move == "admin"

    def test_the_classifier_suggests_too_but_only_when_certain(self) -> None:
        sure, unsure = always(certain_of("admin", "btw")), always(certain_of("admin", probability=0.5))
        assert route("De btw klopt niet", owner="operations", analyze=sure).suggested_move == "admin"
        assert route("De btw klopt niet", owner="operations", analyze=unsure).suggested_move is None

    def test_a_rule_suggests_and_does_not_move(self) -> None:
        brand = facts(message_rules=(rule({"keywords": ["btw"]}, {"route_to": "admin"}),))
        decision = route("De btw klopt niet", brand=brand, owner="operations")
        assert target(decision) == ("operations", "email")
        assert decision.suggested_move == "admin"

    def test_no_move_is_suggested_to_a_department_that_cannot_take_it(self) -> None:
        brand = changed(facts(), "admin", is_active=False)
        assert route("factuur betaling", brand=brand, owner="operations").suggested_move is None

    def test_the_old_subject_is_not_what_the_customer_wrote_now(self) -> None:
        assert route("Dank u!", subject="Re: brand in de meterkast", owner="support").is_emergency is False
        assert route("Dank u!", subject="Antw: Re: factuur", owner="support").suggested_move is None
        assert route("Dank u!", subject="factuur", owner="support").suggested_move == "admin"

    def test_it_is_not_held_outside_hours(self) -> None:
        decision = route("Dank u!", owner="support", now=TUESDAY_NIGHT)
        assert decision.action is Action.ROUTE
        assert decision.auto_response is AutoResponseKind.OUTSIDE_HOURS

    def test_an_emergency_moves_it_to_the_emergency_desk(self) -> None:
        decision = route("Nu staat hij in brand!", owner="support")
        assert (target(decision), decision.action) == (("emergency", "email"), Action.ESCALATE)

    def test_the_emergency_desk_keeps_its_own_and_is_told_once(self) -> None:
        first = route("Er is nu ook brand", owner="emergency", thread={"was_urgent": False})
        again = route("Er is nog steeds brand", owner="emergency", thread={"was_urgent": True})
        assert target(first) == target(again) == ("emergency", "email")
        assert (first.action, again.action) == (Action.ESCALATE, Action.ROUTE)

    def test_an_urgent_thread_stays_urgent(self) -> None:
        assert route("Dank u", owner="support", thread={"was_urgent": True}).urgency is Urgency.HIGH

    def test_a_thread_of_a_deactivated_channel_is_routed_anew(self) -> None:
        brand = changed(facts(), "sales", is_active=False)
        decision = route("factuur", brand=brand, owner="sales")
        assert target(decision) == ("admin", "email")

    def test_a_thread_owned_by_another_brand_is_routed_anew(self) -> None:
        decision = route("factuur", owner="onbekend")
        assert target(decision) == ("admin", "email")


class TestMachine:
    @pytest.mark.parametrize("kind", ["auto_reply", "bounce", "mailing_list", "spam", "system"])
    def test_it_is_only_kept_and_labelled(self, kind: str) -> None:
        decision = route("Goedemiddag", automated=kind, at="sales", now=TUESDAY_NIGHT)
        assert (target(decision), decision.action) == (("sales", "email"), Action.LABEL_ONLY)
        assert decision.sender_classification is SenderClass.AUTOMATED
        # What only says something of an earlier message is nothing to sort by.
        assert decision.labels == ((kind,) if kind != "system" else ())
        assert decision.auto_response is None

    def test_it_is_kept_where_it_would_have_gone(self) -> None:
        assert target(route("Uw factuur staat klaar", automated="mailing_list", at="sales")) == (
            "admin",
            "email",
        )

    def test_in_a_thread_it_stays_there(self) -> None:
        assert target(route("Ik ben met vakantie, factuur", automated="auto_reply", owner="operations")) == (
            "operations",
            "email",
        )
