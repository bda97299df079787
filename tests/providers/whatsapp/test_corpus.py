"""Real payloads that nobody here wrote: all of them are read, and nothing of them is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels_app.providers.base import InboundMessage
from channels_app.providers.whatsapp.parsing import parse_exchange

from .conftest import RECEIVED_AT, corpus_directory

FILES = sorted(
    path
    for path in (corpus_directory() / "whatsapp").glob("*.json")
    if not path.name.startswith("_") and not path.name.endswith(".expected.json")
)
if not FILES:
    pytest.skip("the collected payloads are not here", allow_module_level=True)

MEDIA = ("image", "audio", "video", "document", "sticker", "voice")


def walk(node: Any, name: str) -> Iterator[Any]:
    """Every element of every list called `name`, wherever it is, in the order of the text."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name and isinstance(value, list):
                yield from value
            yield from walk(value, name)
    elif isinstance(node, list):
        for item in node:
            yield from walk(item, name)


def said_by_customer(element: dict[str, Any]) -> str | None:
    """The customer's own words, None where there are none and a summary is made."""
    kind = element["type"]
    content = element.get(kind)
    if kind == "text":
        return str(content["body"])
    if kind in MEDIA:
        return str(content.get("caption", ""))
    if kind == "button":
        return str(content["text"])
    if kind == "reaction":
        return str(content.get("emoji", ""))
    if kind == "interactive" and content and content["type"] in ("button_reply", "list_reply"):
        return str(content[content["type"]]["title"])
    if kind == "system":
        return str(content["body"])
    return None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_message_is_found_once_with_its_text(path: Path) -> None:
    body = path.read_bytes()
    raw = json.loads(body)
    parsed = parse_exchange(body, RECEIVED_AT)

    distinct = []
    for element in [*walk(raw, "messages"), *walk(raw, "message_echoes")]:
        if element not in distinct:
            distinct.append(element)
    assert Counter(element["id"] for element in distinct) == Counter(
        message.external_id for message in parsed.messages
    )
    for element, message in zip(distinct, parsed.messages, strict=True):
        said = said_by_customer(element)
        if said is not None:
            assert message.body == said
        assert_keeps_the_rest(element, message)


def assert_keeps_the_rest(element: dict[str, Any], message: InboundMessage) -> None:
    kind = element["type"]
    if "timestamp" in element and str(element["timestamp"]).isdigit():
        assert message.sent_at == datetime.fromtimestamp(int(element["timestamp"]), UTC)
    if kind in MEDIA:
        (attachment,) = message.attachments
        assert attachment.media_id == element[kind]["id"]
    if "id" in element.get("context", {}) and kind not in ("reaction", "edit", "revoke"):
        assert message.reply_to == element["context"]["id"]
    for key in ("referral", "group_id", "errors", "order", "location", "interactive", "unsupported"):
        if key in element:
            assert message.data[key] == element[key]
    if str(element.get("from", "")).isdigit():
        assert message.sender.address == f"+{element['from']}"
    if "from_user_id" in element:
        assert element["from_user_id"] in [identifier.value for identifier in message.sender.identifiers]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_status_and_every_piece_of_news_is_found(path: Path) -> None:
    body = path.read_bytes()
    raw = json.loads(body)
    parsed = parse_exchange(body, RECEIVED_AT)

    statuses = list(walk(raw, "statuses"))
    news = [event for event in parsed.events if event.data in statuses]
    assert len(parsed.statuses) + len(news) == len(statuses)
    changes = list(walk(raw, "changes"))
    assert bool(changes) == bool(parsed.messages or parsed.statuses or parsed.events)
    assert not [event for event in parsed.events if event.reference.startswith("unreadable")]


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.with_suffix(".expected.json").exists()],
    ids=lambda path: path.stem,
)
def test_what_the_source_project_expects_is_what_we_read(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text())["expected"]
    parsed = parse_exchange(path.read_bytes(), RECEIVED_AT)
    if "external_id" not in expected:
        # The source project refuses these; here they say nothing, or say it without a usable sender.
        return
    (message,) = parsed.messages
    assert message.external_id == expected["external_id"]
    assert message.body == expected.get("text", "")
    assert message.sent_at == datetime.fromisoformat(expected["date"])
    known = expected["urn"].removeprefix("whatsapp:")
    assert known in [identifier.value.removeprefix("+") for identifier in message.sender.identifiers]
