"""How departments are called in running text; the code is what the configuration uses."""

from __future__ import annotations

from typing import Literal

Language = Literal["nl", "en"]

_NAMES: dict[str, dict[Language, str]] = {
    "support": {"nl": "support", "en": "support"},
    "sales": {"nl": "verkoop", "en": "sales"},
    "admin": {"nl": "administratie", "en": "administration"},
    "operations": {"nl": "planning", "en": "planning"},
    "emergency": {"nl": "de spoeddienst", "en": "the emergency desk"},
}


def department_name(code: str, language: Language) -> str:
    """The name of a department inside a sentence, the code itself where no name is known."""
    names = _NAMES.get(code)
    return names[language] if names else code


def join_words(words: list[str], language: Language, conjunction: Literal["and", "or"] = "and") -> str:
    """ "a", "a en b", "a, b of c"."""
    if len(words) < 2:
        return "".join(words)
    glue = {"nl": {"and": "en", "or": "of"}, "en": {"and": "and", "or": "or"}}[language][conjunction]
    return f"{', '.join(words[:-1])} {glue} {words[-1]}"
