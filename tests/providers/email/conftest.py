from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from channels_app.providers.base import (
    Account,
    Identifier,
    IdentifierKind,
    InboundMessage,
    OutboundMessage,
    Party,
)
from channels_app.providers.email import EmailConfig
from channels_app.providers.email.parsing import MailContext, parse_mail

RECEIVED_AT = datetime(2026, 5, 22, 10, 0, 5, tzinfo=UTC)
MESSAGE_ID = UUID("0e4ff9b8-6c79-4f9e-9c4d-1f3c6f0a7f11")
TOKEN = "abcdefghijklmnopqrstuvwxyz234567abcdefghij"
SUPPORT = "support@chargecars.example"


def make_account(address: str = SUPPORT, **config: Any) -> Account:
    return Account(
        channel_id=UUID(int=1),
        entity_code="chargecars",
        address=address,
        display_name="ChargeCars Support",
        config=EmailConfig(**config),
        trusted_domains=(address.rpartition("@")[2],),
    )


def make_message(**values: Any) -> OutboundMessage:
    settings: dict[str, Any] = {
        "message_id": MESSAGE_ID,
        "recipient": Party((Identifier(IdentifierKind.EMAIL, "jan@klant.example"),), name="Jan de Vries"),
        "subject": "Re: Laadpaal doet het niet",
        "body": "Goedemorgen,\n\nWe komen dinsdag langs.\n",
        "thread_token": TOKEN,
        **values,
    }
    return OutboundMessage(**settings)


def mail(*headers: str, body: str = "Hallo") -> bytes:
    """A mail from header lines, with a sender unless the lines name one."""
    named = {line.partition(":")[0].lower() for line in headers}
    defaults = {"from": "From: Jan <jan@klant.example>", "to": f"To: {SUPPORT}", "subject": "Subject: Vraag"}
    lines = [line for name, line in defaults.items() if name not in named]
    return "\r\n".join([*lines, *headers, "", body]).encode()


@pytest.fixture
def read() -> Callable[..., InboundMessage]:
    """Parse raw bytes, with the context's values given by name."""

    def parse(raw: bytes, **context: Any) -> InboundMessage:
        return parse_mail(raw, MailContext(account=SUPPORT, received_at=RECEIVED_AT, **context)).messages[0]

    return parse
