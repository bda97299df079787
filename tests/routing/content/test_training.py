"""The corpus files, the variants of a message, and the command's decisions."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from routing.engine.content import load_default_model
from routing.training.augmentation import variants
from routing.training.corpus import HELDOUT, Example, largest_overlap, load
from routing.training.evaluation import Evaluation, evaluate
from routing.training.retraining import better

QUESTION = Example("Wanneer komt de monteur precies bij ons langs?", "operations", False, "nl", origin="a:1")


def test_a_row_with_an_unknown_department_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "hoi", "department": "support"}\n{"text": "hoi", "department": "kantine"}\n')
    with pytest.raises(ValueError, match=r"rows\.jsonl:2"):
        load(file)


def test_variants_keep_the_labels_and_are_the_same_for_the_same_seed() -> None:
    made = list(variants(QUESTION, 12, seed=1))
    assert made == list(variants(QUESTION, 12, seed=1))
    assert made != list(variants(QUESTION, 12, seed=2))
    assert {(item.department, item.urgent, item.origin) for item in made} == {("operations", False, "a:1")}
    assert len({item.text for item in made}) > 6


def test_overlap_is_the_share_of_runs_of_five_words() -> None:
    other = Example("wanneer komt de monteur precies naar mijn huis toe", "operations", False, "nl")
    overlap = largest_overlap([QUESTION], [other])
    assert overlap.share == pytest.approx(1 / 4)
    assert largest_overlap([QUESTION], [QUESTION]).share == 1


def test_a_model_that_misses_more_emergencies_is_never_better() -> None:
    judged = evaluate(load_default_model(), load(HELDOUT)).judged
    sharp = Evaluation(tuple(item for item in judged if item.exact))
    blunt = Evaluation(judged)
    assert sharp.emergency.recall >= blunt.emergency.recall
    assert better(sharp, blunt)
    assert not better(blunt, sharp)
    assert not better(sharp, sharp)


def test_the_report_is_written_from_the_present_model(tmp_path: Path) -> None:
    call_command("train_classifier", report=True, docs=tmp_path)
    text = (tmp_path / "routing-quality.md").read_text()
    assert load_default_model().model_id in text
    assert "## Misses" in text
    assert (tmp_path / "images" / "routing-calibration.svg").read_text().startswith("<svg")


def test_extra_messages_are_refused_in_a_mere_report(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--extra"):
        call_command("train_classifier", report=True, extra=tmp_path / "rows.jsonl", docs=tmp_path)


def test_a_bad_file_of_extra_messages_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "hoi"}\n')
    with pytest.raises(CommandError, match=r"rows\.jsonl"):
        call_command("train_classifier", extra=file, output=tmp_path / "model", docs=tmp_path)
    assert not (tmp_path / "model").exists()
