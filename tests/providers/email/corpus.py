"""The collected mails and what their source projects assert of them, compared with what we read.

Rules of comparison: the source project's own assertion counts first, agreement of parsers where it makes none
and the field is not disputed. Text is compared without white space and, where the assertion is sanitised HTML,
as the text of that HTML. Where parsers agree that there is "no text" because the mail has only HTML, nothing is
compared, since we make text of it on purpose.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from channels_app.providers.base import InboundMessage
from channels_app.providers.email.html_text import html_to_text
from channels_app.providers.email.parsing import MailContext, parse_mail
from channels_app.providers.email.quoting import split_body, split_html
from channels_app.providers.email.signatures import without_signature

RECEIVED_AT = datetime(2026, 5, 22, 10, 0, 5, tzinfo=UTC)
CORPUS = Path(os.environ.get("CORPUS_DIR", Path(__file__).parents[3].parent / "shared" / "corpus")) / "email"
needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the collected mails are not beside the checkout"
)

_MARKUP = re.compile(r"<(p|div|br|a|span|html|blockquote|b|ul|table)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field of one mail: what was asserted and what was read."""

    mail: str
    field: str
    expected: str
    actual: str
    right: bool


@cache
def mails() -> tuple[Path, ...]:
    return tuple(sorted(CORPUS.glob("*.eml")))


