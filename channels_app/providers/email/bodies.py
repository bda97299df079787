"""Which parts of a mail are its text, its HTML and its attachments."""

from __future__ import annotations

import html as html_escape
import re
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, cast

from channels_app.providers.base import InboundAttachment
from channels_app.providers.email.attachments import attachment, name_for, safe_name
from channels_app.providers.email.charsets import clean_text, decode_text
from channels_app.providers.email.headers import text_value
from channels_app.providers.email.html_text import html_to_text
from channels_app.providers.email.invitations import read_invitation
from channels_app.providers.email.structure import Leaf, Tree, content_bytes
from channels_app.providers.email.tnef import is_tnef, read_tnef

MAX_TEXT = 2_000_000  # characters of text or HTML that are kept
_HTML_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_HTML_START = re.compile(r"^\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
# Parts that belong to a report or a signature, not to the conversation.
_NEVER_BODY = frozenset({"text/rfc822-headers", "text/calendar", "text/vcard", "text/x-vcard", "text/csv"})


@dataclass(slots=True)
class Content:
    """What a mail contains. `text` is written text, or made from the HTML where there is none."""

    text: str = ""
    html: str = ""
    text_is_derived: bool = False
    attachments: list[InboundAttachment] = field(default_factory=list)
    calendar: dict[str, Any] | None = None


@dataclass(slots=True)
class _Piece:
    """One alternative of the body: the same words as text, as HTML, or both."""

    text: str = ""
    html: str = ""


def read_content(tree: Tree, *, max_attachment: int) -> Content:
    """Collect body and attachments of a parsed mail. Never raises on what a mail may contain."""
    content = Content()
    pieces: list[_Piece] = []
    alternatives: dict[int, _Piece] = {}
    for leaf in tree.leaves:
        if leaf.content_type == "text/calendar" and content.calendar is None:
            content.calendar = read_invitation(content_bytes(leaf.part), leaf.parameters.get("method", ""))
        if _is_body(leaf):
            _add_body(leaf, pieces, alternatives)
        elif is_tnef(leaf.content_type, leaf.filename):
            _add_tnef(leaf, pieces, content, max_attachment)
        else:
            content.attachments.append(_attached(leaf, max_attachment))
    if not pieces:
        _promote_named_text(tree, pieces)
    _join(pieces, content)
    return content


def _promote_named_text(tree: Tree, pieces: list[_Piece]) -> None:
    """Where nothing else is there to read, a text part with a name is the message, and stays a file too."""
    for leaf in tree.leaves:
        if leaf.content_type in ("text/plain", "text/html") and not leaf.is_attachment:
            _add_body(leaf, pieces, {})


def _is_body(leaf: Leaf) -> bool:
    if leaf.is_attachment or leaf.content_type in _NEVER_BODY or not leaf.content_type.startswith("text/"):
        return False
    if leaf.content_type not in ("text/plain", "text/html", "text/enriched", "text/richtext"):
        return leaf.alternative is None and not leaf.filename and leaf.disposition != "inline"
    # A named text part beside others is a file; as the whole mail, or as an alternative, it is the body.
    return not leaf.filename or leaf.alternative is not None or not leaf.parent_type


def _add_body(leaf: Leaf, pieces: list[_Piece], alternatives: dict[int, _Piece]) -> None:
    text = _text_of(leaf)
    is_html = leaf.content_type == "text/html" or bool(
        leaf.content_type == "text/plain" and _HTML_START.match(text)
    )
    if leaf.content_type in ("text/enriched", "text/richtext"):
        text = re.sub(r"<[^<>]{0,200}>", "", text)
    piece = alternatives.get(leaf.alternative) if leaf.alternative is not None else None
    if piece is None:
        piece = _Piece()
        pieces.append(piece)
        if leaf.alternative is not None:
            alternatives[leaf.alternative] = piece
    if leaf.content_type in ("text/enriched", "text/richtext") and any(
        other.text or other.html for other in pieces
    ):
        return
    if is_html:
        piece.html = f"{piece.html}\n{text}" if piece.html else text
    else:
        piece.text = f"{piece.text}\n{text}" if piece.text else text


def _text_of(leaf: Leaf) -> str:
    data = content_bytes(leaf.part)
    label = leaf.parameters.get("charset", "")
    if leaf.content_type == "text/html" and not label:
        declared = _HTML_CHARSET.search(data[:4096])
        label = declared[1].decode("ascii", "replace") if declared else ""
    text = clean_text(decode_text(data[: MAX_TEXT * 4], label))
    if (
        leaf.parameters.get("format", "").lower() == "flowed"
        and leaf.parameters.get("delsp", "").lower() == "yes"
    ):
        text = text.replace(" \n", "")
    return text[:MAX_TEXT]


def _add_tnef(leaf: Leaf, pieces: list[_Piece], content: Content, max_attachment: int) -> None:
    """Unpack winmail.dat; the file itself is kept only where nothing could be read from it."""
    data = content_bytes(leaf.part)
    inner = read_tnef(data)
    if not any(piece.text.strip() or piece.html.strip() for piece in pieces) and (inner.text or inner.html):
        pieces.append(_Piece(text=inner.text[:MAX_TEXT], html=inner.html[:MAX_TEXT]))
    for name, file_data in inner.files:
        content.attachments.append(
            attachment(safe_name(name), "application/octet-stream", file_data, max_size=max_attachment)
        )
    if not (inner.files or inner.text or inner.html):
        content.attachments.append(_attached(leaf, max_attachment))


def _attached(leaf: Leaf, max_attachment: int) -> InboundAttachment:
    name = safe_name(leaf.filename)
    if not name:
        description = text_value(leaf.part, "content-description")
        payload = leaf.part.get_payload()
        if leaf.content_type == "message/rfc822" and isinstance(payload, list) and payload:
            description = text_value(cast("Message", payload[0]), "subject") or description
        name = name_for(leaf.content_type, description)
    data = content_bytes(leaf.part)
    return attachment(name, leaf.content_type, data, content_id=leaf.content_id, max_size=max_attachment)


def _join(pieces: list[_Piece], content: Content) -> None:
    has_text = any(piece.text.strip() for piece in pieces)
    content.html = (
        "\n".join(
            piece.html or f"<div style='white-space:pre-wrap'>{html_escape.escape(piece.text)}</div>"
            for piece in pieces
            if piece.html or piece.text.strip()
        )
        if any(piece.html for piece in pieces)
        else ""
    )
    texts = [piece.text if piece.text.strip() else html_to_text(piece.html) for piece in pieces]
    content.text = "\n".join(text.rstrip() for text in texts if text.strip())[:MAX_TEXT]
    content.text_is_derived = not has_text and bool(content.text)
