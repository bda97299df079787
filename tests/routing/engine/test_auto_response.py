"""Which automatic answer a customer gets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from routing.engine.types import AutoResponseKind, SenderFacts
from tests.routing.engine.brands import TUESDAY_NIGHT, TUESDAY_NOON, facts, route, rule

KNOWN = SenderFacts(email="klant@voorbeeld.nl", contact_kind="customer", is_new=False)
ANSWERED = {"auto_responded_within_day": True}


@pytest.mark.parametrize(
    ("text", "settings", "kind"),
    [
        ("brand", {"now": TUESDAY_NIGHT, "at": "sales"}, AutoResponseKind.EMERGENCY),
        ("offerte", {"now": TUESDAY_NIGHT}, AutoResponseKind.OUTSIDE_HOURS),
        ("offerte", {}, AutoResponseKind.LEAD_GREETING),
        ("offerte", {"sender": KNOWN}, AutoResponseKind.FIRST_CONTACT),
        ("kapot", {}, AutoResponseKind.FIRST_CONTACT),
        ("Goedenavond", {"at": "emergency", "now": TUESDAY_NIGHT}, AutoResponseKind.FIRST_CONTACT),
    ],
)
def test_the_first_that_applies_is_sent(text: str, settings: dict[str, Any], kind: AutoResponseKind) -> None:
    assert route(text, **settings).auto_response is kind


@pytest.mark.parametrize(
    "settings",
    [
        {"automated": "bounce"},
        {"automated": "spam", "now": TUESDAY_NIGHT},
        {"historic": True},
        {"sent_at": TUESDAY_NOON - timedelta(hours=12, seconds=1)},
        {"owner": "support"},
        {"owner": "support", "thread": ANSWERED, "now": TUESDAY_NIGHT},
        {"sender": SenderFacts(email="Support+test@ChargeCars.nl")},
        {"brand": facts(message_rules=(rule({"keywords": ["offerte"]}, {"label_only": True}),))},
    ],
)
def test_nothing_is_sent(settings: dict[str, Any]) -> None:
    assert route("offerte", **settings).auto_response is None


def test_twelve_hours_old_still_gets_an_answer() -> None:
    assert route("offerte", sent_at=TUESDAY_NOON - timedelta(hours=12)).auto_response is not None


def test_an_old_emergency_is_escalated_without_an_answer() -> None:
    decision = route("brand", sent_at=TUESDAY_NOON - timedelta(days=3))
    assert decision.is_emergency
    assert decision.auto_response is None


def test_the_emergency_text_goes_once_on_top_of_another_answer() -> None:
    first = route("brand", owner="support", thread=ANSWERED)
    again = route("brand", owner="emergency", thread=ANSWERED | {"was_urgent": True})
    assert (first.auto_response, again.auto_response) == (AutoResponseKind.EMERGENCY, None)
