"""The engine with the classifier that ships with the product."""

from __future__ import annotations

import pytest

from routing.engine.content import analyze
from routing.engine.types import Action
from tests.routing.engine.brands import KEYWORDS, MEDIA, route, target


@pytest.mark.parametrize("arrival", MEDIA["chargecars"]["email"])
@pytest.mark.parametrize(
    ("word", "code"), [(word, code) for code, words in KEYWORDS.items() for word in words]
)
def test_a_keyword_alone_goes_to_its_department_wherever_it_arrives(
    word: str, code: str, arrival: str
) -> None:
    assert target(route(word, at=arrival, analyze=analyze)) == (code, "email")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ik heb een vraag over mijn factuur van vorige maand", "admin"),
        ("Mijn laadpaal is kapot, hij geeft een rood lampje", "support"),
        ("Graag ontvang ik een offerte voor een laadpaal thuis", "sales"),
        ("Kunnen we de afspraak met de monteur verzetten naar donderdag?", "operations"),
        ("De auto laadt niet meer sinds gisteren", "support"),
        ("Wat kost een laadpaal inclusief installatie?", "sales"),
        ("Er is twee keer geld afgeschreven van mijn bankrekening", "admin"),
        ("Hoe laat komt de monteur morgen?", "operations"),
    ],
)
def test_natural_sentences_reach_the_right_department_from_any_other(text: str, code: str) -> None:
    for arrival in ("support", "sales", "admin", "operations"):
        decision = route(text, at=arrival, analyze=analyze)
        assert target(decision) == (code, "email"), (arrival, decision.explanation.nl)


@pytest.mark.parametrize("text", ["De laadpaal staat in brand!", "Er komen vonken en rook uit de meterkast"])
def test_danger_is_escalated(text: str) -> None:
    assert route(text, analyze=analyze).action is Action.ESCALATE


def test_denied_danger_is_not() -> None:
    assert route("Er is geen brand en geen rook, alleen een storing", analyze=analyze).action is Action.ROUTE
