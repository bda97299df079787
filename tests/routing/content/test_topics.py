"""Topic labels."""

from __future__ import annotations

import pytest

from routing.engine.content import analyze


def topics(text: str) -> tuple[str, ...]:
    return analyze(text).topics


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
