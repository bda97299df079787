"""Notifications for the Teams tests, and what to look for on a card."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from channels_app.providers.base import Notification
from channels_app.providers.teams import envelope

NOTIFICATION = Notification(
    notification_id=UUID("00000000-0000-4000-8000-000000000009"),
    event="new_thread",
    title="Nieuw gesprek van Jan Jansen",
    entity_name="chargecars",
    channel_name="operations",
    priority="Hoog",
    occurred_at=datetime(2025, 5, 31, 12, 5, 9, tzinfo=UTC),
    preview="Mijn laadpaal doet het niet.\nKunt u komen?",
    facts=(("Waarom hier", "storing"),),
    actions=(
        ("Gesprek openen", "https://kanalen.example/t/1"),
        ("Oppakken", "https://kanalen.example/c/abc"),
    ),
    mentions=(("Anna de Vries", "anna@chargecars.example"), ("Bas", "bas@chargecars.example")),
)


def notification(**changes: Any) -> Notification:
    return replace(NOTIFICATION, **changes)


def message_of(given: Notification, language: str = "nl") -> dict[str, Any]:
    return json.loads(envelope(given, language))


def card_of(given: Notification) -> dict[str, Any]:
    return message_of(given)["attachments"][0]["content"]


def texts(element: Any) -> list[str]:
    """Every text on a card that Teams shows, in order."""
    if isinstance(element, dict):
        found = [
            value
            for name, value in element.items()
            if name in ("text", "title", "value") and isinstance(value, str)
        ]
        return found + [text for name, value in element.items() if name != "msteams" for text in texts(value)]
    if isinstance(element, list):
        return [text for item in element for text in texts(item)]
    return []
