"""Invoice, order and customer numbers in file names, subjects and texts, as people write them.

Conservative: a number counts only behind its own word ("factuur 2026-0123", "order no. CC-004512"), or when the
contact is known to have it. A wrong number files a document where nobody looks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

INVOICE = "invoice"
ORDER = "order"
CUSTOMER = "customer"

MOST_NUMBERS = 10
LONGEST_NUMBER = 40
# Of a long text its beginning is read: what a document is about stands there.
CHARACTERS = 20_000

_LETTERS = r"[^\W\d_]"
_MARK = r"(?:\s{0,2}(?:nummers?|numbers?|nrs?|no|num|n°|№|#)[.:]?)?"
_BETWEEN = r"[\s:#._=-]{0,4}(?:(?:is|was|met)\s)?"
_NUMBER = r"(?P<number>[A-Z]{0,6}[-_/.]?\d[A-Z0-9]*(?:[-_/.][A-Z0-9]+)*)(?![\w€%]|,\d)"
_WORDS = {
    INVOICE: r"(?:credit|e-?)?(?:facturen|factuur|faktuur|invoices?|creditnota|credit\snote)",
    ORDER: r"(?:orders?|bestelling|bestel|opdracht|inkooporder|purchase\sorder)",
    CUSTOMER: r"(?:klant|customer|debiteur(?:en)?|client)",
}
_PATTERNS = {
    kind: re.compile(rf"(?<!{_LETTERS}){words}{_MARK}{_BETWEEN}{_NUMBER}", re.IGNORECASE)
    for kind, words in _WORDS.items()
}
_LIKE_A_DATE = re.compile(
    r"(?:19|20)\d\d|\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{2,4})?|(?:19|20)\d\d[-/.]\d{1,2}(?:[-/.]\d{1,2})?"
)
_LIKE_AN_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{3})*[.,]\d\d?")
_LIKE_A_PHONE = re.compile(r"0(?:6-?\d{8}|\d{2}-\d{7}|\d{3}-\d{6})")
_EXTENSION = re.compile(r"\.[A-Z]{2,5}\d?$", re.IGNORECASE)
_LEAST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """kind is INVOICE, ORDER or CUSTOMER; number in capitals, as it was written otherwise."""

    kind: str
    number: str


def document_numbers(
    *, file_name: str, texts: Sequence[str], orders: Iterable[str] = (), customers: Iterable[str] = ()
) -> tuple[DocumentNumber, ...]:
    """The numbers a document is filed by, at most ten, those of its name first.

    When the file name tells an invoice number, those in the text are left out (a mail with three invoices names
    all three); likewise for orders and customers. texts: subject and own text of the mail. orders, customers:
    the contact's known numbers, found as whole words wherever they stand.
    """
    known = {ORDER: tuple(orders), CUSTOMER: tuple(customers)}
    by_name = _numbers_in(_EXTENSION.sub("", file_name).replace("_", " "), known)
    told = {entry.kind for entry in by_name}
    by_text = (entry for text in texts for entry in _numbers_in(text, known) if entry.kind not in told)
    return tuple(dict.fromkeys((*by_name, *by_text)))[:MOST_NUMBERS]


def _numbers_in(text: str, known: Mapping[str, Iterable[str]]) -> list[DocumentNumber]:
    text = text[:CHARACTERS]
    found = [
        DocumentNumber(kind, number)
        for kind, pattern in _PATTERNS.items()
        for match in pattern.finditer(text)
        if (number := _plausible(match["number"]))
    ]
    folded = text.upper()
    found += [
        DocumentNumber(kind, number)
        for kind, numbers in known.items()
        for number in {given.strip().upper(): None for given in numbers}
        if _LEAST_DIGITS <= len(number) <= LONGEST_NUMBER and _stands_in(number, folded)
    ]
    return found


def _plausible(number: str) -> str:
    """The number in capitals; "" for what is rather a date, an amount, a telephone number or a count."""
    number = number.strip("-_/.").upper()
    if sum(character.isdigit() for character in number) < _LEAST_DIGITS or len(number) > LONGEST_NUMBER:
        return ""
    unlikely = (_LIKE_A_DATE, _LIKE_AN_AMOUNT, _LIKE_A_PHONE)
    return "" if any(pattern.fullmatch(number) for pattern in unlikely) else number


def _stands_in(number: str, text: str) -> bool:
    """Whether the number stands in the text as a whole word."""
    start = text.find(number)
    while start != -1:
        around = text[max(0, start - 1) : start] + text[start + len(number) : start + len(number) + 1]
        if not any(character.isalnum() for character in around):
            return True
        start = text.find(number, start + 1)
    return False
