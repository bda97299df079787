"""The tree of a MIME message as a flat list of leaves, with limits that hold whatever is sent."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.generator import BytesGenerator
from email.message import Message
from io import BytesIO

from channels_app.providers.email.headers import decode_base64, decode_header, raw_bytes, raw_values
from channels_app.providers.email.parameters import Structured, parse_structured

MAX_PARTS = 500
MAX_DEPTH = 30
MAX_MULTIPARTS = 200
MAX_HEADER_BLOCK = 256 * 1024

_MULTIPART = re.compile(rb"multipart/", re.IGNORECASE)
_MESSAGE_PART = re.compile(rb"content-type:\s*message/", re.IGNORECASE)
HEADER_END = re.compile(rb"\r?\n\r?\n|\r\r")
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|From ")
_KNOWN_HEADER = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+|received|reply-to|return-path|"
    rb"in-reply-to|references|x-[^\r\n:]{1,200})[ \t]*:",
    re.IGNORECASE,
)
_FOUND_BOUNDARY = re.compile(r"^--([^\s\"]{1,70})[ \t]*\r?\n(?=content-)", re.IGNORECASE | re.MULTILINE)
_TRANSFER_JUNK = re.compile(rb"[^A-Za-z0-9-]")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part that holds content. `alternative` numbers the multipart/alternative it stands in, if any."""

    part: Message
    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    content_id: str
    alternative: int | None
    parent_type: str

    @property
    def is_attachment(self) -> bool:
        return self.disposition == "attachment"


@dataclass(frozen=True, slots=True)
class Tree:
    message: Message
    leaves: tuple[Leaf, ...]
    charset: str = ""  # label of the first text part, a hint for unlabelled text elsewhere
    notes: tuple[str, ...] = ()  # codes of what was not read: too_complex, too_many_parts, too_deep


def parse_tree(raw: bytes) -> Tree:
    """Parse raw mail and list its leaves. A mail nested beyond reason is kept as headers only."""
    if len(_MULTIPART.findall(raw)) > MAX_MULTIPARTS or len(_MESSAGE_PART.findall(raw)) > MAX_MULTIPARTS:
        return Tree(headers_only(raw), (), notes=("too_complex",))
    try:
        message = message_from_bytes(_without_envelope(raw), policy=policy.compat32)
    except (RecursionError, ValueError, IndexError, TypeError, AssertionError):
        # The standard parser is recursive and has defects of its own; the headers are still worth having.
        return Tree(headers_only(raw), (), notes=("unreadable",))
    notes: list[str] = []
    leaves: list[Leaf] = []
    counter = [0]
    for leaf in _leaves(message, 0, None, "", "", counter, notes):
        if len(leaves) >= MAX_PARTS:
            notes.append("too_many_parts")
            break
        leaves.append(leaf)
    labels = (leaf.parameters.get("charset", "") for leaf in leaves if leaf.content_type.startswith("text/"))
    charset = next((label for label in labels if label), "")
    return Tree(message, tuple(leaves), charset, tuple(dict.fromkeys(notes)))


def headers_only(raw: bytes) -> Message:
    """The top header block alone, for a mail that is too large or too tangled to parse."""
    head = _without_envelope(raw[:MAX_HEADER_BLOCK])
    end = HEADER_END.search(head)
    return message_from_bytes(head[: end.start()] + b"\r\n\r\n" if end else head, policy=policy.compat32)


