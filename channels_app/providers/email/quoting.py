"""The part of a mail that was written this time, apart from quoted mail, signature and footer.

General rules over lines, in the order of the functions below. Quoted lines between lines of an answer stay,
since an inline answer means nothing without them; `authored_text` drops these too, for routing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from channels_app.providers.email import quote_patterns as patterns
from channels_app.providers.email.html_text import QUOTE_BOUNDARY, html_to_text
from channels_app.providers.email.signatures import is_delimiter, without_signature

MAX_LINES = 5_000
_MAX_LINE_LENGTH = 1_000
_MAX_WRAP = 5
_INVISIBLE = re.compile("[\ufeff\u200b\u200e\u200f\u202a-\u202e\u2060\xad]")
_BLANK_RUN = re.compile(r"\n{3,}")
_SIGNATURE_LENGTH = 7  # fewer lines than this under a quote, with an answer above it, are a signature


class Kind(StrEnum):
    """What a line is."""

    TEXT = "text"
    BLANK = "blank"
    QUOTED = "quoted"
    INTRODUCTION = "introduction"
    CUT = "cut"  # quoted mail without marks runs from here to the end


@dataclass(frozen=True, slots=True)
class SplitBody:
    """`new_text` is what was written now; `forwarded` holds the header block of the first quoted mail."""

    new_text: str
    quoted_text: str = ""
    forwarded: dict[str, str] = field(default_factory=dict)


def split_html(markup: str) -> SplitBody:
    """As `split_body`, for HTML mail."""
    split = split_body(html_to_text(markup, quote_marks=True))
    if split.new_text or split.forwarded:
        return split
    # Everything stands in block quotes: the sender's way of setting in text; nothing tells what is quoted.
    return SplitBody(_joined(without_signature(html_to_text(markup).split("\n"))), split.quoted_text)


def split_body(text: str) -> SplitBody:
    """Separate the new part of a plain-text mail. Never raises; linear in the number of lines."""
    lines = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\xa0", " ")).split("\n")[:MAX_LINES]
    kinds = _classified(lines)
    cut = kinds.index(Kind.CUT) if Kind.CUT in kinds else len(lines)
    signed = len(without_signature(lines[:cut]))
    kept = _selected(lines[:signed], kinds[:signed])
    return SplitBody(
        new_text=_joined(without_signature(kept)),
        quoted_text=_joined(lines[cut:]) or _joined([line for line in lines if _is_marked(line)]),
        forwarded=_header_block(lines, cut)[1] if cut < len(lines) else {},
    )


def new_text(text: str, markup: str = "") -> str:
    """The new part of a mail: from its text where there is one, else from its HTML."""
    return (split_body(text) if text.strip() or not markup else split_html(markup)).new_text


def authored_text(text: str) -> str:
    """The new part without the quoted lines that an inline answer stands between."""
    return _joined([line for line in text.split("\n") if not _is_marked(line)])


def _joined(lines: Sequence[str]) -> str:
    joined = "\n".join(line.rstrip() for line in lines).replace(QUOTE_BOUNDARY, "")
    return _BLANK_RUN.sub("\n\n", joined).strip("\n ")


def _is_marked(line: str) -> bool:
    return bool(patterns.QUOTED_LINE.match(line))


def _classified(lines: Sequence[str]) -> list[Kind]:
    kinds = [Kind.TEXT if line.strip() else Kind.BLANK for line in lines]
    number = 0
    answered = False
    while number < len(lines):
        line = lines[number][:_MAX_LINE_LENGTH]
        if not line.strip():
            number += 1
        elif _is_marked(line):
            kinds[number] = Kind.QUOTED
            number += 1
        elif _starts_unmarked_mail(lines, number):
            kinds[number] = Kind.CUT
            break
        elif wrapped := _introduction_length(lines, number):
            following = _next_filled(lines, number + wrapped)
            marked = following < len(lines) and _is_quote_after_introduction(lines[following])
            if marked or not (answered or _is_indented(lines[following:])):
                kinds[number : number + wrapped] = [Kind.INTRODUCTION] * wrapped
                number += wrapped
                if marked:
                    number = _mark_block(lines, kinds, following)
            else:
                kinds[number] = Kind.CUT
                break
        elif _starts_initials_block(lines, number):
            number = _mark_block(lines, kinds, number)
        else:
            answered = True
            number += 1
    return kinds


def _is_indented(lines: Sequence[str]) -> bool:
    """Outlook for Mac sets forwarded mail in by four spaces."""
    filled = [line for line in lines if line.strip()]
    return bool(filled) and all(line.startswith("    ") for line in filled)


def _is_quote_after_introduction(line: str) -> bool:
    return bool(_is_marked(line) or patterns.PIPED_LINE.match(line) or patterns.INITIALS_LINE.match(line))


def _starts_initials_block(lines: Sequence[str], number: int) -> bool:
    """ "JD> text" on two lines or more: the quote style of old Unix mail programs."""
    first = patterns.INITIALS_LINE.match(lines[number])
    return bool(first and number + 1 < len(lines) and lines[number + 1].startswith(first[0].rstrip()))


def _mark_block(lines: Sequence[str], kinds: list[Kind], start: int) -> int:
    """Mark a run of quoted lines, whatever their mark; a long quoted line may have been wrapped bare."""
    number = start
    while number < len(lines) and _is_quote_after_introduction(lines[number]):
        kinds[number] = Kind.QUOTED
        number += 1
    return number


def _next_filled(lines: Sequence[str], start: int) -> int:
    while start < len(lines) and not lines[start].strip():
        start += 1
    return start


def _starts_unmarked_mail(lines: Sequence[str], number: int) -> bool:
    line = lines[number]
    if line.strip() == QUOTE_BOUNDARY or patterns.FORWARD_MARKER.match(line[:_MAX_LINE_LENGTH]):
        return True
    return _is_header_block(lines, number)


def _is_header_block(lines: Sequence[str], number: int) -> bool:
    match = patterns.HEADER_LINE.match(lines[number][:_MAX_LINE_LENGTH])
    if match is None or match[1].strip().lower() not in patterns.HEADER_ROLES:
        return False
    roles, _ = _roles(lines, number)
    ruled = number > 0 and bool(patterns.DELIMITER_LINE.match(lines[number - 1]))
    if "from" not in roles or len(roles.keys() & {"date", "to", "subject"}) < (1 if ruled else 2):
        return False
    # "Van: Utrecht / Aan: Breda / Datum: ..." is a customer's list, not a quoted mail.
    addressed = any(patterns.EMAIL.search(roles.get(role, "")) for role in ("from", "to"))
    return "subject" in roles or addressed


def _header_block(lines: Sequence[str], start: int) -> tuple[int, dict[str, str]]:
    """The header block within a few lines of the start of quoted mail: (line after it, values by role)."""
    for number in range(start, min(start + 6, len(lines))):
        if _is_header_block(lines, number):
            roles, end = _roles(lines, number)
            return end, roles
    return start, {}


def _roles(lines: Sequence[str], start: int) -> tuple[dict[str, str], int]:
    roles: dict[str, str] = {}
    last = ""
    wraps = blanks = 0
    number = start
    for number in range(start, min(start + 20, len(lines))):
        line = lines[number][:_MAX_LINE_LENGTH].lstrip(">").strip()
        if not line:
            blanks += 1
            if blanks > 1:
                break
            continue
        match = patterns.HEADER_LINE.match(line)
        role = patterns.HEADER_ROLES.get(match[1].strip().lower()) if match else None
        if match and role:
            roles.setdefault(role, match[2].strip())
            last, wraps, blanks = role, 0, 0
        elif blanks or not last or wraps >= 3:
            break
        else:
            wraps += 1
            if wraps == 1 and last in ("from", "to", "cc"):
                roles[last] += " " + line
    return roles, number


def _introduction_length(lines: Sequence[str], number: int) -> int:
    """How many lines from here introduce quoted mail ("Op ... schreef ...:"), 0 when none do."""
    joined = ""
    for count in range(1, _MAX_WRAP + 1):
        if number + count > len(lines):
            return 0
        line = lines[number + count - 1].strip()
        if not line:
            # Only mail converted from HTML has blank lines inside an introduction, around the address.
            if count == 1 or not patterns.INTRODUCTION_START.match(joined):
                return 0
            continue
        # A ">" may also be the bracket that closes an address wrapped onto this line.
        if count > 1 and _is_marked(line) and joined.count("<") <= joined.count(">"):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > _MAX_LINE_LENGTH // 2:
            return 0
        following = _next_filled(lines, number + count)
        quote_follows = following < len(lines) and _is_quote_after_introduction(lines[following])
        if is_introduction(joined, quote_follows=quote_follows):
            later = _starts_later(lines[number], lines[number + 1 : number + count], quote_follows)
            return 0 if later else count
    return 0


def _starts_later(first: str, wrapped: Sequence[str], quote_follows: bool) -> bool:
    """Whether the first of the joined lines is the end of the answer and no part of the introduction."""
    if not (
        patterns.INTRODUCTION_START.match(first)
        or patterns.DATE.search(first)
        or patterns.EMAIL.search(first)
        or "<" in first
    ):
        return bool(wrapped)
    for start, line in enumerate(wrapped):
        rest = " ".join(part.strip() for part in wrapped[start:])
        if patterns.INTRODUCTION_START.match(line) and is_introduction(rest, quote_follows=quote_follows):
            return True
    return False


def is_introduction(line: str, *, quote_follows: bool) -> bool:
    """Whether one unwrapped line introduces quoted mail.

    Without quote marks under it, it has to name a moment and a person in the form of a mail program.
    """
    # Most lines of most mails are dismissed here, by how they end.
    if not line.endswith((":", "：", ">", "-")) and not (
        patterns.WROTE.search(line, max(0, len(line) - 12)) or patterns.GMAIL_STAMP.match(line)
    ):
        return False
    if not 8 <= len(line) <= 500 or line.count("<") > line.count(">") or patterns.WROTE_MYSELF.search(line):
        return False
    address = patterns.EMAIL.search(line)
    moment = patterns.DATE.search(line)
    ended = patterns.INTRODUCTION_END.search(line)
    if patterns.GMAIL_STAMP.match(line):
        return True
    verb = patterns.WROTE.search(line)
    started = patterns.INTRODUCTION_START.match(line)
    if verb and (address or moment):
        if ended and (address or quote_follows or patterns.TIME.search(line) or patterns.YEAR.search(line)):
            return True
        # "On Wed, 14 Nov 2018 08:14 John <john@doe.com> wrote", without a colon.
        if started and address and moment and verb.end() >= len(line) - 2:
            return True
    if address and moment and patterns.ENDS_WITH_ADDRESS.search(line):
        return bool(patterns.BARE_DATE_START.match(line) or (started and (ended or quote_follows)))
    return bool(quote_follows and ended and line.endswith((":", "：")) and (address or moment or verb))


def _selected(lines: Sequence[str], kinds: Sequence[Kind]) -> list[str]:
    """Drop quotes around the answer, keep those inside it."""
    text = [number for number, kind in enumerate(kinds) if kind is Kind.TEXT]
    quoted = [number for number, kind in enumerate(kinds) if kind is Kind.QUOTED]
    if not text:
        return []
    if not quoted:
        return [line for line, kind in zip(lines, kinds, strict=True) if kind is not Kind.INTRODUCTION]
    start, end = text[0], text[-1]
    if any(start < number < end for number in quoted):
        start = min(start, quoted[0])  # an inline answer: the first question belongs to it
    if start < quoted[0] and _is_tail(lines, kinds, quoted, text):
        end = max(number for number in text if number < quoted[0])
    return [
        line
        for line, kind in zip(lines[start : end + 1], kinds[start : end + 1], strict=True)
        if kind is not Kind.INTRODUCTION
    ]


def _is_introduced(lines: Sequence[str], kinds: Sequence[Kind], first: int) -> bool:
    """Whether a mail program wrote the quote: an introduction above it, or as its first line."""
    if Kind.INTRODUCTION in kinds[:first]:
        return True
    unmarked = [line.lstrip("> ") for line in lines[first : first + 4]]
    return any(patterns.FORWARD_MARKER.match(line) for line in unmarked[:1]) or any(
        is_introduction(" ".join(unmarked[:count]), quote_follows=True) for count in (1, 2, 3)
    )


def _is_tail(lines: Sequence[str], kinds: Sequence[Kind], quoted: Sequence[int], text: Sequence[int]) -> bool:
    """An answer, one quoted block, and then only a signature's length of text."""
    between = [number for number in text if quoted[0] < number < quoted[-1]]
    signed = next((n for n in range(quoted[-1], len(lines)) if is_delimiter(lines[n])), len(lines))
    after = [number for number in text if quoted[-1] < number < signed]
    above = " ".join(lines[number] for number in text if number < quoted[0])
    if between or len(after) >= _SIGNATURE_LENGTH or not _is_introduced(lines, kinds, quoted[0]):
        return False
    return not patterns.ANNOUNCES_INLINE.search(above)
