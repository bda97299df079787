"""Every golden payload against what it says; `<name>.expected.json` names the fields that matter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from channels_app.providers.base import AccountEvent, InboundMessage, StatusUpdate
from channels_app.providers.whatsapp.parsing import parse_exchange

from .conftest import RECEIVED_AT

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json") if not path.stem.endswith(".expected"))


def message_as_json(message: InboundMessage) -> dict[str, Any]:
    return {
        "account": message.account,
        "external_id": message.external_id,
        "sent_at": message.sent_at.isoformat(),
        "identifiers": [[identifier.kind, identifier.value] for identifier in message.sender.identifiers],
        "name": message.sender.name,
        "recipients": [party.address for party in message.recipients],
        "kind": message.kind,
        "body": message.body,
        "reply_to": message.reply_to,
        "data": message.data,
        "automated": message.automated,
        "echo": message.echo,
        "historic": message.historic,
        "attachments": [
            {
                "name": attachment.name,
                "content_type": attachment.content_type,
                "content": attachment.content,
                "media_id": attachment.media_id,
                "sha256": attachment.sha256,
            }
            for attachment in message.attachments
        ],
    }


def status_as_json(status: StatusUpdate) -> dict[str, Any]:
    failure = status.failure
    return {
        "account": status.account,
        "external_id": status.external_id,
        "state": status.state,
        "at": status.at.isoformat(),
        "message_id": str(status.message_id) if status.message_id else None,
        "failure": {"code": failure.code, "text": failure.text, "permanent": failure.permanent}
        if failure
        else None,
        "data": status.data,
    }


def event_as_json(event: AccountEvent) -> dict[str, Any]:
    return {
        "account": event.account,
        "kind": event.kind,
        "reference": event.reference,
        "text": event.text,
        "severity": event.severity,
        "business_account": event.business_account,
        "data": event.data,
    }


def narrowed(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was found, reduced to the fields that the expectation names, element by element."""
    if len(found) != len(expected):
        return found
    return [
        {
            key: {name: item["data"].get(name) for name in wanted["data_has"]}
            if key == "data_has"
            else item[key]
            for key in wanted
        }
        for item, wanted in zip(found, expected, strict=True)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_payload_says_what_is_expected(name: str) -> None:
    parsed = parse_exchange((GOLDEN / f"{name}.json").read_bytes(), RECEIVED_AT)
    expected = json.loads((GOLDEN / f"{name}.expected.json").read_text())

    messages = [message_as_json(message) for message in parsed.messages]
    statuses = [status_as_json(status) for status in parsed.statuses]
    events = [event_as_json(event) for event in parsed.events]

    assert narrowed(messages, expected.get("messages", [])) == expected.get("messages", [])
    assert narrowed(statuses, expected.get("statuses", [])) == expected.get("statuses", [])
    assert narrowed(events, expected.get("events", [])) == expected.get("events", [])


def test_every_golden_payload_has_an_expectation() -> None:
    assert [name for name in NAMES if not (GOLDEN / f"{name}.expected.json").exists()] == []
