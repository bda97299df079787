"""The shape of the demo's template texts; the words are in `texts_nl` and `texts_en`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A template of every demo brand. `medium` "": for every medium."""

    code: str
    name: str
    situation: str
    content: str
    medium: str = ""
    subject: str = ""
    language: str = "nl"
    provider_name: str = ""
    provider_category: str = ""
    provider_variables: tuple[str, ...] = ()
