"""Telephone numbers as the SMS and phone vendors write them, turned into E.164 or nothing."""

from __future__ import annotations

import re

import phonenumbers

from channels_app.providers.base import Account, Identifier, IdentifierKind, Party

_MINIMUM_DIGITS = 7  # shorter is a short code or an extension, which nobody else can dial
_SCHEME = re.compile(r"^(tel|whatsapp|rcs|sms|sip|sips|client):", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[\s().\-/\u00a0]")

# What vendors put where the caller withheld the number. The digits are Twilio's: the words
# "anonymous", "restricted", "blocked", "unknown" and "unavailable" typed on a telephone keypad.
_ANONYMOUS = frozenset(
    {
        "",
        "anonymous",
        "restricted",
        "blocked",
        "private",
        "unknown",
        "unavailable",
        "withheld",
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
    }
)


def is_anonymous(raw: str) -> bool:
    """Whether a vendor's "from" says that the number was withheld."""
    return _SCHEME.sub("", raw.strip()).partition("@")[0].lower() in _ANONYMOUS


def e164(raw: str, *, own_number: str = "") -> str:
    """The number as "+31612345678", or "" for a short code, an extension, a name or a withheld number.

    own_number: a number of the same country (the channel's), by which "0612345678" is understood.
    """
    number = _PUNCTUATION.sub("", _SCHEME.sub("", raw.strip()).partition("@")[0])
    if is_anonymous(number) or not number.removeprefix("+").isdecimal() or not number.isascii():
        return ""
    if number.startswith("00"):
        number = "+" + number[2:]
    digits = number.removeprefix("+")
    if not _MINIMUM_DIGITS <= len(digits) <= 15:
        return ""
    if number.startswith("+"):
        # A vendor that writes "+" has vouched for the number, whatever our metadata thinks of it.
        return _possible(number, None) or number
    if number.startswith("0"):
        return _possible(number, _region_of(own_number))
    return _possible("+" + number, None) or _possible(number, _region_of(own_number))


def is_mobile(number: str) -> bool:
    """Whether text messages reach this number (E.164), as far as its range tells."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
    return kind in (
        phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    )  # fmt: skip


def party(raw: str, *, own_number: str = "", name: str = "") -> Party:
    """The person behind a vendor's "from" or "to"; without a dialable number only what it calls itself."""
    number = e164(raw, own_number=own_number)
    if number:
        return Party((Identifier(IdentifierKind.PHONE, number),), name)
    return Party((), name or ("" if is_anonymous(raw) else raw.strip()))


def account_key(address: str) -> str:
    """The key of a channel with this number; an alphanumeric sender is its own."""
    return e164(address) or address


def account_of(account: Account | None) -> str:
    """The key by which an exchange names the channel it came in at, "" when that is not known."""
    return account_key(account.address) if account else ""


def _possible(number: str, region: str | None) -> str:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _region_of(own_number: str) -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(own_number, None))
    except phonenumbers.NumberParseException:
        return None
