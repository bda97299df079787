"""Sender classes, in their order of precedence."""

from __future__ import annotations

from typing import Any

import pytest

from routing.engine.types import SenderClass, SenderFacts
from tests.routing.engine.brands import facts, route


def classified(email: str = "", kind: str = "unknown", **message: Any) -> SenderClass:
    brand = facts(
        own_domains=frozenset({"ChargeCars.nl"}), partner_domains=frozenset({"@partner.nl", "bücher.de"})
    )
    return route(
        "Hoi", brand=brand, sender=SenderFacts(email=email, contact_kind=kind), **message
    ).sender_classification


@pytest.mark.parametrize(
    ("sender", "message", "expected"),
    [
        (
            {"email": "jan@chargecars.nl"},
            {"automated": "auto_reply", "authentication": "fail"},
            SenderClass.AUTOMATED,
        ),
        (
            {"email": "jan@chargecars.nl", "kind": "internal"},
            {"authentication": "fail"},
            SenderClass.NEW_EMAIL,
        ),
        ({"email": "jan@partner.nl", "kind": "customer"}, {"authentication": "fail"}, SenderClass.NEW_EMAIL),
        ({"email": "jan@chargecars.nl", "kind": "customer"}, {}, SenderClass.INTERNAL),
        ({"email": "jan@gmail.com", "kind": "internal"}, {}, SenderClass.INTERNAL),
        ({"email": "jan@partner.nl", "kind": "customer"}, {}, SenderClass.EXISTING_CUSTOMER),
        ({"email": "jan@partner.nl"}, {}, SenderClass.PARTNER_DOMAIN),
        ({"email": "jan@gmail.com", "kind": "partner"}, {}, SenderClass.PARTNER_DOMAIN),
        ({"email": "jan@gmail.com"}, {}, SenderClass.NEW_EMAIL),
        ({"email": "jan@gmail.com"}, {"authentication": "pass"}, SenderClass.NEW_EMAIL),
        ({"kind": "customer"}, {"medium": "whatsapp"}, SenderClass.EXISTING_CUSTOMER),
        ({}, {"medium": "whatsapp"}, SenderClass.NEW_EMAIL),
    ],
)
def test_precedence(sender: dict[str, str], message: dict[str, Any], expected: SenderClass) -> None:
    assert classified(**sender, **message) is expected


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("JAN@Partner.NL", SenderClass.PARTNER_DOMAIN),
        ("jan+tag@sub.partner.nl", SenderClass.PARTNER_DOMAIN),
        ("jan@evilpartner.nl", SenderClass.NEW_EMAIL),
        ("jan@partner.nl.evil.com", SenderClass.NEW_EMAIL),
        ("partner.nl@evil.com", SenderClass.NEW_EMAIL),
        ("jan@bücher.de", SenderClass.PARTNER_DOMAIN),
        ("jan@xn--bcher-kva.de", SenderClass.PARTNER_DOMAIN),
        ("jan@mail.chargecars.nl", SenderClass.INTERNAL),
        ("geen adres", SenderClass.NEW_EMAIL),
    ],
)
def test_domains_are_compared_whole(email: str, expected: SenderClass) -> None:
    assert classified(email) is expected
