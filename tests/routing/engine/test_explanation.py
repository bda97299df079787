"""The reason, in one Dutch and one English sentence."""

from __future__ import annotations

from typing import Any

import pytest

from routing.engine.types import SenderFacts
from tests.routing.engine.brands import TUESDAY_NIGHT, changed, channel, channel_id, facts, route, rule
from tests.routing.engine.opinions import always, certain_of

ADMIN, SALES = (channel_id("chargecars", code, "email") for code in ("admin", "sales"))
ONE_PLACE = changed(facts(), "admin", max_concurrent_conversations=1)
PARTNERS = rule({"senders": ["partner_domain"]}, {"route_to": "operations"}, name="Partners naar planning")

GOLDEN: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "Ik heb een vraag over mijn factuur",
        {"at": "support"},
        "Naar administratie wegens “factuur” (tweede keus: support).",
        "To administration because of “factuur” (second choice: support).",
    ),
    (
        "De laadpaal is kapot",
        {"at": "support"},
        "Blijft bij support wegens “kapot” (tweede keus: verkoop).",
        "Stays with support because of “kapot” (second choice: sales).",
    ),
    (
        "Een probleem met de factuur en de betaling",
        {"at": "sales"},
        "Naar administratie wegens “factuur” en “betaling” (tweede keus: support).",
        "To administration because of “factuur” and “betaling” (second choice: support).",
    ),
    (
        "Waar blijft de monteur die zou langskomen?",
        {"at": "sales", "analyze": always(certain_of("operations", "monteur", "langskomen"))},
        "Naar planning, want “monteur” en “langskomen” wijzen daarop (tweede keus: verkoop).",
        "To planning, since “monteur” and “langskomen” point there (second choice: sales).",
    ),
    (
        "Goedemiddag",
        {"at": "sales"},
        "Blijft bij verkoop, waar het binnenkwam, want niets wijst op een andere afdeling (tweede keus: planning).",
        "Stays with sales, where it arrived, since nothing points to another department (second choice: planning).",
    ),
    (
        "Er komt rook uit",
        {"at": "sales"},
        "Spoed wegens “rook”, dus direct naar de spoeddienst (tweede keus: verkoop).",
        "Emergency because of “rook”, so straight to the emergency desk (second choice: sales).",
    ),
    (
        "Zie de bijlage",
        {"sender": SenderFacts(email="jan@partner.nl"), "brand": facts(message_rules=(PARTNERS,))},
        "Naar planning volgens de regel “Partners naar planning” (tweede keus: support).",
        "To planning by the rule “Partners naar planning” (second choice: support).",
    ),
    (
        "factuur",
        {"now": TUESDAY_NIGHT},
        "Naar administratie wegens “factuur”; het wacht bij administratie tot de volgende openingstijd "
        "(tweede keus: support).",
        "To administration because of “factuur”; it waits with administration until the next opening "
        "(second choice: support).",
    ),
    (
        "factuur",
        {"brand": ONE_PLACE, "loads": {ADMIN: 1}},
        "Naar administratie wegens “factuur”; bij administratie zijn alle plaatsen bezet, dus het staat in de "
        "wachtrij (tweede keus: support).",
        "To administration because of “factuur”; every place with administration is taken, so it waits in the "
        "queue (second choice: support).",
    ),
    (
        "factuur",
        {"brand": changed(ONE_PLACE, "admin", fallback_id=SALES), "loads": {ADMIN: 1}},
        "Bedoeld voor administratie wegens “factuur”; bij administratie zijn alle plaatsen bezet, dus neemt "
        "verkoop het over (tweede keus: support).",
        "Meant for administration because of “factuur”; every place with administration is taken, so "
        "sales takes over (second choice: support).",
    ),
    (
        "factuur",
        {"brand": changed(facts(), "admin", is_active=False, fallback_id=SALES)},
        "Bedoeld voor administratie wegens “factuur”; administratie heeft geen actief kanaal, dus valt verkoop "
        "in (tweede keus: support).",
        "Meant for administration because of “factuur”; administration has no active channel, so sales stands "
        "in (second choice: support).",
    ),
    (
        "Nog iets over de factuur",
        {"owner": "operations"},
        "Blijft bij planning, waar het gesprek al loopt; het onderwerp past nu beter bij administratie "
        "wegens “factuur”.",
        "Stays with planning, where the conversation already is; the subject now fits administration better "
        "because of “factuur”.",
    ),
    (
        "Een probleem met de factuur",
        {"at": "sales", "brand": facts(unsure_below=0.6)},
        "Blijft bij verkoop, waar het binnenkwam: “probleem” kan op support wijzen, maar dat is niet zeker genoeg.",
        "Stays with sales, where it arrived: “probleem” may point to support, but that is not certain enough.",
    ),
    (
        "Uw bericht kwam niet aan",
        {"automated": "bounce"},
        "Alleen bewaard bij support, want dit is een melding dat een bericht niet aankwam.",
        "Only kept with support, since this is a notice that a message did not arrive.",
    ),
    (
        "factuur",
        {"brand": facts(channels=(channel("chargecars", "admin", is_active=False),))},
        "Bedoeld voor administratie wegens “factuur”; geen enkel actief kanaal kan het aannemen.",
        "Meant for administration because of “factuur”; no active channel can take it.",
    ),
]


@pytest.mark.parametrize(("text", "settings", "dutch", "english"), GOLDEN)
def test_the_explanation_reads_as_a_sentence(
    text: str, settings: dict[str, Any], dutch: str, english: str
) -> None:
    explanation = route(text, **settings).explanation
    assert explanation.nl == dutch
    assert explanation.en == english


@pytest.mark.parametrize(
    ("text", "settings", "reason"),
    [
        ("factuur", {"now": TUESDAY_NIGHT}, 'keywords "factuur" -> admin; hours:queue_for_next_day'),
        ("Hoi", {"at": "sales"}, "arrival -> sales"),
        ("factuur", {"owner": "operations"}, "thread -> operations; suggests admin"),
        (
            "factuur",
            {"brand": changed(facts(), "admin", is_active=False, fallback_id=SALES)},
            'keywords "factuur" -> sales; meant for admin; fallback:chain',
        ),
    ],
)
def test_the_logged_reason_is_short(text: str, settings: dict[str, Any], reason: str) -> None:
    assert route(text, **settings).reason == reason


def test_the_logged_reason_never_exceeds_its_column() -> None:
    words = [f"{'x' * 60}{number}" for number in range(6)]
    brand = changed(facts(), "admin", rules=facts().rules.model_validate({"keywords": {"admin": words}}))
    reason = route(" ".join(words), brand=brand).reason
    assert len(reason) == 200
    assert reason.endswith("…")


def test_explanations_of_equal_decisions_are_equal() -> None:
    assert route("factuur") == route("factuur")
    assert route("factuur").explanation != route("kapot").explanation
    assert "administratie" in repr(route("factuur").explanation)
