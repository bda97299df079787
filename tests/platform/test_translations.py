from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.utils import translation

from chargecars.translations import BASE_DIR, compile_translations

_CATALOGUES = sorted(BASE_DIR.glob("locale/*/LC_MESSAGES/*.po"))
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.mark.parametrize("path", _CATALOGUES, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_translations_are_certain_and_keep_their_placeholders(path: Path) -> None:
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    assert [message.id for message in messages if message.fuzzy] == []
    assert [message.id for message in messages if not _same_placeholders(message)] == []


def _same_placeholders(message: Message) -> bool:
    sources = message.id if isinstance(message.id, tuple | list) else [message.id]
    targets = message.string if isinstance(message.string, tuple | list) else [message.string]
    wanted = [set(_PLACEHOLDER.findall(source)) for source in sources]
    return all(not target or set(_PLACEHOLDER.findall(target)) in wanted for target in targets)


def test_catalogues_are_compiled_when_they_are_newer_and_only_then(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "nl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Language: nl\\n"\n\nmsgid "Inbox"\nmsgstr "Postvak"\n'
    )
    assert compile_translations(tmp_path) == [folder / "django.mo"]
    assert compile_translations(tmp_path) == []
    shutil.copystat(folder / "django.mo", folder / "django.po")
    assert [path.name for path in folder.iterdir() if path.suffix not in {".po", ".mo"}] == []


def test_dutch_is_the_language_unless_english_is_asked_for() -> None:
    assert translation.get_language() == "nl"
    with translation.override("en"):
        assert translation.gettext("Password") == "Password"
    assert translation.gettext("Password") == "Wachtwoord"
