"""One spelling for addresses, domains and telephone numbers, so that the same sender is recognised."""

from __future__ import annotations

import re
from functools import lru_cache

import idna
import phonenumbers

_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@lru_cache(maxsize=4096)
def normalise_domain(text: str) -> str:
    """The ASCII (punycode), lower-case form of a domain, "" when it is none.

    Takes what people paste: "@Partner.nl", "partner.nl.", "münchen.de".
    """
    domain = text.strip().lstrip("@").rstrip(".").lower()
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    return domain if _DOMAIN.fullmatch(domain) else ""


def email_domain(address: str) -> str:
    """The normalised domain of an e-mail address, "" when it has none."""
    _, at, domain = address.strip().rstrip(">").rpartition("@")
    return normalise_domain(domain) if at else ""


def normalise_email(address: str) -> str:
    """The form by which one mailbox is recognised: lower case, punycode domain, no plus-address.

    Strictly a local part may be case sensitive; no mail provider in use treats it so. "" when it is
    no address.
    """
    local, at, domain = address.strip().strip("<>").rpartition("@")
    domain = normalise_domain(domain) if at else ""
    local = local.strip().lower()
    base = local.partition("+")[0] or local
    return f"{base}@{domain}" if base and domain else ""


def domain_within(domain: str, domains: frozenset[str]) -> bool:
    """Whether `domain` is one of `domains` or a subdomain of one; all in normalised form."""
    while domain:
        if domain in domains:
            return True
        domain = domain.partition(".")[2]
    return False


def normalise_phone(text: str, region: str = "NL") -> str:
    """The E.164 form ("+31612345678") of a number as written by people, "" when it is none.

    `region`: ISO 3166 code of the country that a number without country code belongs to.
    """
    try:
        number = phonenumbers.parse(text, region.upper())
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