def read(path: Path) -> InboundMessage:
    context = MailContext(account="desk@chargecars.example", received_at=RECEIVED_AT)
    return parse_mail(path.read_bytes(), context).messages[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a mail, parsed or stored."""

    sender: str
    subject: str
    message_id: str
    attachments: tuple[str, ...]
    body: str
    automated: str


def parsed(path: Path) -> Reading:
    message = read(path)
    return Reading(
        sender=message.sender.address,
        subject=message.subject,
        message_id=message.external_id,
        attachments=tuple(attachment.name for attachment in message.attachments),
        body=message.body,
        automated=message.automated or "",
    )


@cache
def comparisons() -> tuple[Comparison, ...]:
    return tuple(comparison for path in mails() for comparison in compared(path, parsed(path)))


def share(field: str) -> tuple[int, int]:
    """(right, compared) of one field over all mails."""
    chosen = [comparison for comparison in comparisons() if comparison.field == field]
    return sum(comparison.right for comparison in chosen), len(chosen)


def compared(path: Path, message: Reading) -> Iterator[Comparison]:
    """The fields of a mail that its source project says something about, beside what was read."""
    asserted = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    peer = (asserted.get("peer") or {}).get("values") or {}
    agreed = asserted["consensus"]
    disputed = " ".join(agreed["disagreement"])
    name = path.stem

    def field(name_of_field: str, expected: object, actual: object, right: bool) -> Comparison:
        return Comparison(name, name_of_field, str(expected), str(actual), right)

    senders = _senders(peer) or ([] if "from" in disputed else agreed.get("from") or [])
    if senders:
        yield field("sender", senders, message.sender, message.sender in senders)
    subject = peer.get("subject", peer.get("Subject"))
    if subject is None and "subject" not in disputed:
        subject = agreed.get("subject")
    if subject is not None:
        yield field("subject", subject, message.subject, _plain(subject) == _plain(message.subject))
    identifier = peer.get("message_id") or peer.get("Message-ID")
    if identifier is None and "message_id" not in disputed:
        identifier = agreed.get("message_id")
    if identifier:
        same = identifier.strip("<> ") == message.message_id.strip("<> ")
        yield field("message id", identifier, message.message_id, same)
    names = _attachment_names(peer)
    if names is None and "attachment" not in disputed and "attachment_filenames" in agreed:
        names = [found for found in agreed["attachment_filenames"] if found]
    if names is not None:
        ours = message.attachments
        yield field("attachment names", sorted(names), sorted(ours), not set(names) - set(ours))
    text = _peer_text(peer)
    if text is None and "text" not in disputed:
        text = agreed.get("text_ws_normalised") or None
    if text:
        ours = _tight(message.body)
        wanted = _tight(text)
        # Agreed text was stored up to 4,000 characters.
        right = ours == wanted or (len(text) >= 4_000 and ours.startswith(wanted[:3_500]))
        yield field("text", _plain(text), _plain(message.body), right)
    if "is_bounce" in peer:
        yield field(
            "bounce",
            peer["is_bounce"],
            message.automated,
            peer["is_bounce"] == (message.automated == "bounce"),
        )
    if peer.get("is_auto_reply"):
        yield field("automatic answer", True, message.automated, bool(message.automated))


def _senders(peer: dict[str, Any]) -> list[str]:
    if peer.get("from_email"):
        return [peer["from_email"].lower()]
    if isinstance(peer.get("From"), dict):
        return [peer["From"]["email"].lower()]
    boxes = peer.get("from")
    if isinstance(boxes, list):
        return [box["address"].lower() for box in boxes if isinstance(box, dict) and box.get("address")]
    return []


def _attachment_names(peer: dict[str, Any]) -> list[str] | None:
    attachments = peer.get("attachments")
    if isinstance(attachments, list):
        return [item["filename"] for item in attachments if not item["synthetic"]]
    return None


def _peer_text(peer: dict[str, Any]) -> str | None:
    if "body" in peer and not peer.get("body_truncated"):
        body = str(peer["body"]).replace("no visible content", "")
        return (html_to_text(body) if peer.get("content_type") == "text/html" else body) or None
    if isinstance(peer.get("text_body"), list):
        return "".join(peer["text_body"])
    return peer.get("text_expected") or (peer.get("text") if "inline_files" in peer else None)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _tight(text: str) -> str:
    return re.sub(r"[\s\u200b\ufeff]+", "", html_to_text(text) if _MARKUP.search(text) else text)


@cache
def reply_comparisons() -> tuple[Comparison, ...]:
    """The reply texts whose new part the source project states in full."""
    return tuple(
        comparison
        for path in sorted((CORPUS / "reply").glob("*.expected.json"))
        for comparison in _compared_reply(path)
    )


def _compared_reply(path: Path) -> Iterator[Comparison]:
    name = path.name.removesuffix(".expected.json")
    source = next(found for found in path.parent.glob(f"{name}.*") if found.suffix != ".json")
    text = source.read_text(encoding="utf-8")
    expected = json.loads(path.read_text(encoding="utf-8"))["expected"]
    family = name.split("__")[0]
    if family == "trimmer":
        wanted, ours = expected.get("trimmed", ""), split_body(text).new_text
        yield Comparison(name, "new part", _plain(wanted), _plain(ours), _plain(wanted) == _plain(ours))
    elif family in ("talonhtml", "mailspring"):
        wanted = expected["reply"] if family == "talonhtml" else html_to_text(expected["stripped_html"])
        ours = re.sub(r"(?m)^>+ ?", "", split_html(text).new_text)
        # These two keep signatures, which we strip: either reading of their text is right.
        unsigned = "\n".join(without_signature(wanted.split("\n")))
        right = _tight(ours) in (_tight(wanted), _tight(unsigned))
        yield Comparison(name, "new part", _plain(wanted), _plain(ours), right)
    elif family == "mpr":
        ours = split_body(text).new_text
        claims = [claim for case in expected for claim in case["asserts"] if "replies[0].body" in claim]
        claims = [claim for claim in claims if not claim.startswith("#")]
        if claims:
            yield Comparison(
                name, "new part", "; ".join(claims), ours, all(_holds(claim, ours) for claim in claims)
            )
    elif family == "fwd":
        ours = split_body(text).new_text
        yield Comparison(
            name, "new part", f"without: {expected['body_starts']}", ours, expected["body_starts"] not in ours
        )


_CLAIM = re.compile(
    r'self\.assert(?P<kind>True|In|NotIn)\("(?P<text>.*?)"(?:,| in| not in| ==)?\s*(?P<rest>.*)\)$', re.DOTALL
)


def _holds(claim: str, ours: str) -> bool:
    """Evaluate one assertion of a peer's test about the newest body, without running its code."""
    match = _CLAIM.match(claim)
    assert match is not None, claim
    text = match["text"].replace("\\n", "\n")
    if " == mail" in claim:
        return _plain(text) == _plain(ours)
    absent = match["kind"] == "NotIn" or '" not in mail' in claim
    return (text in ours) != absent
