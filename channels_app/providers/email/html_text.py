"""HTML mail to plain text, with quoted mail marked by ">" as in a text mail.

Small and own, because what matters here is not layout but that quotes, signatures and lines survive:
the quote rules then serve both kinds of mail.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_BLOCK_NAMES = (
    "address article aside blockquote body center dd details div dl dt fieldset figure footer form h1 h2 h3 h4"
    " h5 h6 header hr html legend li main nav ol option p pre section table tbody tfoot thead title tr ul"
)
_SKIPPED_NAMES = "script style head title template noscript object iframe svg math textarea select"
_PARAGRAPH_NAMES = "p h1 h2 h3 h4 h5 h6 ul ol blockquote table pre"
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SKIPPED = frozenset(_SKIPPED_NAMES.split())
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_SPACE = re.compile(r"[ \t\r\n\f\u200b\ufeff]+")
_XML_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BLANK_RUN = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t]+\n")

# A line of its own in text with quote marks: the mail program says that quoted mail starts here.
QUOTE_BOUNDARY = "\x02"
# How mail programs mark the start of the mail they quote: (attribute, pattern of its value).
_BOUNDARIES = (
    ("id", re.compile(r"^(x_)*(divRplyFwdMsg|appendonsend|stopSpelling|OLK_SRC_BODY_SECTION)$")),
    ("id", re.compile(r"^(x_)*(mail-editor-reference-message-container|isForwardContent|isReplyContent)$")),
    ("class", re.compile(r"(^|\s)(yahoo_quoted|moz-forward-container|zmail_extra)")),
    ("style", re.compile(r"border:\s*none;\s*border-top:\s*solid\s+#?\w+\s+1\.0pt", re.IGNORECASE)),
)


def html_to_text(markup: str, *, quote_marks: bool = False) -> str:
    """Readable text of an HTML mail; "" when there is none. Never raises.

    quote_marks: put "> " before the lines of quoted mail, for `quoting`; without it the text is what a
    reader sees.
    """
    root = parse_html(markup)
    if root is None:
        return _ILLEGAL.sub("", re.sub(r"<[^>]*>", " ", markup)).strip()
    writer = _Writer(quote_marks)
    _render(root, writer)
    return writer.text()


def parse_html(markup: str) -> HtmlElement | None:
    """The parsed document, None when there is nothing in it."""
    from lxml import etree, html  # 4 MB that the web process, which reads no mail, has no use for

    cleaned = _ILLEGAL.sub("", _XML_DECLARATION.sub("", markup.replace("\x00", "")))
    if not cleaned.strip():
        return None
    try:
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        return html.document_fromstring(cleaned.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


class _Writer:
    """Collects text with collapsed white space, line breaks and the current depth of quoting."""

    def __init__(self, quote_marks: bool) -> None:
        self.quote_marks = quote_marks
        self.lines: list[str] = []
        self.current: list[str] = []
        self.depth = 0
        self.preformatted = 0

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.split("\n")
            self.current.append(first)
            for line in rest:
                self.end_line(force=True)
                self.current.append(line)
            return
        text = _SPACE.sub(" ", text)
        if text == " " and (not self.current or self.current[-1].endswith(" ")):
            return
        self.current.append(text.lstrip(" ") if not self.current else text)

    def end_line(self, *, force: bool = False) -> None:
        line = "".join(self.current).replace("\xa0", " ")
        self.current = []
        line = line.rstrip() if self.preformatted else re.sub(r" {2,}", " ", line).strip()
        if line or force:
            prefix = ">" * self.depth + " " if self.depth and self.quote_marks else ""
            self.lines.append((prefix + line).rstrip())

    def blank(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * self.depth if self.quote_marks else "")

    def text(self) -> str:
        self.end_line()
        joined = _TRAILING.sub("\n", "\n".join(self.lines))
        return _BLANK_RUN.sub("\n\n", joined).strip()


def _render(root: HtmlElement, writer: _Writer) -> None:
    """Walk without recursion: mail is nested deeper than Python's stack allows."""
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    while stack:
        element, leaving = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        if leaving:
            _leave(tag, element, writer)
            if element.tail and element is not root:
                writer.write(element.tail)
            continue
        if not tag or tag in _SKIPPED:
            if element.tail:
                writer.write(element.tail)
            continue
        _enter(tag, element, writer)
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))


def _enter(tag: str, element: HtmlElement, writer: _Writer) -> None:
    if tag == "br":
        writer.end_line(force=True)
        return
    if tag in _BLOCKS:
        writer.end_line()
    if tag in _PARAGRAPHS:
        writer.blank()
    if writer.quote_marks and _is_boundary(element):
        writer.end_line()
        writer.current.append(QUOTE_BOUNDARY)
        writer.end_line()
    elif tag == "hr" and writer.quote_marks:
        writer.current.append("________________________________")
        writer.end_line()
    if tag == "pre":
        writer.preformatted += 1
    elif tag == "li":
        writer.current.append("- ")
    elif tag in ("td", "th") and writer.current:
        writer.write(" ")
    if tag == "blockquote" and _is_quote(element):
        writer.depth += 1
    if element.text:
        writer.write(element.text)


def _leave(tag: str, element: HtmlElement, writer: _Writer) -> None:
    if tag == "pre":
        writer.end_line()
        writer.preformatted -= 1
    if tag in _BLOCKS:
        writer.end_line()
    if tag == "blockquote" and _is_quote(element):
        writer.depth -= 1
    if tag in _PARAGRAPHS:
        writer.blank()


def _is_quote(element: HtmlElement) -> bool:
    """Any block quote but those by which old Outlook and web mail set text in."""
    style = element.get("style", "").replace(" ", "").lower()
    return not ("border:none" in style and "padding:0" in style and not element.get("cite"))


def _is_boundary(element: HtmlElement) -> bool:
    return any(pattern.search(element.get(name, "")) for name, pattern in _BOUNDARIES)
