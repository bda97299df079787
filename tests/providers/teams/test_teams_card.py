from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft6Validator

from channels_app.providers.base import Notification
from channels_app.providers.teams import MAX_BYTES, envelope
from channels_app.providers.teams.card import dutch_time
from channels_app.providers.teams.text import literal, plain, shorten
from tests.providers.teams.cards import NOTIFICATION, card_of, message_of, notification, texts


def broken_mentions(card: dict[str, Any]) -> list[str]:
    """Mentions of the text without an entity, and the other way round."""
    said = re.findall(
        r"<at>.*?</at>", json.dumps(texts(card["body"]), ensure_ascii=False).replace('\\"', '"')
    )
    named = [entity["text"] for entity in card["msteams"]["entities"]]
    return sorted(set(said) ^ set(named)) + [text for text in named if named.count(text) > 1]


def test_the_envelope_is_the_one_that_a_workflow_takes(corpus: Path) -> None:
    documented = json.loads((corpus / "envelopes" / "msdocs_incoming_webhook_envelope.json").read_text())
    message = message_of(NOTIFICATION)
    assert message.keys() == documented.keys()
    assert message["type"] == documented["type"]
    (attachment,), (theirs,) = message["attachments"], documented["attachments"]
    assert attachment.keys() == theirs.keys()
    assert {**attachment, "content": None} == {**theirs, "content": None}
    assert attachment["content"]["$schema"] == theirs["content"]["$schema"]


def test_the_card_has_the_form_of_the_specification() -> None:
    card = card_of(NOTIFICATION)
    title, subtitle, facts, preview, mentions = card["body"]
    assert (title["type"], title["text"], title["weight"]) == (
        "TextBlock",
        "Nieuw gesprek van Jan Jansen",
        "Bolder",
    )
    assert title["color"] == "Attention"
    assert subtitle["text"] == "CHARGECARS - OPERATIONS"
    assert [fact["value"] for fact in facts["facts"]] == [
        "chargecars",
        "operations",
        "Hoog",
        "31-5-2025, 14:05:09",
        "storing",
    ]
    assert [run["inlines"][0]["text"] for run in preview["items"]] == [
        "Mijn laadpaal doet het niet.",
        "Kunt u komen?",
    ]
    assert mentions["text"] == "<at>Anna de Vries</at> <at>Bas</at>"
    assert card["msteams"]["entities"] == [
        {
            "type": "mention",
            "text": "<at>Anna de Vries</at>",
            "mentioned": {"id": "anna@chargecars.example", "name": "Anna de Vries"},
        },
        {
            "type": "mention",
            "text": "<at>Bas</at>",
            "mentioned": {"id": "bas@chargecars.example", "name": "Bas"},
        },
    ]
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Gesprek openen", "url": "https://kanalen.example/t/1"},
        {"type": "Action.OpenUrl", "title": "Oppakken", "url": "https://kanalen.example/c/abc"},
    ]


def test_the_names_of_the_facts_are_the_specifications() -> None:
    facts = message_of(NOTIFICATION, "en")["attachments"][0]["content"]["body"][2]["facts"]
    assert [fact["title"] for fact in facts][:4] == ["Entity", "Channel", "Priority", "Time"]


def test_without_a_priority_it_is_normal() -> None:
    facts = message_of(notification(priority=""), "en")["attachments"][0]["content"]["body"][2]["facts"]
    assert facts[2] == {"title": "Priority", "value": "Normal"}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 1, 5, 8, 0, 0, tzinfo=UTC), "5-1-2026, 09:00:00"),
        (datetime(2026, 7, 5, 22, 30, 0, tzinfo=UTC), "6-7-2026, 00:30:00"),
    ],
)
def test_the_time_is_dutch_in_winter_and_summer(moment: datetime, expected: str) -> None:
    assert dutch_time(moment) == expected


def validator(corpus: Path) -> Draft6Validator:
    schema = json.loads((corpus / "schema" / "adaptive-card-1.5.0.json").read_text())
    return Draft6Validator(schema)


def schema_errors(card: dict[str, Any], checker: Draft6Validator) -> list[str]:
    bare = {name: value for name, value in card.items() if name != "msteams"}
    return [f"{list(error.path)}: {error.message[:200]}" for error in checker.iter_errors(bare)]


