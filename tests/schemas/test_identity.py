"""The same sender is recognised however the address is written."""

from __future__ import annotations

import pytest

from channels_app.schemas import (
    domain_within,
    email_domain,
    normalise_domain,
    normalise_email,
    normalise_phone,
)


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("06-12345678", "NL", "+31612345678"),
        ("06 1234 5678", "NL", "+31612345678"),
        ("+31 6 12345678", "NL", "+31612345678"),
        ("+31 (0)6 12345678", "NL", "+31612345678"),
        ("0031612345678", "NL", "+31612345678"),
        ("(020) 123 45 67", "NL", "+31201234567"),
        ("0470 12 34 56", "BE", "+32470123456"),
        ("+32 470 12 34 56", "NL", "+32470123456"),
        ("0032470123456", "NL", "+32470123456"),
        ("+4915123456789", "NL", "+4915123456789"),
        ("0612345678", "nl", "+31612345678"),
        ("klant", "NL", ""),
        ("1234", "NL", ""),
        ("", "NL", ""),
        ("klant@voorbeeld.nl", "NL", ""),
    ],
)
def test_numbers_get_one_spelling(written: str, region: str, number: str) -> None:
    assert normalise_phone(written, region) == number


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Jan.Jansen@Voorbeeld.NL", "jan.jansen@voorbeeld.nl"),
        ("jan+laadpaal@voorbeeld.nl", "jan@voorbeeld.nl"),
        (" <jan@voorbeeld.nl> ", "jan@voorbeeld.nl"),
        ("jan@bücher.de", "jan@xn--bcher-kva.de"),
        ("jan@XN--BCHER-KVA.de", "jan@xn--bcher-kva.de"),
        ("+31612345678@sms.voorbeeld.nl", "+31612345678@sms.voorbeeld.nl"),
        ("geen adres", ""),
        ("@voorbeeld.nl", ""),
        ("jan@", ""),
    ],
)
def test_addresses_get_one_spelling(written: str, address: str) -> None:
    assert normalise_email(written) == address


def test_domains_are_read_as_people_paste_them() -> None:
    assert normalise_domain(" @Partner.NL. ") == "partner.nl"
    assert normalise_domain("münchen.de") == "xn--mnchen-3ya.de"
    assert normalise_domain("geen domein") == ""
    assert normalise_domain("☃..nl") == ""
    assert email_domain("Jan <jan@mail.partner.nl>") == "mail.partner.nl"
    assert email_domain("jan") == ""


@pytest.mark.parametrize(
    ("domain", "inside"),
    [
        ("partner.nl", True),
        ("sub.partner.nl", True),
        ("evilpartner.nl", False),
        ("partner.nl.evil.com", False),
        ("nl", False),
        ("", False),
    ],
)
def test_a_subdomain_counts_and_a_lookalike_does_not(domain: str, inside: bool) -> None:
    assert domain_within(domain, frozenset({"partner.nl"})) is inside
