"""Staff and customers read Dutch: every text of the project stands in the catalogue, translated."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from channels_app.providers.registry import PROVIDERS

ROOT = Path(__file__).resolve().parents[2]
APPS = ("chargecars", "channels_app", "routing", "analytics")
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_lazy": None, "ngettext_lazy": (1, 2), "_now": None}


def texts_of_python() -> Iterator[tuple[str, str]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _texts(path, path.read_bytes())


def texts_of_templates() -> Iterator[tuple[str, str]]:
    for folder in (ROOT / "templates", *(ROOT / app / "templates" for app in APPS)):
        for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
            # Django turns a template into something like Python; its indentation means nothing.
            source = templatize(path.read_text(), origin=str(path))
            yield from _texts(path, "\n".join(map(str.strip, source.splitlines())).encode())


def texts_of_settings() -> Iterator[tuple[str, str]]:
    for provider in PROVIDERS.values():
        yield provider.code, provider.label
        for name, info in provider.Config.model_fields.items():
            yield f"{provider.code}.{name}", info.title or ""
            if info.description:
                yield f"{provider.code}.{name}", info.description


def _texts(path: Path, source: bytes) -> Iterator[tuple[str, str]]:
    for line, message, _comments, _context in extract("python", io.BytesIO(source), KEYWORDS):
        text = message[0] if isinstance(message, tuple) else message
        if text:
            yield f"{path.relative_to(ROOT)}:{line}", text


@pytest.mark.parametrize("texts", [texts_of_python, texts_of_templates, texts_of_settings])
def test_every_text_is_translated(texts: object) -> None:
    assert callable(texts)
    with (ROOT / "locale/nl/LC_MESSAGES/django.po").open("rb") as file:
        translated = {
            message.id[0] if isinstance(message.id, tuple | list) else message.id
            for message in read_po(file)
            if message.string and all([message.string] if isinstance(message.string, str) else message.string)
        }
    missing = {text: where for where, text in texts() if text not in translated}
    assert missing == {}
