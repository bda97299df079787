"""Sentences that stand neither in the corpus nor in the held-out part."""

from __future__ import annotations

import pytest

from routing.engine.content import analyze

DANGERS = [
    "Er slaat een vlammetje uit het kastje naast de voordeur",
    "de hele meterkast stinkt naar schroei en de stoppen zijn warm",
    "mijn neefje raakte de laadpaal aan en kreeg een klap van de stroom",
    "Uit jullie lader komen vonken zodra ik de stekker insteek!",
    "De factuur is prima, maar de stekker is net gesmolten en er komt rook vanaf",
    "ja hoi ik sta hier buiten en die paal die staat te roken en ik weet niet wat ik moet doen",
    "paal omver gereden, blote draden op de stoep",
    "amai der komt rook uit mijne laadpaal",
    "smoke is coming from the wall box in our garage",
    "Aus der Ladestation kommt Rauch und es riecht verbrannt",
    "il y a des étincelles et de la fumée à la borne",
]
CALM = [
    "Er komt geen rook uit en het ruikt ook niet, hij laadt alleen niet",
    "het is echt geen noodgeval, ik wil alleen weten hoe ik mijn wachtwoord wijzig",
    "Urgent: graag vandaag nog een offerte voor drie laadpunten",
    "Moet er een rookmelder hangen boven een laadpaal in de berging van onze VvE?",
    "Die kortsluiting van vorig jaar is keurig opgelost, ik zoek alleen de factuur daarvan nog",
    "niet dringend hoor, maar mijn laadpas is kwijt",
    "Het lampje op de lader brandt blauw, wat betekent dat?",
    "Wat is het verschil in brandveiligheid tussen twee merken? Ik wil er een kopen.",
    "There is no fire and no smell, the app just won't connect",
    "Kein Notfall, aber wann kommt der Monteur am Freitag?",
    "ce n'est pas urgent, je voudrais une copie de ma facture",
]
MEANT_FOR = [
    ("De factuur klopt helemaal, maar de paal doet het sinds zondag niet meer", "support"),
    ("hoe koppel ik mijn lader aan de nieuwe wifi", "support"),
    ("me pasje wrdt niet herkent door de paal", "support"),
    ("kunde gij zien waarom mijnen wagen maar traag laadt?", "support"),
    ("How do I limit the charger to 13 amps in the app?", "support"),
    ("Wat zou een laadpaal met plaatsing mij ongeveer kosten?", "sales"),
    ("Onze VvE zoekt een partij voor twaalf laadpunten, wie kan een voorstel maken?", "sales"),
    ("is er nog subsidie als ik er nu een aanschaf", "sales"),
    ("Combien coûterait une borne pour notre maison à Liège ?", "sales"),
    ("Ik heb de rekening van mei twee keer betaald, kan er een terug?", "admin"),
    ("nieuw iban doorgeven voor de verrekening met mijn werkgever", "admin"),
    ("Gelieve mijn persoonsgegevens te wissen uit uw bestanden", "admin"),
    ("Bitte senden Sie mir die Rechnung noch einmal", "admin"),
    ("De monteur zou er om negen uur zijn en is er nog steeds niet", "operations"),
    ("kan de installatie van dinsdag naar een andere dag", "operations"),
    ("De sleuf in onze voortuin ligt nog open, wanneer maken jullie dat af?", "operations"),
    ("Could we move Thursday's installation to the week after?", "operations"),
]


@pytest.mark.parametrize("text", DANGERS)
def test_danger_is_recognised_in_any_wording(text: str) -> None:
    analysis = analyze(text)
    assert analysis.emergency >= 0.5
    assert analysis.urgent >= 0.5


@pytest.mark.parametrize("text", CALM)
def test_denied_past_and_merely_mentioned_danger_is_no_emergency(text: str) -> None:
    analysis = analyze(text)
    assert analysis.emergency < 0.5
    assert max(analysis.departments, key=analysis.departments.__getitem__) != "emergency"


@pytest.mark.parametrize(("text", "department"), MEANT_FOR)
def test_the_main_request_decides_the_department(text: str, department: str) -> None:
    departments = analyze(text).departments
    assert max(departments, key=departments.__getitem__) == department


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("wanneer komt de monteur bij ons langs", "nl"),
        ("when will the technician visit us", "en"),
        ("wann kommt der Techniker zu uns", "de"),
        ("quand est-ce que le technicien passe chez nous", "fr"),
    ],
)
def test_the_language_is_told_from_common_words(text: str, language: str) -> None:
    assert analyze(text).language == language


def test_a_halted_business_is_urgent_though_no_emergency() -> None:
    analysis = analyze(
        "Geen van onze tien laders doet het en over een uur moeten alle bestelwagens de weg op!"
    )
    assert analysis.urgent >= 0.5 > analysis.emergency


def test_quoted_mail_does_not_count() -> None:
    reply = "Kunt u de factuur nog eens mailen?\n\nOp di 3 jun 2025 om 10:12 schreef support:\n> er komt rook uit de lader"
    analysis = analyze(reply)
    assert analysis.emergency < 0.5
    assert max(analysis.departments, key=analysis.departments.__getitem__) == "admin"


def test_the_subject_counts() -> None:
    departments = analyze("Zie bijlage.", subject="Factuur 2025-118 klopt niet").departments
    assert max(departments, key=departments.__getitem__) == "admin"
