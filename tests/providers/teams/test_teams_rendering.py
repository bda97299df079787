"""Our cards through the official renderer: everything on them is seen, and nothing puzzles it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.providers.teams.cards import card_of, notification

HERE = Path(__file__).parent / "rendering"
# Kept between runs, in the folder that the product keeps its own things in.
INSTALLED = Path(__file__).resolve().parents[3] / ".state" / "card-rendering"


@pytest.fixture(scope="module")
def renderer() -> Path:
    """Where the renderer is installed."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    lock = (HERE / "package-lock.json").read_text()
    marker = INSTALLED / "installed.json"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "render.mjs"):
        shutil.copy(HERE / name, INSTALLED / name)
    if not marker.exists() or marker.read_text() != lock:
        installing = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=INSTALLED, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        if installing.returncode:
            pytest.skip(f"npm cannot install the renderer: {installing.stderr.strip()[-300:]}")
        marker.write_text(lock)
    return INSTALLED


def rendered(renderer: Path, cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", "render.mjs"], cwd=renderer, input=json.dumps(cards), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


CARDS = {
    "whole": notification(),
    "bare": notification(preview="", facts=(), actions=(), mentions=()),
    "emergency": notification(event="emergency", title="NOODGEVAL bij ChargeCars", priority="Spoed"),
    "long": notification(preview="regel\n" * 3000, facts=tuple((f"Feit {n}", "x" * 400) for n in range(40))),
    "hostile": notification(title="**vet** [x](javascript:1) <at>iedereen</at> ${a}", preview="{{DATE(x)}} <b>"),
    "crowded": notification(mentions=tuple((f"Collega {n}", f"c{n}@chargecars.example") for n in range(60))),
    "summary": notification(
        event="daily_summary", title="Vandaag bij ChargeCars", preview="",
        facts=(("Support", "4 open, 1 te laat"), ("Sales", "2 open")),
    ),
}  # fmt: skip


def test_the_official_renderer_shows_everything_on_our_cards(renderer: Path) -> None:
    seen = dict(zip(CARDS, rendered(renderer, [card_of(given) for given in CARDS.values()]), strict=True))
    assert {name: card["problems"] for name, card in seen.items()} == {name: [] for name in CARDS}
    for name, card in seen.items():
        assert card["elements"] == len(card_of(CARDS[name])["body"])
        assert "chargecars" in card["text"]
    assert "Nieuw gesprek van Jan Jansen" in seen["whole"]["text"]
    assert "Mijn laadpaal doet het niet." in seen["whole"]["text"]
    assert seen["whole"]["buttons"] == 2
    assert seen["bare"]["buttons"] == 0
    assert "4 open, 1 te laat" in seen["summary"]["text"]


def test_the_renderer_would_have_noticed(renderer: Path) -> None:
    card = card_of(notification())
    card["body"].append({"type": "Verzonnen"})
    assert rendered(renderer, [card])[0]["problems"]
