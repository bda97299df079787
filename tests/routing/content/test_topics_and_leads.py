"""Topic labels and the lead score."""

from __future__ import annotations

import pytest

from routing.engine.content import LeadScore, analyze, labels, lead_score


def topics(text: str) -> tuple[str, ...]:
    return labels(text, analyze(text))


def lead(text: str) -> LeadScore:
    return lead_score(text, analyze(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mijn laadpas wordt niet herkend", {"laadpas", "storing"}),
        ("Is er nog subsidie en kan ik een offerte krijgen?", {"subsidie", "offerte"}),
        ("wanneer krijg ik de vergoeding van mijn werkgever", {"vergoeding"}),
        ("ik wil de afspraak van vrijdag annuleren", {"afspraak", "annulering"}),
        ("rook uit de lader!", {"veiligheid"}),
        ("Een klacht: de garantie wordt niet nagekomen", {"klacht", "garantie"}),
        ("Verwijder mijn gegevens, beroep op de AVG", {"privacy"}),
        ("inloggen in de app lukt niet", {"app", "storing"}),
        ("dank u wel", set()),
    ],
)
def test_a_message_gets_the_topics_it_names(text: str, expected: set[str]) -> None:
    assert set(topics(text)) == expected


def test_what_is_closed_before_a_but_is_no_topic() -> None:
    assert "factuur" not in topics("De factuur klopt, maar de paal doet het niet")


def test_safety_comes_first() -> None:
    assert topics("De app werkt niet en er komt rook uit de lader")[0] == "veiligheid"


def test_a_promising_lead_scores_high_and_says_why() -> None:
    score = lead("Graag een offerte voor 8 laadpunten bij ons kantoor, bel mij op 06 12345678")
    assert score.score >= 60
    assert {"sounds_like_sales", "asks_for_quote", "several_charge_points", "business", "left_number"} <= set(
        score.reasons
    )


def test_a_vague_question_scores_lower_than_a_concrete_one() -> None:
    assert (
        0
        < lead("wat zijn de mogelijkheden?").score
        < lead("Graag een offerte voor 8 laadpunten bij ons kantoor").score
    )


def test_a_message_for_another_department_is_no_lead() -> None:
    assert lead("er komt rook uit de laadpaal van kantoor") == LeadScore(0, ())
    assert lead("de factuur klopt niet") == LeadScore(0, ())


def test_the_score_never_passes_a_hundred() -> None:
    text = (
        "Akkoord, wij tekenen de offerte voor 20 laadpalen bij ons bedrijf, de Tesla komt volgende week, prijs is goed, "
        "we kopen ze, bel 06 12345678"
    )
    assert lead(text).score <= 100
