from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from channels_app.providers.base import Account, RawExchange
from channels_app.providers.phone import PhoneConfig
from channels_app.providers.twilio import signature
from channels_app.sandbox.graph_server import running
from channels_app.sandbox.twilio_api import TwilioSandbox
from tests.providers.phone.places import ARRIVED, CHANNEL, URL


@pytest.fixture
def golden() -> Callable[[str], dict[str, str]]:
    folder = Path(__file__).parent / "golden"
    return lambda event: json.loads((folder / f"{event}.json").read_text())


@pytest.fixture
def account() -> Callable[..., Account]:
    def make(address: str = "+31850000001", brand: str = "chargecars", **config: Any) -> Account:
        values = {"account_sid": "AC1", "auth_token": "token-of-twilio", **config}
        return Account(
            channel_id=CHANNEL,
            entity_code=brand,
            address=address,
            display_name="Storingsdienst",
            config=PhoneConfig.model_validate(values),
        )

    return make


@pytest.fixture
def event(settings: Any) -> Callable[..., RawExchange]:
    """A call event, signed as Twilio does."""
    settings.PUBLIC_BASE_URL = "https://kanalen.example"

    def make(fields: dict[str, str] | str) -> RawExchange:
        pairs = sorted(fields.items()) if isinstance(fields, dict) else []
        body = urlencode(pairs).encode() if isinstance(fields, dict) else fields.encode()
        given = signature(SecretStr("token-of-twilio"), URL, pairs)
        return RawExchange(body, ARRIVED, url=URL, headers={"x-twilio-signature": given})

    return make


@pytest.fixture
def twilio(settings: Any) -> Iterator[TwilioSandbox]:
    sandbox = TwilioSandbox(statuses=())
    with running(sandbox) as base:
        settings.TWILIO_API_BASE = base
        settings.PUBLIC_BASE_URL = "https://kanalen.example"
        yield sandbox


@pytest.fixture(scope="session")
def corpus(corpus: Path) -> Path:
    return corpus / "sms"
