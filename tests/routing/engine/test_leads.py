"""Points for promising sales messages, and labels by subject."""

from __future__ import annotations

from routing.engine.content import analyze
from routing.engine.types import SenderFacts
from tests.routing.engine.brands import changed, facts, route
from tests.routing.engine.opinions import always, certain_of

SCORING = changed(facts(), "sales", lead_scoring=True)
KNOWN = SenderFacts(email="klant@voorbeeld.nl", is_new=False)


def test_a_channel_without_lead_scoring_gives_no_points() -> None:
    decision = route("offerte", brand=SCORING, at="sales")
    assert decision.lead_score is not None
    assert route("kapot", brand=SCORING).lead_score is None
    assert route("offerte").lead_score is None


def test_every_sign_of_interest_adds_points_and_is_named() -> None:
    little = route("Wat is de prijs?", brand=SCORING, sender=KNOWN)
    assert (little.lead_score, little.lead_reasons) == (20, ("sales_keywords",))
    much = route(
        "Graag een offerte met prijs en kosten voor ons wagenpark, bel mij op 06-12345678",
        brand=SCORING,
        analyze=always(certain_of("sales", probability=1.0)),
    )
    assert much.lead_score == 100
    assert much.lead_reasons == (
        "new_sender",
        "sales_keywords",
        "sounds_like_sales",
        "left_number",
        "business",
    )


def test_a_machine_is_no_lead() -> None:
    assert route("offerte", brand=SCORING, automated="spam").lead_score is None


def test_a_channel_that_categorises_labels_every_subject_found() -> None:
    brand = changed(facts(), "admin", auto_categorize=True)
    decision = route("De factuur en de betaling van het bezoek", brand=brand)
    assert decision.labels == ("admin", "operations")
    assert route("De factuur van het bezoek").labels == ()


def test_with_the_classifier_a_channel_that_categorises_labels_topics_instead() -> None:
    brand = changed(facts(), "support", auto_categorize=True)
    text = "De laadpas wordt niet herkend en de app werkt niet"
    assert route(text, brand=brand, analyze=analyze).labels == ("storing", "app", "laadpas")
    assert route("dank u wel", brand=brand, analyze=analyze).labels == ()
    assert route(text, analyze=analyze).labels == ()
