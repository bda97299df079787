from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from channels_app.providers.base import Account, Identifier, IdentifierKind, OutboundMessage, Party
from channels_app.providers.whatsapp import WhatsAppConfig
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_server import running


def corpus_directory() -> Path:
    """Where the collected payloads are: `CORPUS_DIR`, or beside the checkout."""
    beside = Path(__file__).resolve().parents[4] / "shared" / "corpus"
    return Path(os.environ.get("CORPUS_DIR", beside))


RECEIVED_AT = datetime(2026, 5, 22, 10, 0, 5, tzinfo=UTC)
MESSAGE_ID = UUID("0e4ff9b8-6c79-4f9e-9c4d-1f3c6f0a7f11")


def make_account(**config: Any) -> Account:
    settings = {
        "phone_number_id": "123456789012345",
        "business_account_id": "100000000000001",
        "access_token": SecretStr("EAAtestTOKEN"),
        **config,
    }
    return Account(
        channel_id=UUID(int=1),
        entity_code="chargecars",
        address="+31612345001",
        display_name="ChargeCars Support",
        config=WhatsAppConfig(**settings),
    )


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def sandbox() -> GraphSandbox:
    return GraphSandbox()


@pytest.fixture
def graph(sandbox: GraphSandbox, settings: Any) -> Iterator[GraphSandbox]:
    """The stand-in of the Graph API, running, with the settings pointed at it."""
    with running(sandbox) as base:
        settings.WHATSAPP_API_BASE = base
        yield sandbox


@pytest.fixture
def message() -> Callable[..., OutboundMessage]:
    def build(phone: str = "+31687654321", **values: Any) -> OutboundMessage:
        recipient = values.pop("recipient", Party((Identifier(IdentifierKind.PHONE, phone),)))
        return OutboundMessage(message_id=MESSAGE_ID, recipient=recipient, **values)

    return build


@pytest.fixture
def corpus() -> Path:
    """The collected WhatsApp payloads."""
    found = corpus_directory() / "whatsapp"
    if not found.is_dir():
        pytest.skip("the collected payloads are not here; CORPUS_DIR can tell where they are")
    return found
