"""Customers' words without what points at a person, so that they may leave the database."""

from __future__ import annotations

import re

_MAIL = re.compile(r"[^\s@<>()\[\]\"',;:]+@[^\s@<>()\[\]\"',;:]+\.[^\W\d_]{2,}")
# Two letters and two digits, then 11 to 30 letters and digits, in groups or not (ISO 13616).
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ .-]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w+])(?:\+|00|\(?0)\d?(?:[ ./()-]{0,3}\d){7,13}(?!\w)")

PLACEHOLDERS = ((_MAIL, "[mail]"), (_IBAN, "[iban]"), (_PHONE, "[phone]"))


def anonymised(text: str) -> str:
    """The text with mail addresses, account numbers (IBAN) and phone numbers replaced by their kind."""
    for pattern, placeholder in PLACEHOLDERS:
        text = pattern.sub(placeholder, text)
    return text