@pytest.mark.parametrize(
    "given",
    [
        NOTIFICATION,
        notification(preview="", facts=(), actions=(), mentions=(), priority=""),
        notification(
            preview="x" * 50_000, facts=(("a", "b" * 9000),) * 60, mentions=(("n" * 500, "u@e.example"),)
        ),
    ],
    ids=["usual", "bare", "huge"],
)
def test_the_card_is_valid_by_the_official_schema(corpus: Path, given: Notification) -> None:
    checker = validator(corpus)
    assert schema_errors({"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "Text"}]}, checker)
    assert schema_errors(card_of(given), checker) == []


INJECTIONS = [
    "<at>Anna de Vries</at>",
    "< at>Anna de Vries</at >",
    "&lt;at&gt;Anna de Vries&lt;/at&gt;",
    "[klik hier](https://kwaad.example)",
    "![foto](https://kwaad.example/p.png)",
    "**vet** _schuin_ `code` ~~weg~~",
    "# kop",
    "- lijst",
    "1. lijst",
    "> citaat",
    "{{DATE(2017-02-14T06:08:39Z,SHORT)}}",
    "a\u202egpj.exe",
    "\x00\x07\ud800",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_customer_text_is_shown_and_never_read(text: str) -> None:
    card = card_of(
        notification(title=text, preview=text, facts=((text, text),), mentions=(("Anna", "a@e.example"),))
    )
    assert broken_mentions(card) == []
    read_as_markdown = [
        text for element in card["body"] if element["type"] != "Container" for text in texts(element)
    ]
    assert "".join(texts(card["body"])).count("<at>") == 1
    for reading in ("](", "{{DATE", "\u202e", "&lt;"):
        assert not any(reading in text for text in read_as_markdown)
    assert not any("{{" in text or "\u202e" in text for text in texts(card["body"]))


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_markdown_survives_in_a_text_block(text: str) -> None:
    assert not re.search(r"[<>*`~\\]|\]\(|^\s*(#|-|\d+[.)])|(^|\W)_|_(\W|$)|&#?\w+;|\{\{", literal(text))


def test_ordinary_text_stays_as_it_is() -> None:
    text = "Laadpaal #12 (jan_de_vries@example.nl): 3,5 kW & 16 A - prijs € 10.000"
    assert literal(text) == text
    assert plain(text) == text


def test_a_text_is_cut_between_characters() -> None:
    assert shorten("laadpaal", 8) == "laadpaal"
    assert shorten("laadpalen", 8) == "laadpal…"
    family = "👨\u200d👩\u200d👧"
    assert shorten("ab" + family, 5) == "ab…"


def test_people_with_one_name_are_told_apart_and_nobody_is_called_twice() -> None:
    people = (
        ("Jan", "jan1@e.example"),
        ("Jan", "jan2@e.example"),
        ("J.", "JAN1@e.example"),
        ("x", ""),
        ("<b>", "c@e.example"),
    )
    card = card_of(notification(mentions=people))
    assert [entity["mentioned"]["id"] for entity in card["msteams"]["entities"]] == [
        "jan1@e.example",
        "jan2@e.example",
        "c@e.example",
    ]
    assert broken_mentions(card) == []


def test_a_button_only_opens_web_addresses() -> None:
    actions = (
        ("a", "javascript:alert(1)"),
        ("b", "https://kanalen.example/" + "x" * 3000),
        ("c", "https://k.example"),
    )
    assert [action["title"] for action in card_of(notification(actions=actions))["actions"]] == ["c"]


def test_mentions_go_first_then_the_preview_then_facts() -> None:
    people = tuple((f"Collega {number}", f"c{number}@chargecars.example") for number in range(50))
    few = notification(mentions=people, preview="kort", facts=())
    assert len(card_of(few)["msteams"]["entities"]) == 50
    # Only the mentions have to give way.
    facts = tuple((f"Feit {number}", "é" * 400) for number in range(25))
    card = card_of(notification(mentions=people, preview="p" * 1000, facts=facts))
    kept = len(card["msteams"]["entities"])
    assert 0 < kept < 50
    assert f"+{50 - kept}" in card["body"][-1]["text"]
    assert len(card["body"][2]["facts"]) == 4 + 25
    assert "p" * 1000 in texts(card["body"])
    # The mentions are gone, the preview is shorter, the facts stay.
    card = card_of(notification(mentions=people, preview="😀" * 3000, facts=facts))
    assert card["msteams"]["entities"] == []
    assert len(card["body"][2]["facts"]) == 4 + 25
    assert any(text.startswith("😀") and text.endswith("…") for text in texts(card["body"]))
    # At last facts give way, the specification's never.
    facts = tuple((f"Feit {number}", "😀" * 400) for number in range(30))
    card = card_of(notification(mentions=people, preview="😀" * 3000, facts=facts))
    assert 4 < len(card["body"][2]["facts"]) < 34
    assert [fact["value"] for fact in card["body"][2]["facts"]][:2] == ["chargecars", "operations"]


words = st.text(max_size=3000)
pairs = st.lists(st.tuples(st.text(max_size=300), words), max_size=40).map(tuple)


@settings(max_examples=60, deadline=None)
@given(title=words, preview=words, facts=pairs, mentions=pairs, factor=st.integers(1, 20))
def test_whatever_is_said_the_card_fits_and_is_whole(
    title: str, preview: str, facts: Any, mentions: Any, factor: int
) -> None:
    given = notification(title=title, preview=preview * factor, facts=facts, mentions=mentions)
    encoded = envelope(given)
    assert len(encoded) <= MAX_BYTES
    card = json.loads(encoded)["attachments"][0]["content"]
    assert broken_mentions(card) == []
