"""What `analyze` answers, for messages of all kinds and for texts that are none."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.content import ContentAnalysis, analyze
from routing.training.corpus import CORPUS, DEPARTMENTS, HELDOUT, LANGUAGES, load


def department(text: str) -> str:
    shares = analyze(text).departments
    return max(shares, key=lambda code: shares[code])


def sound(analysis: ContentAnalysis) -> bool:
    shares = analysis.departments
    return (
        set(shares) == set(DEPARTMENTS)
        and all(math.isfinite(share) and 0 <= share <= 1 for share in shares.values())
        and math.isclose(sum(shares.values()), 1, abs_tol=1e-6)
        and 0 <= analysis.emergency <= analysis.urgent <= 1
        and analysis.language in LANGUAGES
        and all(item.department in DEPARTMENTS and item.weight > 0 for item in analysis.evidence)
    )


@settings(max_examples=300, deadline=None)
@given(text=st.text(), subject=st.text(max_size=40))
def test_any_text_has_probabilities_that_add_up_to_one(text: str, subject: str) -> None:
    analysis = analyze(text, subject=subject)
    assert sound(analysis)
    assert all(item.word in f"{subject}\n{text}" for item in analysis.evidence)
    assert analysis == analyze(text, subject=subject)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["rook", "factuur", "GEEN", "laadpaal", "maar", ",", ".", "?\n", "é", "e\u0301", "\ud800", "\x00"]
        )
    ).map(" ".join)
)
def test_words_of_the_trade_in_any_order_are_sound_too(text: str) -> None:
    analysis = analyze(text)
    assert sound(analysis)
    assert all(item.word in text for item in analysis.evidence)


@pytest.mark.parametrize(
    "text", ["", "   ", "😀🔥👍", "\x00\x00", "\ud83d", "?!", "1234567890", "\u0301\u0301", "ﷺ"]
)
def test_texts_without_words_say_nothing_certain(text: str) -> None:
    analysis = analyze(text)
    assert sound(analysis)
    assert analysis.emergency < 0.5


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "rook " * 40_000, "\n" * 200_000, "x y " * 50_000, "> \n" * 60_000]
)
def test_a_very_long_text_is_read_in_bounded_time(text: str) -> None:
    assert sound(analyze(text))


def test_more_new_words_than_are_remembered_do_no_harm() -> None:
    before = analyze("de laadpaal doet het niet")
    for start in range(0, 24_000, 800):
        analyze(" ".join(f"woord{'abcdefghij'[n % 10]}x{n:x}" for n in range(start, start + 800)))
    assert analyze("de laadpaal doet het niet") == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("De nota is in orde en al overgemaakt, maar onze wallbox geeft geen kik meer", "support"),
        ("Vraag over jullie tarieven voor een dubbele lader op ons bedrijfsterrein", "sales"),
        ("Kunnen jullie het ondernemingsnummer op de nota aanpassen", "admin"),
        ("De elektricien zou vanochtend komen maar we zien niemand", "operations"),
        ("Er slaan vlammen uit de laadpaal", "emergency"),
        ("My tag is not accepted by the charging post any more", "support"),
        ("Could you quote two wall boxes for our office?", "sales"),
        ("Die Rechnung enthält eine falsche Adresse, bitte korrigieren", "admin"),
        ("Le technicien devait passer ce matin, personne n'est venu", "operations"),
        ("Aus der Wallbox kommt dichter Rauch!", "emergency"),
    ],
)
def test_plain_requests_get_their_department(text: str, expected: str) -> None:
    assert department(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Er komt geen rook uit de paal, hij wil gewoon niet starten",
        "Gelukkig geen brand, geen vonken, alleen een rood lampje",
        "De lader is niet heet en ruikt nergens naar, maar laadt niet",
        "No smoke and no sparks, it just refuses to charge",
        "Kein Rauch, kein Geruch, die Wallbox lädt nur nicht",
        "Pas de fumée, pas d'odeur, la borne ne démarre simplement pas",
    ],
)
def test_a_danger_that_is_denied_is_none(text: str) -> None:
    assert analyze(text).emergency < 0.5
    assert department(text) == "support"


@pytest.mark.parametrize(
    "text",
    [
        "URGENT: graag vanmiddag nog een offerte voor zes laders",
        "Spoed! de boekhouding heeft voor vijf uur de factuur nodig",
        "Welke eisen stelt de brandweer aan laadpunten in een garage? We willen er tien bestellen",
        "Mijn rookmelder hangt boven de wallbox, kan hij daar blijven hangen",
        "Vorig jaar was er kortsluiting, dat is toen verholpen. Nu zoek ik de handleiding",
        "Dit is geen noodgeval, maar wanneer belt er iemand terug over mijn app",
        "Schokkend hoge eindafrekening, leg eens uit",
    ],
)
def test_a_false_alarm_raises_none(text: str) -> None:
    assert analyze(text).emergency < 0.5


@pytest.mark.parametrize("subject", ["Iets anders", "Overig", "Vraag", "Contactformulier", "Spoed", ""])
@pytest.mark.parametrize(
    "text", ["Mijn laadpaal is kapot.", "Er brandt een rood lampje op de paal.", "hij valt steeds uit"]
)
def test_a_plain_fault_is_support_whatever_its_subject(subject: str, text: str) -> None:
    analysis = analyze(text, subject=subject)
    assert max(analysis.departments, key=lambda code: analysis.departments[code]) == "support"
    assert analysis.emergency < 0.5


@pytest.mark.parametrize("subject", ["Iets anders", "Overig", "Vraag", "Offerte", "Factuur", ""])
def test_no_subject_hides_a_danger(subject: str) -> None:
    assert analyze("Er komt rook uit de paal.", subject=subject).emergency >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "Niet alleen rook maar nu ook vlammen uit de lader",
        "Ik wilde mijn rekening betalen maar er komt nu rook uit de meterkast",
        "de laadkabel is kapot gereden en je ziet het koper, er spelen kinderen",
        "mijn vrouw kreeg net een schok van de paal",
    ],
)
def test_a_danger_among_other_matters_is_found(text: str) -> None:
    assert analyze(text).emergency >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "de app werkt niet en er komt rook uit de lader",
        "hij laadt niet er komt rook uit",
        "niet alleen rook, ook vonken",
        "I can't reach anyone and there is smoke coming out of it",
    ],
)
def test_a_negation_of_something_else_denies_no_danger(text: str) -> None:
    assert analyze(text).emergency >= 0.5


def test_who_cannot_unplug_and_must_leave_is_urgent_but_no_emergency() -> None:
    analysis = analyze("De stekker zit vast in mijn auto en ik moet nu naar het vliegveld, help")
    assert analysis.urgent >= 0.5
    assert analysis.emergency < 0.5
    assert max(analysis.departments, key=lambda code: analysis.departments[code]) == "support"


def test_quoted_mail_does_not_decide() -> None:
    text = (
        "Prima, donderdag om tien uur is goed, ik ben thuis.\n\n"
        "Op 3 mei schreef LaderThuis <info@laderthuis.example>:\n> Er kwam rook uit uw laadpaal, u heeft een factuur"
    )
    assert department(text) == "operations"
    assert analyze(text).emergency < 0.5


def test_the_subject_counts() -> None:
    assert (
        max(
            analyze("Zie bijlage. Groet, Jan", subject="Factuur 2025-118 klopt niet").departments.items(),
            key=lambda item: item[1],
        )[0]
        == "admin"
    )


@pytest.mark.parametrize("example", load(HELDOUT), ids=lambda example: example.origin)
def test_evidence_stands_in_the_text(example: object) -> None:
    text = example.text  # type: ignore[attr-defined]
    analysis = analyze(text)
    assert all(item.word in text for item in analysis.evidence)
    assert [item.weight for item in analysis.evidence] == sorted(
        (e.weight for e in analysis.evidence), reverse=True
    )


def test_evidence_names_the_deciding_words_with_their_department() -> None:
    evidence = analyze("Er komt RÓÓK uit de laadpaal").evidence
    assert ("RÓÓK", "emergency") in {(item.word, item.department) for item in evidence}
    evidence = analyze("Graag een offerte, de factuur van vorig jaar is betaald").evidence
    assert ("offerte", "sales") in {(item.word, item.department) for item in evidence}


def test_evidence_leaves_out_words_that_tell_a_reader_nothing() -> None:
    words = {item.word for item in analyze("Er komt rook uit de laadpaal bij ons, wat moet ik doen").evidence}
    assert "rook" in words
    assert words.isdisjoint({"komt", "uit", "bij", "ons", "wat", "moet"})


def test_spelling_with_and_without_diacritics_reads_the_same() -> None:
    plain, accented = (
        analyze("de factuur is twee keer afgeschreven"),
        analyze("de fáctùur is twéé keer áfgeschreven"),
    )
    assert plain.departments == pytest.approx(dict(accented.departments))


def test_nothing_of_django_is_loaded() -> None:
    code = (
        "import sys; from routing.engine.content import analyze; analyze('rook'); "
        "sys.exit(any(name.split('.')[0] in {'django', 'celery', 'sklearn', 'scipy'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_training_message_can_be_read() -> None:
    assert all(sound(analyze(example.text)) for example in load(CORPUS)[::7])
