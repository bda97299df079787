"""The shape of the template texts that a brand starts with; the words are in `texts_nl` and `texts_en`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A template of every new brand. `medium` "": for every medium."""

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
