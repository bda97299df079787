"""Address lists of From, To, Cc and Reply-To, read generously (RFC 5322, and what is sent instead)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels_app.providers.email.headers import decode_header, raw_bytes

_BARE = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+")
_ENCODED = re.compile(r"=\?[^?\s]+\?[bBqQ]\?.*?\?=", re.DOTALL)
_WHITESPACE = re.compile(r"\s+")
MAX_ADDRESSES = 500


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name ("" when none was given) and an address as written, "" for a name alone."""

    name: str
    address: str


def mailboxes(raw: str, *, fallback: str = "cp1252") -> tuple[Mailbox, ...]:
    """Every mailbox of an address list, groups flattened, encoded words decoded after splitting.

    fallback: as in `decode_header`.
    """
    found = [_mailbox(entry, fallback) for entry in _entries(raw)]
    result = tuple(box for box in found if box is not None)[:MAX_ADDRESSES]
    if not any(box.address for box in result) and "=?" in raw:
        # The whole field, angle brackets included, was put into encoded words.
        inside = [_mailbox(entry, fallback) for entry in _entries(decode_header(raw))]
        again = tuple(box for box in inside if box is not None)
        if any(box.address for box in again):
            return again[:MAX_ADDRESSES]
    return result


def _entries(raw: str) -> Iterator[str]:
    """Cut a list at commas and semicolons outside quotes, comments, brackets and encoded words."""
    current: list[str] = []
    quoted = False
    depth = 0
    angle = False
    position = 0
    while position < len(raw):
        word = None if quoted else _ENCODED.match(raw, position) if raw.startswith("=?", position) else None
        if word:
            current.append(word[0])
            position = word.end()
            continue
        character = raw[position]
        position += 1
        if character == "\\" and (quoted or depth):
            current.append(raw[position - 1 : position + 1])
            position += 1
            continue
        if character == '"' and not depth:
            quoted = not quoted and '"' in raw[position:]
        elif not quoted:
            if character == "(":
                depth += ")" in raw[position:]
            elif character == ")" and depth:
                depth -= 1
            elif character == "<":
                angle = ">" in raw[position:]
            elif character == ">":
                angle = False
            elif character in ",;" and not depth and not angle:
                yield "".join(current)
                current = []
                continue
            elif character == ":" and not depth and not angle and _is_group_name("".join(current)):
                current = []
                continue
        current.append(character)
    yield "".join(current)


def _is_group_name(text: str) -> bool:
    return "@" not in text and text.strip().lower() not in ("mailto", "smtp")


def _mailbox(entry: str, fallback: str) -> Mailbox | None:
    entry = _WHITESPACE.sub(" ", entry).strip()
    if not entry:
        return None
    start = entry.rfind("<")
    if start >= 0:
        end = entry.find(">", start)
        address = entry[start + 1 : end if end >= 0 else len(entry)]
        name = entry[:start] or (entry[end + 1 :] if end >= 0 else "")
        return _named(name, address, fallback)
    comment = ""
    if "(" in entry:
        head, _, tail = entry.partition("(")
        comment = tail.rsplit(")", 1)[0]
        entry = (head + (tail.rsplit(")", 1)[1] if ")" in tail else "")).strip()
    if "@" not in entry:
        return _named(entry, "", fallback) if entry else None
    bare = _BARE.search(entry)
    if bare is None or _WHITESPACE.sub("", entry) == bare[0]:
        return _named(comment, entry, fallback)
    return _named(comment or entry.replace(bare[0], " "), bare[0], fallback)


def _named(name: str, address: str, fallback: str) -> Mailbox | None:
    display = decode_header(_unquoted(name.strip()), fallback=fallback)
    spelled = decode_header(address) if "=?" in address else raw_bytes(address).decode("utf-8", "replace")
    clean = _WHITESPACE.sub("", spelled).strip("<>'\"\\,;").removeprefix("mailto:").rstrip(".")
    display = display.strip(" \t'\"") if display.strip(" \t'\"") else ""
    if not clean and not display:
        return None
    return Mailbox(name=display if display != clean else "", address=clean.replace("\x00", ""))


def _unquoted(name: str) -> str:
    if '"' not in name:
        return name
    return re.sub(r"\\(.)", r"\1", re.sub(r'(?<!\\)"', "", name))
