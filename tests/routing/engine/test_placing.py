"""Which channel of the department takes the message: medium, fallback, hours, room."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from channels_app.schemas import AutoRoutingRules
from routing.engine import compile_brand, fallback_cycles
from routing.engine.types import Action, CandidateStatus, Urgency
from tests.routing.engine.brands import (
    CHARGECARS,
    LADERTHUIS,
    OFFICE_HOURS,
    TUESDAY_NIGHT,
    changed,
    channel,
    channel_id,
    facts,
    route,
    rules,
    target,
    without,
)

SUPPORT, ADMIN, SALES = (channel_id("chargecars", code, "email") for code in ("support", "admin", "sales"))


class TestMedium:
    def test_the_arrival_medium_wins_within_the_department(self) -> None:
        assert target(route("kapot", at="sales", medium="whatsapp")) == ("support", "whatsapp")
        assert target(route("kapot", at="sales", medium="email")) == ("support", "email")

    def test_a_department_without_the_medium_takes_it_all_the_same(self) -> None:
        assert target(route("factuur", at="support", medium="whatsapp")) == ("admin", "email")

    def test_else_the_primary_then_priority_then_load(self) -> None:
        extra = [channel("chargecars", "admin", medium, priority_level=60) for medium in ("sms", "phone")]
        brand = facts(channels=(*facts().channels, *extra))
        primary = changed(brand, "admin", "phone", is_primary=True)
        assert target(route("factuur", brand=primary, medium="whatsapp"), brand) == ("admin", "phone")
        quick = changed(brand, "admin", "sms", priority_level=61)
        assert target(route("factuur", brand=quick, medium="whatsapp"), brand) == ("admin", "sms")
        loads = {
            ADMIN: 3,
            channel_id("chargecars", "admin", "phone"): 2,
            channel_id("chargecars", "admin", "sms"): 9,
        }
        assert target(route("factuur", brand=brand, medium="whatsapp", loads=loads), brand) == (
            "admin",
            "phone",
        )

    def test_a_shared_desk_may_own_a_brands_thread(self) -> None:
        desk = channel("groep", "emergency", is_global=True)
        brand = facts("laderthuis", channels=(*LADERTHUIS.facts.channels, desk))
        assert target(route("Er is brand!", brand=brand), brand) == ("emergency", "email")


class TestHours:
    def test_outside_hours_the_right_department_keeps_it_for_the_next_day(self) -> None:
        decision = route("factuur", now=TUESDAY_NIGHT)
        assert target(decision) == ("admin", "email")
        assert decision.action is Action.QUEUE_FOR_NEXT_DAY
        assert {c.status for c in decision.candidates if c.channel_code != "emergency"} == {
            CandidateStatus.CLOSED
        }

    def test_holidays_close_too(self) -> None:
        kings_day = datetime(2026, 4, 27, 10, 0, tzinfo=UTC)
        assert route("factuur", now=kings_day).action is Action.QUEUE_FOR_NEXT_DAY

    def test_an_emergency_desk_is_open_whatever_its_calendar(self) -> None:
        brand = changed(facts(), "emergency", calendar=OFFICE_HOURS)
        decision = route("Goedenavond", brand=brand, at="emergency", now=TUESDAY_NIGHT)
        assert (target(decision), decision.action) == (("emergency", "email"), Action.ROUTE)

    def test_urgent_messages_are_not_held(self) -> None:
        brand = facts(
            rules=rules(time_based={"emergency_keywords": "raise_urgency"}, emergency_keywords=["kapot"])
        )
        decision = route("kapot", brand=brand, now=TUESDAY_NIGHT)
        assert (target(decision), decision.urgency) == (("support", "email"), Urgency.HIGH)
        assert decision.action is Action.ROUTE

    def test_staff_may_choose_to_route_at_any_hour(self) -> None:
        at_once = AutoRoutingRules.model_validate({"time_based": {"outside_hours": "immediate_routing"}})
        decision = route("factuur", brand=changed(facts(), "admin", rules=at_once), now=TUESDAY_NIGHT)
        assert decision.action is Action.ROUTE

    def test_a_channel_without_calendar_is_always_open(self) -> None:
        brand = changed(facts(), "admin", calendar=None)
        assert route("factuur", brand=brand, now=TUESDAY_NIGHT).action is Action.ROUTE

    def test_desks_open_and_close_as_messages_arrive_in_any_order(self) -> None:
        brand = compile_brand(facts())
        moments = [datetime(2026, 11, 24, hour, 30, tzinfo=UTC) for hour in (7, 8, 15, 16, 12, 7, 20, 8)]
        actions = [route("factuur", brand=brand, now=at).action for at in moments]
        assert actions == [
            Action.ROUTE if OFFICE_HOURS.is_open(at) else Action.QUEUE_FOR_NEXT_DAY for at in moments
        ]


class TestRoom:
    FULL = changed(facts(), "admin", max_concurrent_conversations=2)

    def test_a_full_department_queues_its_messages_and_alerts(self) -> None:
        decision = route("factuur", brand=self.FULL, loads={ADMIN: 2})
        assert target(decision) == ("admin", "email")
        assert decision.action is Action.QUEUE_FOR_CAPACITY
        assert decision.alert_capacity
        assert decision.candidates[0].status is CandidateStatus.AT_CAPACITY

    def test_one_place_left_is_enough(self) -> None:
        decision = route("factuur", brand=self.FULL, loads={ADMIN: 1})
        assert (decision.action, decision.alert_capacity) == (Action.ROUTE, False)

    def test_no_limit_is_never_full(self) -> None:
        assert route("factuur", loads={ADMIN: 10**6}).action is Action.ROUTE

    def test_a_configured_fallback_with_room_relieves(self) -> None:
        brand = changed(self.FULL, "admin", fallback_id=SALES)
        decision = route("factuur", brand=brand, loads={ADMIN: 5})
        assert (target(decision), decision.action) == (("sales", "email"), Action.ROUTE)
        assert decision.alert_capacity
        assert "capacity:fallback" in decision.applied_rules

    def test_a_fallback_that_is_full_or_closed_does_not(self) -> None:
        brand = changed(self.FULL, "admin", fallback_id=SALES, calendar=None)
        full = changed(brand, "sales", max_concurrent_conversations=0)
        assert route("factuur", brand=full, loads={ADMIN: 5}).action is Action.QUEUE_FOR_CAPACITY
        closed = route("factuur", brand=brand, loads={ADMIN: 5}, now=TUESDAY_NIGHT)
        assert (target(closed), closed.action) == (("admin", "email"), Action.QUEUE_FOR_CAPACITY)

    def test_the_rest_of_the_chain_is_tried(self) -> None:
        brand = changed(self.FULL, "admin", fallback_id=SALES)
        brand = changed(brand, "sales", max_concurrent_conversations=0, fallback_id=SUPPORT)
        assert target(route("factuur", brand=brand, loads={ADMIN: 5})) == ("support", "email")

    def test_the_load_takes_up_to_thirty_points_off(self) -> None:
        for load, points in ((0, 0), (1, -15), (2, -30), (9, -30)):
            candidates = route("Hoi", brand=self.FULL, loads={ADMIN: load}).candidates
            assert next(c for c in candidates if c.channel_id == ADMIN).components.load == points


class TestFallback:
    def test_the_configured_chain_comes_first(self) -> None:
        brand = changed(facts(), "admin", is_active=False, fallback_id=SALES)
        decision = route("factuur", brand=brand)
        assert target(decision) == ("sales", "email")
        assert "fallback:chain" in decision.applied_rules

    def test_a_chain_passes_over_inactive_channels(self) -> None:
        brand = changed(facts(), "admin", is_active=False, fallback_id=SALES)
        brand = changed(
            brand, "sales", is_active=False, fallback_id=channel_id("chargecars", "operations", "email")
        )
        assert target(route("factuur", brand=brand)) == ("operations", "email")

    def test_a_circle_is_survived_and_reported(self) -> None:
        brand = changed(facts(), "admin", is_active=False, fallback_id=SALES)
        brand = changed(brand, "sales", is_active=False, fallback_id=ADMIN)
        assert target(route("factuur", brand=brand)) == ("support", "email")
        assert fallback_cycles(brand.channels) == (tuple(sorted((ADMIN, SALES))),)
        assert fallback_cycles(facts().channels) == ()

    def test_a_channel_that_falls_back_on_itself_is_a_circle(self) -> None:
        brand = changed(facts(), "admin", is_active=False, fallback_id=ADMIN)
        assert fallback_cycles(brand.channels) == ((ADMIN,),)
        assert target(route("factuur", brand=brand)) == ("support", "email")

    def test_then_the_primary_of_the_arrival_medium(self) -> None:
        brand = changed(facts(), "support", is_primary=False)
        brand = changed(changed(brand, "admin", is_active=False), "sales", is_primary=True)
        decision = route("factuur", brand=brand)
        assert target(decision) == ("sales", "email")
        assert "fallback:primary" in decision.applied_rules

    def test_then_support(self) -> None:
        brand = changed(facts(), "admin", is_active=False)
        brand = changed(changed(brand, "support", is_primary=False), "support", "whatsapp", is_primary=False)
        decision = route("factuur", brand=brand)
        assert target(decision) == ("support", "email")
        assert "fallback:support" in decision.applied_rules

    def test_a_department_the_brand_never_had_falls_back_too(self) -> None:
        decision = route("Ik wil een afspraak", brand=LADERTHUIS, at="sales")
        assert target(decision, LADERTHUIS) == ("support", "email")
        assert decision.keyword_matches == {"operations": ("afspraak",)}

    def test_else_it_is_unroutable_and_nothing_is_lost(self) -> None:
        brand = without(facts(), "support", "operations", "emergency")
        brand = changed(brand, "admin", is_active=False)
        decision = route("factuur", brand=brand, at="sales")
        assert decision.target_channel_id is None
        assert decision.action is Action.UNROUTABLE
        assert decision.auto_response is None

    def test_a_brand_without_channels_is_unroutable(self) -> None:
        decision = route("factuur", brand=facts(channels=(), rules=AutoRoutingRules()))
        assert (decision.target_channel_id, decision.action) == (None, Action.UNROUTABLE)

    def test_a_fallback_out_of_the_brand_is_not_followed(self) -> None:
        other = channel_id("laderthuis", "admin", "email")
        brand = changed(facts(), "admin", is_active=False, fallback_id=other)
        assert target(route("factuur", brand=brand)) == ("support", "email")

    def test_a_message_to_a_deactivated_channel_goes_where_that_channel_sends_it(self) -> None:
        brand = changed(facts(), "sales", is_active=False, fallback_id=ADMIN)
        brand = changed(brand, "sales", "whatsapp", is_active=False)
        assert target(route("Goedemiddag", brand=brand, at="sales")) == ("admin", "email")

    def test_an_unknown_arrival_channel_leaves_priority_to_decide(self) -> None:
        decision = route("factuur", brand=CHARGECARS, at=str(uuid4()))
        assert target(decision) == ("admin", "email")


@pytest.mark.parametrize("code", ["support", "sales", "admin", "operations", "emergency"])
def test_no_inactive_channel_is_ever_chosen(code: str) -> None:
    brand = changed(facts(), code, is_active=False)
    for text in ("kapot", "offerte", "factuur", "afspraak", "brand", "hallo"):
        chosen = route(text, brand=brand, at=code).target_channel_id
        assert chosen != channel_id("chargecars", code, "email")


def test_the_decision_keeps_the_workload_it_was_made_with() -> None:
    brand = compile_brand(changed(facts(), "admin", max_concurrent_conversations=10))
    loads = {ADMIN: 1}
    decision = route("factuur", brand=brand, loads=loads)
    loads[ADMIN] = 9
    assert decision.candidates[0].components.load == -3
