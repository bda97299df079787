from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from channels_app.providers.base import Account, RawExchange
from channels_app.providers.sms import SmsConfig
from channels_app.providers.twilio import Parameters, signature
from channels_app.sandbox.graph_server import running
from channels_app.sandbox.twilio_api import TwilioSandbox
from tests.providers.sms.places import ARRIVED, CHANNEL


@pytest.fixture
def golden() -> Callable[[str], dict[str, str]]:
    folder = Path(__file__).parent / "golden"
    return lambda event: json.loads((folder / f"{event}.json").read_text())


@pytest.fixture
def account() -> Callable[..., Account]:
    def make(address: str = "+3197010200001", brand: str = "chargecars", **config: Any) -> Account:
        values = {"account_sid": "AC1", "auth_token": "token-of-twilio", **config}
        return Account(
            channel_id=CHANNEL,
            entity_code=brand,
            address=address,
            display_name="Support",
            config=SmsConfig.model_validate(values),
        )

    return make


@pytest.fixture
def exchange(settings: Any) -> Callable[..., RawExchange]:
    """A signed form post of Twilio to a channel's webhook."""
    settings.PUBLIC_BASE_URL = "https://kanalen.example"

    def make(
        fields: dict[str, str] | Parameters, *, query: str = "", token: str = "token-of-twilio"
    ) -> RawExchange:
        pairs = list(fields.items()) if isinstance(fields, dict) else fields
        url = f"https://kanalen.example/webhooks/sms/{CHANNEL}/{query}"
        signed = signature(SecretStr(token), url, sorted(set(pairs)))
        return RawExchange(
            urlencode(pairs).encode(), ARRIVED, url=url, headers={"x-twilio-signature": signed}
        )

    return make


@pytest.fixture
def twilio(settings: Any) -> Iterator[TwilioSandbox]:
    """Twilio's stand-in, which the providers under test send to."""
    sandbox = TwilioSandbox(statuses=())
    with running(sandbox) as base:
        settings.TWILIO_API_BASE = base
        settings.PUBLIC_BASE_URL = "https://kanalen.example"
        yield sandbox


@pytest.fixture(scope="session")
def corpus(corpus: Path) -> Path:
    return corpus / "sms"
