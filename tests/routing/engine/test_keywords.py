"""Words and phrases are found whole, folded, all at once, and their place in the original is known."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.highlights import highlights
from routing.engine.keywords import PhraseIndex
from routing.engine.text import map_text, pad, word_count
from tests.routing.engine.brands import route

INDEX = PhraseIndex(
    {
        "support": ["werkt niet", "niet", "Één vraag"],
        "sales": ["niet", "prijs per kWh"],
        "admin": ["???", "kWh factuur"],
    }
)


def found(text: str) -> dict[str, list[str]]:
    return INDEX.find(pad(text)).phrases


def test_phrases_and_the_words_in_them_are_both_found_for_every_owner() -> None:
    assert found("De paal werkt niet.") == {"support": ["werkt niet", "niet"], "sales": ["niet"]}


def test_overlapping_phrases_are_both_found() -> None:
    assert found("prijs per KWH-factuur") == {"sales": ["prijs per kWh"], "admin": ["kWh factuur"]}


def test_words_are_found_whole_and_folded_and_shown_as_configured() -> None:
    assert found("EEN  VRAAG nietig") == {"support": ["Één vraag"]}
    assert found("werkt\nniet")["support"] == ["werkt niet", "niet"]


def test_a_phrase_counts_once_however_often_it_occurs() -> None:
    assert found("niet niet NIET") == {"support": ["niet"], "sales": ["niet"]}


def test_an_index_without_words_finds_nothing() -> None:
    assert PhraseIndex({"support": ["!"]}).find(pad("alles!")).phrases == {}


def test_words_are_counted_without_punctuation() -> None:
    assert word_count(pad("De paal werkt niet, nee niet")) == 6
    assert word_count(pad("")) == word_count(pad("?!")) == 0


words = st.lists(st.sampled_from(["aa", "bb", "cc", "Ää", "dd"]), min_size=1, max_size=3).map(" ".join)


@settings(deadline=None)
@given(st.lists(words, max_size=6), st.lists(words, max_size=8).map(", ".join))
def test_one_pass_finds_what_searching_one_by_one_finds(phrases: list[str], text: str) -> None:
    expected = {phrase for phrase in phrases if pad(phrase) in pad(text)}
    seen = set(PhraseIndex({phrase: [phrase] for phrase in phrases}).find(pad(text)).phrases)
    assert seen == expected


@given(st.text())
def test_folding_with_positions_gives_the_same_text(text: str) -> None:
    mapped = map_text(text)
    assert mapped.padded == pad(text)
    assert len(mapped.positions) == len(mapped.padded)


class TestHighlights:
    TEXT = "Bonjour! Ééne FACTUUR, mijn ﬁets: factuur… werkt  niet"

    def test_words_are_found_where_they_stand_in_the_original(self) -> None:
        spans = highlights(
            self.TEXT, {"admin": ["factuur"], "support": ["werkt niet"], "sales": ["fiets", "eene"]}
        )
        assert [(self.TEXT[start:end], department) for start, end, department in spans] == [
            ("Ééne", "sales"),
            ("FACTUUR", "admin"),
            ("ﬁets", "sales"),
            ("factuur", "admin"),
            ("werkt  niet", "support"),
        ]

    def test_of_overlapping_words_the_longest_is_marked(self) -> None:
        spans = highlights("werkt niet", {"sales": ["niet"], "support": ["werkt niet"]})
        assert spans == ((0, 10, "support"),)

    def test_a_decisions_words_can_be_marked(self) -> None:
        text = "Mijn paal is KAPOT"
        assert highlights(text, route(text).evidence_words) == ((13, 18, "support"),)

    def test_nothing_to_mark(self) -> None:
        assert highlights("", {"support": ["x", "!"]}) == ()
