"""Structured MIME fields: a value with parameters (RFC 2045, RFC 2231), as senders really write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from channels_app.providers.email.charsets import decode_text
from channels_app.providers.email.headers import decode_header, raw_bytes

_CONTINUED = re.compile(r"^(?P<name>[^*]+)(?:\*(?P<section>\d{1,3}))?(?P<extended>\*)?$")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Structured:
    """`value` in lower case ("text/plain", "attachment"), parameter names in lower case, values decoded."""

    value: str
    parameters: dict[str, str] = field(default_factory=dict)


def parse_structured(raw: str) -> Structured:
    """Read a Content-Type or Content-Disposition field; never raises."""
    pieces = _split(re.sub(r"[\r\n]+[ \t]*", " ", raw))
    value = next(pieces, "").strip().lower()
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for piece in pieces:
        name, separator, content = piece.partition("=")
        match = _CONTINUED.match(name.strip().lower())
        if not separator or match is None:
            continue
        content = _unquoted(content.strip())
        if match["section"] is None and match["extended"] is None:
            plain.setdefault(match["name"], content)
        else:
            number = int(match["section"] or 0)
            sections.setdefault(match["name"], {})[number] = (match["extended"] is not None, content)
    parameters = {name: _decoded(content) for name, content in plain.items()}
    for name, numbered in sections.items():
        parameters[name] = _joined(numbered)
    return Structured(value=decode_header(value), parameters=parameters)


def _decoded(content: str) -> str:
    # Plain names keep their spaces: two in a row are part of a file's name.
    return (
        content
        if content.isascii() and content.isprintable() and "=?" not in content
        else decode_header(content)
    )


def _split(text: str) -> Iterator[str]:
    start = 0
    quoted = False
    for position, character in enumerate(text):
        if character == '"' and (position == 0 or text[position - 1] != "\\"):
            quoted = not quoted and '"' in text[position + 1 :]
        elif character == ";" and not quoted:
            yield text[start:position]
            start = position + 1
    yield text[start:]


def _unquoted(content: str) -> str:
    if content.startswith('"'):
        end = content.rfind('"')
        content = content[1:end] if end > 0 else content[1:]
        return _ESCAPED.sub(r"\1", content)
    return content.strip("'") if content.startswith("'") and content.endswith("'") else content


def _joined(numbered: dict[int, tuple[bool, str]]) -> str:
    """Put continuations together and decode the charset that their first section names."""
    charset = ""
    data = b""
    for position, number in enumerate(sorted(numbered)):
        extended, content = numbered[number]
        if not extended:
            data += raw_bytes(content)
            continue
        if position == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data += unquote_to_bytes(raw_bytes(content))
    text = decode_text(data, charset)
    return decode_header(text) if "=?" in text else " ".join(text.split())
