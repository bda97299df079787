"""Every way in from outside, with what a provider would send there and how it would sign it."""

from __future__ import annotations

import hmac
import json
import random
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings

from channels_app.models import BusinessEntityChannel
from channels_app.providers.registry import provider_for
from channels_app.sandbox.twilio_api import signature as twilio_signature
from channels_app.services.accounts import channel_configure
from tests.factories import Brand, signature
from tests.fuzz.mutation import JSON, Mutator, encoded

GOLDEN = Path(__file__).resolve().parents[1] / "providers"
TOKEN = "token-of-the-fuzz"


@dataclass(frozen=True, slots=True)
class Request:
    """One input. `signed`: as the provider would; others must be refused or mean nothing."""

    door: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    signed: bool = True


Door = Callable[[random.Random, bool], Request]


class Doors:
    """The doors of two brands. `request(rng, signed)` makes one input for one of them."""

    def __init__(self, brands: list[Brand]) -> None:
        self.brands = brands
        self._number = 0
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        twilio = {"account_sid": "AC1", "auth_token": TOKEN}
        self._channels = {
            "twilio sms": _add(brands[0], "sms", "twilio", "+3197010200001", twilio),
            "messagebird sms": _add(
                brands[1], "sms", "bird", "+3197010200002", {"vendor": "messagebird", "signing_key": TOKEN}
            ),
            "twilio call": _add(brands[0], "phone", "twilio", "+31850000001", twilio),
            "sipgate call": _add(
                brands[1], "phone", "sipgate", "+31850000002",
                {"vendor": "sipgate", "webhook_public_key": pem.decode()},
            ),
            "placetel call": _add(
                brands[0], "phone", "placetel", "+31850000003", {"vendor": "placetel", "webhook_secret": TOKEN}
            ),
        }  # fmt: skip
        self._payloads = [
            json.loads(file.read_text())
            for file in sorted((GOLDEN / "whatsapp" / "golden").glob("*.json"))
            if not file.name.endswith(".expected.json")
        ]
        self._messages = [payload for payload in self._payloads if '"messages": [' in json.dumps(payload)]
        self._forms = {
            name: [json.loads(file.read_text()) for file in sorted(GOLDEN.glob(pattern))]
            for name, pattern in {
                "twilio sms": "sms/golden/[is]*_[a-z]*.json",
                "messagebird sms": "sms/golden/*bird_*.json",
                "twilio call": "phone/golden/twilio_*.json",
            }.items()
        }
        self._forms["sipgate call"] = [
            {"event": event, "callId": "1", "from": "31687654321", "to": "31850000002", "direction": "in", "cause": cause}
            for event, cause in (("newCall", ""), ("answer", ""), ("hangup", "cancel"), ("hangup", "normalClearing"))
        ]  # fmt: skip
        self._forms["placetel call"] = [
            {
                "event": event,
                "call_id": "1",
                "from": "0687654321",
                "to": "0850000003",
                "type": kind,
                "duration": "3",
            }
            for event, kind in (("IncomingCall", ""), ("CallAccepted", ""), ("HungUp", "missed"))
        ]

    def request(self, rng: random.Random, *, signed: bool) -> Request:
        self._number += 1
        if rng.random() < 0.7:
            return self._whatsapp(rng, signed)
        return self._form(rng, rng.choice(list(self._channels)), signed)

    def _whatsapp(self, rng: random.Random, signed: bool) -> Request:
        mutator = Mutator(rng)
        # Most of what Meta tells is no message; most of what it sends is.
        payloads = self._messages if rng.random() < 0.6 else self._payloads
        payload = self._ours(rng.choice(payloads), rng)
        body = encoded(mutator.json(payload, times=rng.choice((0, 1, 1, 2, 4, 12))))
        if rng.random() < 0.1:
            body = mutator.raw(body, times=rng.randint(1, 6))
        given = (
            signature(body) if signed else rng.choice(("", "sha256=", "sha256=" + "0" * 64, mutator.text()))
        )
        return Request("whatsapp", "/webhooks/whatsapp/", body, {"X-Hub-Signature-256": _header(given)}, signed=signed)  # fmt: skip

    def _ours(self, payload: JSON, rng: random.Random) -> JSON:
        """With ids of its own and, mostly, a number of one of our brands."""
        text = json.dumps(payload).replace("wamid.", f"wamid.{self._number}.")
        ours = json.loads(text)
        brand = rng.choice(self.brands)
        for entry in ours.get("entry", []):
            for change in entry.get("changes", []):
                metadata = change.get("value", {}).get("metadata")
                if isinstance(metadata, dict) and rng.random() < 0.9:
                    metadata["phone_number_id"] = brand.phone_ids["support"]
        return ours

    def _form(self, rng: random.Random, door: str, signed: bool) -> Request:
        mutator = Mutator(rng)
        channel = self._channels[door]
        path = f"/webhooks/{channel.channel_type}/{channel.id}/"
        url = settings.PUBLIC_BASE_URL.rstrip("/") + path
        golden = rng.choice(self._forms[door])
        if door == "messagebird sms":
            body = encoded(
                mutator.json({**golden, "id": f"bird-{self._number}"}, times=rng.choice((0, 1, 3, 8)))
            )
            timestamp = str(int(time.time()))
            signed_text = b"\n".join((timestamp.encode(), url.encode(), sha256(body).digest()))
            headers = {
                "MessageBird-Request-Timestamp": timestamp,
                "MessageBird-Signature": b64encode(
                    hmac.digest(TOKEN.encode(), signed_text, "sha256")
                ).decode(),
            }
            if not signed:
                headers["MessageBird-Signature"] = _header(mutator.text())
            return Request(door, path, body, headers, signed=signed)
        unique = {"MessageSid": f"SM{self._number}", "CallSid": f"CA{self._number}", "callId": str(self._number), "call_id": str(self._number)}  # fmt: skip
        fields = mutator.form(
            {**golden, **{name: value for name, value in unique.items() if name in golden}},
            times=rng.choice((0, 1, 2, 6)),
        )
        fields = {_encodable(name): _encodable(value) for name, value in fields.items()}
        body = urlencode(fields).encode()
        given = {
            "twilio sms": lambda: ("X-Twilio-Signature", twilio_signature(TOKEN, url, fields)),
            "twilio call": lambda: ("X-Twilio-Signature", twilio_signature(TOKEN, url, fields)),
            "sipgate call": lambda: ("X-Sipgate-Signature", b64encode(self._key.sign(body, PKCS1v15(), SHA256())).decode()),
            "placetel call": lambda: ("X-Placetel-Signature", hmac.digest(TOKEN.encode(), body, "sha256").hex()),
        }  # fmt: skip
        name, value = given[door]()
        value = value if signed else _header(mutator.text())
        return Request(door, path, body, {name: value}, "application/x-www-form-urlencoded", signed)


def _add(brand: Brand, medium: str, code: str, address: str, config: dict[str, str]) -> BusinessEntityChannel:
    channel = BusinessEntityChannel(
        business_entity=brand.entity, channel_code=code, channel_name=f"{medium} {code}", channel_type=medium,
        channel_address=address, department="support",
    )  # fmt: skip
    channel_configure(channel=channel, config=provider_for(medium).Config.model_validate(config))
    channel.save()
    return channel


def _header(text: str) -> str:
    """What can stand in a header at all."""
    return "".join(letter for letter in text if letter.isprintable())[:4000].encode("latin-1", "replace").decode("latin-1")  # fmt: skip


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