def _without_envelope(raw: bytes) -> bytes:
    """Drop what stands before the first header, and mend a header block with foreign lines in it.

    The standard parser ends the headers at the first line that is none. Where more headers follow such a
    line it was a continuation that lost its indent.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    end = HEADER_END.search(raw, 0, MAX_HEADER_BLOCK)
    head = raw[: end.start()] if end else raw[:MAX_HEADER_BLOCK]
    lines = head.splitlines(keepends=True)
    known = [number for number, line in enumerate(lines) if _KNOWN_HEADER.match(line)]
    if not known or all(_HEADER_LINE.match(line) for line in lines):
        return raw
    mended = [
        line if _HEADER_LINE.match(line) or number > known[-1] else b" " + line
        for number, line in enumerate(lines)
    ]
    while mended and not _HEADER_LINE.match(lines[0]):
        lines, mended = lines[1:], mended[1:]
    return b"".join(mended) + raw[len(head) :]


def structured(part: Message, name: str) -> Structured:
    values = raw_values(part, name)
    return parse_structured(values[0]) if values else Structured("")


def _leaves(
    part: Message,
    depth: int,
    alternative: int | None,
    parent_type: str,
    charset: str,
    counter: list[int],
    notes: list[str],
) -> Iterator[Leaf]:
    content = structured(part, "content-type")
    # Some senders name the charset of the text only on the multipart around it.
    charset = content.parameters.get("charset") or charset
    content_type = content.value if content.value.count("/") == 1 else _guessed_type(content.value)
    if content_type.startswith("multipart/") and part.is_multipart():
        if depth >= MAX_DEPTH:
            notes.append("too_deep")
            return
        if content_type == "multipart/alternative":
            counter[0] += 1
            alternative = counter[0]
        children = part.get_payload()
        for child in children if isinstance(children, list) else ():
            if not isinstance(child, Message):
                continue
            if alternative is None and _is_emptied_alternative(child):
                counter[0] += 1
                alternative = counter[0]
            yield from _leaves(child, depth + 1, alternative, content_type, charset, counter, notes)
        # A nested multipart with the boundary of its parent ends both; what follows is no epilogue.
        again = _with_found_boundary(part.epilogue)
        if again is not None:
            yield from _leaves(again, depth + 1, alternative, parent_type, charset, counter, notes)
        return
    if content_type.startswith("multipart/"):
        # The boundary is missing or untrue. The content tells what it is, or it is read as plain text.
        again = _with_found_boundary(raw_payload(part))
        if again is not None and depth < MAX_DEPTH:
            yield from _leaves(again, depth + 1, alternative, parent_type, charset, counter, notes)
            return
        content_type = "text/plain"
        if not str(raw_payload(part)).strip():
            return
    if not content.value and parent_type == "multipart/digest":
        content_type = "message/rfc822"
    disposition = structured(part, "content-disposition")
    yield Leaf(
        part=part,
        content_type=content_type,
        parameters={**content.parameters, "charset": charset} if charset else content.parameters,
        disposition=disposition.value.split(" ", 1)[0],
        filename=disposition.parameters.get("filename") or content.parameters.get("name", ""),
        content_id="".join(raw_values(part, "content-id")[:1]).strip().strip("<>").strip(),
        alternative=alternative,
        parent_type=parent_type,
    )


def _is_emptied_alternative(part: Message) -> bool:
    """An alternative with the boundary of its parent, so that its parts came out beside it."""
    return (
        structured(part, "content-type").value == "multipart/alternative"
        and not part.is_multipart()
        and not str(raw_payload(part)).strip()
    )


def _with_found_boundary(payload: object) -> Message | None:
    """Text that holds parts after all, parsed by the boundary that is found in it."""
    match = _FOUND_BOUNDARY.search(payload) if isinstance(payload, str) else None
    if match is None:
        return None
    head = f'Content-Type: multipart/mixed; boundary="{match[1]}"\n\n'.encode("utf-8", "surrogateescape")
    found = message_from_bytes(head + raw_bytes(payload), policy=policy.compat32)
    return found if found.is_multipart() else None


def _guessed_type(value: str) -> str:
    # RFC 2045 5.2: an unreadable type is plain text; "text" alone and "html" occur in practice.
    return "text/html" if value in ("html", "text/htm") else "text/plain"


def raw_payload(part: Message) -> object:
    """The payload as the parser keeps it: children, or text with 8-bit bytes escaped.

    `get_payload` decodes 8-bit text by the label of the part, which loses bytes where the label lies.
    """
    return vars(part).get("_payload")


def content_bytes(part: Message) -> bytes:
    """The content of a leaf after its transfer encoding, whatever state that is in."""
    payload = raw_payload(part)
    if isinstance(payload, list):
        return nested_bytes(part)
    data = raw_bytes(payload)
    encodings = raw_values(part, "content-transfer-encoding")
    encoding = _TRANSFER_JUNK.sub(b"", raw_bytes(decode_header(encodings[0]))).lower() if encodings else b""
    if encoding == b"base64":
        return decode_base64(data) if not _looks_unencoded(data) else data
    if encoding in (b"quoted-printable", b"quotedprintable"):
        return binascii.a2b_qp(data)
    if encoding in (b"x-uuencode", b"uuencode", b"x-uue", b"uue"):
        return _uudecoded(data)
    return data


def _looks_unencoded(data: bytes) -> bool:
    """Labelled base64, but plainly something else: 8-bit bytes, or words with spaces."""
    sample = data[:2000]
    return any(byte > 127 for byte in sample) or sample.strip().count(b" ") > max(3, len(sample) // 20)


def _uudecoded(data: bytes) -> bytes:
    lines = data.splitlines()
    start = next((number + 1 for number, line in enumerate(lines) if line.startswith(b"begin ")), 0)
    decoded = []
    for line in lines[start:]:
        if line.strip() in (b"end", b"`"):
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders that miscount the last line: decode as many bytes as its length character says.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                decoded.append(binascii.a2b_uu(line[:wanted]))
            except binascii.Error:
                continue
    return b"".join(decoded)


def nested_bytes(part: Message) -> bytes:
    """An enclosed message, or the field groups of a delivery report, as bytes again."""
    payload = part.get_payload()
    children = payload if isinstance(payload, list) else [payload]
    pieces = [_flattened(child) for child in children if isinstance(child, Message)]
    return b"\n".join(pieces)


def _flattened(message: Message) -> bytes:
    buffer = BytesIO()
    try:
        BytesGenerator(buffer, mangle_from_=False, maxheaderlen=0, policy=policy.compat32).flatten(message)
    except (LookupError, UnicodeError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        lines = [f"{name}: {value}" for name, value in message.raw_items()]
        payload = message.get_payload()
        body = raw_bytes(payload) if isinstance(payload, str) else b""
        return b"\n".join(raw_bytes(line) for line in lines) + b"\n\n" + body
    return buffer.getvalue()
