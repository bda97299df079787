"""A notification as an Adaptive Card in the envelope that a Teams workflow takes.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format and
http://adaptivecards.io/schemas/adaptive-card.json, version 1.5. Plain dictionaries: the card is small,
and trimming it to Teams' limit means measuring exactly what is sent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.providers.base import JSON, Notification
from channels_app.providers.teams.config import AMSTERDAM
from channels_app.providers.teams.text import ELLIPSIS, literal, plain, shorten

MAX_BYTES = 28_000  # Teams refuses more than 28 KB, the envelope included
MAX_TITLE = 250
MAX_FACT = 500
MAX_FACTS = 30
MAX_PREVIEW = 4_000
MAX_LINES = 40
MAX_ACTIONS = 6  # Teams shows no more
MAX_LABEL = 60
MAX_URL = 2_048
MAX_MENTIONS = 50

_ALARMING = frozenset({"emergency", "urgent", "critical", "high", "spoed", "hoog", "kritiek"})


@dataclass(frozen=True, slots=True)
class _Content:
    """What goes on the card, already made harmless; trimming shortens it."""

    title: str
    subtitle: str
    alarming: bool
    own_facts: tuple[tuple[str, str], ...]  # of the specification; never dropped
    more_facts: tuple[tuple[str, str], ...]
    preview: str
    mentions: tuple[tuple[str, str], ...]  # (text between the <at> tags, user principal name)
    dropped_mentions: int
    actions: tuple[tuple[str, str], ...]


def envelope(notification: Notification, language: str = "nl") -> bytes:
    """The body to post: JSON in UTF-8, at most MAX_BYTES.

    What does not fit is left out whole: mentions first, then the end of the preview, then facts.
    """
    with translation.override(language):
        content = _content(notification)
        encoded = _encoded(content)
        while len(encoded) > MAX_BYTES and content.mentions:
            content = replace(
                content, mentions=content.mentions[:-1], dropped_mentions=content.dropped_mentions + 1
            )
            encoded = _encoded(content)
        while len(encoded) > MAX_BYTES and content.preview:
            # Every character costs at least one byte, an escaped one up to six.
            excess = max((len(encoded) - MAX_BYTES) // 6, 50)
            shorter = len(content.preview) - excess
            content = replace(content, preview=shorten(content.preview, shorter) if shorter > 1 else "")
            encoded = _encoded(content)
        while len(encoded) > MAX_BYTES and content.more_facts:
            content = replace(content, more_facts=content.more_facts[:-1])
            encoded = _encoded(content)
        while len(encoded) > MAX_BYTES and content.actions:
            content = replace(content, actions=content.actions[:-1])
            encoded = _encoded(content)
    return encoded


def dutch_time(moment: datetime) -> str:
    """The moment in Amsterdam as JavaScript's `toLocaleString('nl-NL')` writes it: 31-5-2025, 14:05:09."""
    local = moment.astimezone(AMSTERDAM)
    return f"{local.day}-{local.month}-{local.year}, {local:%H:%M:%S}"


def _content(notification: Notification) -> _Content:
    entity, channel = literal(notification.entity_name), literal(notification.channel_name)
    priority = literal(notification.priority) or _("Normal")
    mentions = _mentions(notification.mentions)
    return _Content(
        title=shorten(literal(notification.title), MAX_TITLE),
        subtitle=shorten(f"{entity.upper()} - {channel.upper()}", MAX_TITLE),
        alarming=notification.priority.strip().lower() in _ALARMING,
        own_facts=(
            (_("Entity"), shorten(entity, MAX_FACT)),
            (_("Channel"), shorten(channel, MAX_FACT)),
            (_("Priority"), shorten(priority[:1].upper() + priority[1:], MAX_FACT)),
            (_("Time"), dutch_time(notification.occurred_at)),
        ),
        more_facts=tuple(
            (shorten(literal(title), MAX_LABEL), shorten(literal(value), MAX_FACT))
            for title, value in notification.facts[:MAX_FACTS]
        ),
        preview=shorten(plain(notification.preview).strip(), MAX_PREVIEW),
        mentions=mentions[:MAX_MENTIONS],
        dropped_mentions=max(len(mentions) - MAX_MENTIONS, 0),
        actions=tuple(
            (shorten(literal(label), MAX_LABEL), url)
            for label, url in notification.actions
            if url.startswith(("https://", "http://")) and len(url) <= MAX_URL
        )[:MAX_ACTIONS],
    )


def _mentions(users: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Each user once, under a text that no other mention on the card has."""
    found: dict[str, str] = {}
    known: set[str] = set()
    for display_name, principal_name in users:
        principal_name = plain(principal_name).strip()
        if not principal_name or principal_name.lower() in known:
            continue
        known.add(principal_name.lower())
        text = shorten(literal(display_name).removeprefix("@"), MAX_LABEL) or literal(principal_name)
        if text in found:
            text = f"{text} ({literal(principal_name)})"
        found[text] = principal_name
    return tuple(found.items())


def _encoded(content: _Content) -> bytes:
    message = {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": _card(content),
            }
        ],
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _card(content: _Content) -> dict[str, JSON]:
    facts = (*content.own_facts, *content.more_facts)
    body: list[JSON] = [
        {
            "type": "TextBlock",
            "text": content.title,
            "size": "Large",
            "weight": "Bolder",
            "wrap": True,
            "color": "Attention" if content.alarming else "Default",
        },
        {"type": "TextBlock", "text": content.subtitle, "isSubtle": True, "spacing": "None", "wrap": True},
        {"type": "FactSet", "facts": [{"title": title, "value": value} for title, value in facts if value]},
    ]
    if content.preview:
        body.append({"type": "Container", "style": "emphasis", "items": _paragraphs(content.preview)})
    if content.mentions or content.dropped_mentions:
        body.append({"type": "TextBlock", "text": _mention_line(content), "wrap": True})
    card: dict[str, JSON] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "fallbackText": content.title,
        "body": body,
        "msteams": {"width": "Full", "entities": [_entity(text, user) for text, user in content.mentions]},
    }
    if content.actions:
        card["actions"] = [
            {"type": "Action.OpenUrl", "title": label, "url": url} for label, url in content.actions
        ]
    return card


def _paragraphs(preview: str) -> list[JSON]:
    """Text runs, which read no markdown; one block per line."""
    lines = [line for line in map(str.strip, preview.split("\n")) if line]
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], ELLIPSIS]
    return [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]} for line in lines]


def _mention_line(content: _Content) -> str:
    line = " ".join(f"<at>{text}</at>" for text, _user in content.mentions)
    if content.dropped_mentions:
        line = f"{line} +{content.dropped_mentions}".strip()
    return line


def _entity(text: str, principal_name: str) -> dict[str, JSON]:
    return {
        "type": "mention",
        "text": f"<at>{text}</at>",
        "mentioned": {"id": principal_name, "name": text},
    }
