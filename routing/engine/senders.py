"""Who wrote: the sender's class, in the fixed order of precedence, and what identifies a sender."""

from __future__ import annotations

from channels_app.schemas import domain_within, email_domain, normalise_email, normalise_phone
from routing.engine.types import SenderClass, SenderFacts

__all__ = ["classify_sender", "normalise_email", "normalise_phone", "trusted_domain"]

_NEW, _INTERNAL, _PARTNER = SenderClass.NEW_EMAIL, SenderClass.INTERNAL, SenderClass.PARTNER_DOMAIN
_BY_KIND = {
    "internal": _INTERNAL,
    "customer": SenderClass.EXISTING_CUSTOMER,
    "partner": _PARTNER,
}


def trusted_domain(sender: SenderFacts, authentication: str) -> str:
    """The sender's normalised domain; "" when DMARC says that the address is forged."""
    return "" if authentication == "fail" else email_domain(sender.email)


def classify_sender(
    sender: SenderFacts,
    *,
    automated: str,
    authentication: str,
    domain: str,
    own_domains: frozenset[str],
    partner_domains: frozenset[str],
) -> SenderClass:
    """automated > DMARC fail (new_email) > internal > existing_customer > partner_domain > new_email.

    `domain` and the sets in normalised form; a subdomain counts as its domain.
    """
    if automated:
        return SenderClass.AUTOMATED
    if authentication == "fail":
        return _NEW
    known = _BY_KIND.get(sender.contact_kind, _NEW)
    if known is _INTERNAL or (own_domains and domain_within(domain, own_domains)):
        return _INTERNAL
    if known is _NEW and partner_domains and domain_within(domain, partner_domains):
        return _PARTNER
    return known
