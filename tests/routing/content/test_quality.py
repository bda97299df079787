"""What was promised, measured on the held-out part."""

from __future__ import annotations

from functools import cache

from routing.engine.content.model import load_default_model
from routing.training import generate
from routing.training.corpus import CORPUS, HELDOUT, LANGUAGES, Example, largest_overlap, load
from routing.training.evaluation import Evaluation, evaluate, time_analysis
from routing.training.report import FILE


@cache
def heldout() -> tuple[Example, ...]:
    return tuple(load(HELDOUT))


@cache
def training() -> tuple[Example, ...]:
    return tuple(load(CORPUS))


@cache
def judged() -> Evaluation:
    return evaluate(load_default_model(), heldout())


def test_nine_in_ten_held_out_messages_go_to_the_right_department() -> None:
    assert judged().exact >= 0.88


def test_emergencies_are_found_and_alarms_are_true() -> None:
    emergency = judged().emergency
    assert emergency.recall >= 0.97
    assert emergency.precision >= 0.90


def test_certainty_is_worth_its_number() -> None:
    for certain, right, count in judged().calibration(bins=5):
        if count >= 30:
            assert abs(certain - right) < 0.15


def test_the_corpus_is_large_and_mostly_written_one_by_one() -> None:
    composed = [example for example in training() if example.origin.startswith("generated:")]
    assert len(training()) >= 2000
    assert len(composed) < len(training()) / 2
    assert len(heldout()) >= 220
    assert {example.lang for example in training()} == set(LANGUAGES)


def test_no_held_out_message_shares_half_of_its_runs_of_five_words_with_a_training_message() -> None:
    assert largest_overlap(heldout(), training()).share <= 0.5


def test_composed_messages_are_those_that_the_generator_makes() -> None:
    composed = [example.text for example in load(generate.FILE)]
    assert composed == [row["text"] for row in generate.messages()]


def test_the_report_is_about_the_model_that_ships() -> None:
    root = CORPUS.parents[2]
    assert load_default_model().model_id in (root / "docs" / FILE).read_text(encoding="utf-8")


def test_reading_a_message_takes_far_less_than_a_millisecond() -> None:
    # A wide margin for a busy machine; the report gives the figure of a quiet one.
    assert time_analysis(load_default_model(), heldout()[:60]).best < 1000
