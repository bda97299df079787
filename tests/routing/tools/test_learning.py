"""Learning from what people moved, with a corpus small enough to train on in a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from routing.engine.content import load_model
from routing.management.commands import train_classifier
from routing.services.override import thread_move_to_code
from routing.training.corpus import CORPUS, HELDOUT, Example, load
from tests.factories import Brand
from tests.routing.tools.conftest import Write

pytestmark = pytest.mark.django_db


@pytest.fixture
def corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A thirtieth of the corpus to learn from, a fifth of the held-out messages to judge by."""
    _write(tmp_path / "corpus", load(CORPUS)[::30])
    _write(tmp_path / "heldout", load(HELDOUT)[::5])
    monkeypatch.setattr(train_classifier, "CORPUS", tmp_path / "corpus")
    monkeypatch.setattr(train_classifier, "HELDOUT", tmp_path / "heldout")
    return tmp_path


def _write(folder: Path, examples: list[Example]) -> None:
    folder.mkdir(exist_ok=True)
    rows = [
        {"text": e.text, "department": e.department, "urgent": e.urgent, "lang": e.lang} for e in examples
    ]
    (folder / "all.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n")


def _train(corpora: Path, **options: Any) -> str:
    call_command("train_classifier", output=corpora / "model", docs=corpora / "docs", **options)
    return load_model(corpora / "model").model_id


def test_without_moved_messages_the_present_model_stays(corpora: Path, capsys: Any) -> None:
    call_command("train_classifier", output=corpora / "model", docs=corpora / "docs", from_overrides=True)
    assert "nothing more to learn from" in capsys.readouterr().out
    assert not (corpora / "model").exists()


def test_a_model_that_learned_from_moves_and_is_better_is_kept(
    corpora: Path, chargecars: Brand, agent: Any, write: Write, capsys: Any
) -> None:
    # A matter that the corpus has no words for, and that people have moved to administration.
    _write(
        corpora / "heldout",
        [
            *load(HELDOUT)[::5],
            Example("de stempelkaart van ons spaarprogramma is zoek", "admin", urgent=False, lang="nl"),
            Example("krijg ik zegels voor de stempelkaart?", "admin", urgent=False, lang="nl"),
            Example("hoeveel spaarzegels staan er op mijn stempelkaart", "admin", urgent=False, lang="nl"),
        ],
    )
    present = _train(corpora)
    now = timezone.now()
    for text in (
        "mijn stempelkaart is vol, wat nu",
        "ik mis zegels op de stempelkaart",
        "waar lever ik de stempelkaart met spaarzegels in",
        "stempelkaart kwijtgeraakt, staan de zegels ook ergens geregistreerd?",
        "doen jullie nog aan spaarzegels",
        "het spaarprogramma heeft mijn zegels niet bijgeschreven",
    ):
        thread_move_to_code(
            thread=write(chargecars, text), code="admin", user=agent, reason="spaaractie", now=now
        )

    learned = _train(corpora, from_overrides=True)

    assert learned != present
    out = capsys.readouterr().out
    assert f"New model {learned}" in out
    assert "did not make it better" not in out
    assert (corpora / "docs" / "routing-quality.md").read_text().count(learned)


def test_a_model_that_learned_from_moves_and_is_worse_is_not_kept(
    corpora: Path, chargecars: Brand, agent: Any, write: Write, capsys: Any
) -> None:
    present = _train(corpora)
    now = timezone.now()
    for text in (
        "er komt rook uit de paal",
        "de stekker is gesmolten en gloeiend heet",
        "vlammen uit de kast",
    ):
        # People err too: learning that this is administration makes a model worse.
        for serial in range(4):
            thread = write(chargecars, f"{text} {'!' * serial}")
            thread_move_to_code(thread=thread, code="admin", user=agent, reason="proef", now=now)

    assert _train(corpora, from_overrides=True) == present
    assert "did not make it better" in capsys.readouterr().out
