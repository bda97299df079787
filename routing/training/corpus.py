"""The labelled messages: reading them, and how far the held-out part stands from the training part."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from channels_app.schemas import fold

DEPARTMENTS = ("support", "sales", "admin", "operations", "emergency")
LANGUAGES = ("nl", "en", "de", "fr")

CORPUS = Path(__file__).parent / "corpus"
HELDOUT = Path(__file__).parent / "heldout"

_WORD = re.compile(r"\w+")
_RUN = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A message with its labels. `origin` is the same for examples that share text; `also`: other departments
    that a planner would not send it back from."""

    text: str
    department: str
    urgent: bool
    lang: str
    medium: str = ""
    origin: str = ""
    also: tuple[str, ...] = ()


def load(source: Path) -> list[Example]:
    """The examples of a JSON-lines file, or of all such files in a directory, in a fixed order.

    Raises ValueError naming the line when a department or language is unknown or a text is empty.
    """
    files = sorted(source.glob("*.jsonl")) if source.is_dir() else [source]
    return [example for file in files for example in _examples(file)]


def _examples(file: Path) -> Iterator[Example]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = json.loads(line)
            text, department, lang = row["text"], row["department"], row.get("lang", "nl")
            if department not in DEPARTMENTS or lang not in LANGUAGES or not text.strip():
                msg = f"{file.name}:{number}: unknown department or language, or no text"
                raise ValueError(msg)
            yield Example(
                text=text,
                department=department,
                urgent=bool(row.get("urgent", department == "emergency")),
                lang=lang,
                medium=row.get("medium", ""),
                origin=row.get("origin") or f"{file.stem}:{number}",
                also=tuple(row.get("also", ())),
            )


def runs(text: str) -> set[tuple[str, ...]]:
    """The runs of five folded words in a text; a shorter text is one run."""
    words = _WORD.findall(fold(text))
    if len(words) <= _RUN:
        return {tuple(words)}
    return {tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}


@dataclass(frozen=True, slots=True)
class Overlap:
    """The largest share of a held-out message's runs that one training message also has."""

    share: float
    heldout: str
    training: str


def largest_overlap(heldout: Iterable[Example], training: Iterable[Example]) -> Overlap:
    where: dict[tuple[str, ...], list[int]] = {}
    texts = [example.text for example in training]
    for number, text in enumerate(texts):
        for run in runs(text):
            where.setdefault(run, []).append(number)
    largest = Overlap(0.0, "", "")
    for example in heldout:
        own = runs(example.text)
        shared: dict[int, int] = {}
        for run in own:
            for number in where.get(run, ()):
                shared[number] = shared.get(number, 0) + 1
        for number, count in shared.items():
            if count / len(own) > largest.share:
                largest = Overlap(count / len(own), example.text, texts[number])
    return largest
