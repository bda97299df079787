"""Reading webhook calls of WhatsApp: signature and every message in it, beside bare HMAC and JSON, and pywa."""

from __future__ import annotations

import hmac
import json
import random
import time
from hashlib import sha256
from statistics import median

from bench.engine import STATE
from bench.million import UNTIL
from bench.peers import peer
from bench.results import Result, ratio_at_least, rounds
from bench.texts import distinct_texts

BODIES = 5_000
SECRET = "bench-app-secret"


def measure() -> list[Result]:
    from django.conf import settings

    settings.WHATSAPP_APP_SECRET = SECRET
    bodies = _bodies()
    path = STATE / "whatsapp-bodies.tsv"
    path.write_bytes(b"\n".join(b"\t".join((signature.encode(), body)) for body, signature in bodies))
    ours, floor, pywa = [], [], []
    for _ in range(rounds()):
        floor.append(_bare(bodies))
        ours.append(_product(bodies))
        answer = peer("pywa_side", str(path), SECRET)
        if answer["read"] != BODIES:
            raise AssertionError(f"pywa read {answer['read']} of {BODIES}")
        pywa.append(answer["rate"])
    rate = median(ours)
    return [
        ratio_at_least(
            "WhatsApp call verified and read", rate, "/s", peer="HMAC and json in Python",
            peer_value=median(floor), target=0.4,
        ),
        ratio_at_least("WhatsApp, the same as a library", rate, "/s", peer="pywa", peer_value=median(pywa), target=1),
    ]  # fmt: skip


def _bodies() -> list[tuple[bytes, str]]:
    from channels_app.sandbox.graph_callbacks import signed
    from channels_app.sandbox.payloads import whatsapp_text

    chance = random.Random(9)
    bodies = []
    for serial, text in enumerate(distinct_texts(BODIES, seed=9)):
        payload = whatsapp_text(
            account="102290129340398", number=("123456789012345", "31612345001"), text=text, at=UNTIL,
            external_id=f"wamid.{serial}", sender=f"316{chance.randrange(10**8):08d}", name="Jan de Vries",
        )  # fmt: skip
        value = payload["entry"][0]["changes"][0]["value"]
        # pywa reads nothing of a call without it.
        value["contacts"][0]["user_id"] = value["messages"][0]["from_user_id"] = f"NL.{serial}"
        body, headers = signed(payload, SECRET)
        bodies.append((body, headers["X-Hub-Signature-256"]))
    return bodies


def _bare(bodies: list[tuple[bytes, str]]) -> float:
    key = SECRET.encode()
    began = time.perf_counter()
    for body, signature in bodies:
        if not hmac.compare_digest(f"sha256={hmac.new(key, body, sha256).hexdigest()}", signature):
            raise AssertionError
        json.loads(body)
    return len(bodies) / (time.perf_counter() - began)


def _product(bodies: list[tuple[bytes, str]]) -> float:
    from channels_app.providers.base import RawExchange
    from channels_app.providers.registry import provider_for

    provider = provider_for("whatsapp")
    read = 0
    began = time.perf_counter()
    for body, signature in bodies:
        exchange = RawExchange(body=body, received_at=UNTIL, headers={"x-hub-signature-256": signature})
        provider.verify(exchange, ())
        read += len(provider.parse(exchange, None).messages)
    seconds = time.perf_counter() - began
    if read != len(bodies):
        raise AssertionError(f"{read} messages read of {len(bodies)}")
    return len(bodies) / seconds
