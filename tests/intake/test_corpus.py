"""Every WhatsApp payload of the corpus, from its bytes to the rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from channels_app.models import (
    Attachment,
    BusinessEntityChannel,
    CommunicationMessage,
    InboundReceipt,
    MessageStatusEvent,
)
from routing.services.drain import drain_batch
from tests.factories import Brand, receive

MEDIA = ("image", "audio", "video", "document", "sticker")


def values_of(payload: Any) -> Iterator[dict[str, Any]]:
    """Every change's value in a raw payload, read without the product's parser."""
    for entry in payload.get("entry") or ():
        for change in entry.get("changes") or ():
            value = change.get("value")
            if isinstance(value, dict):
                yield value


def channels_for(brand: Brand, payloads: list[Any]) -> None:
    """A channel for every phone number id in the corpus."""
    numbers = {
        value["metadata"]["phone_number_id"]
        for payload in payloads
        for value in values_of(payload)
        if value.get("metadata", {}).get("phone_number_id")
    }
    taken = set(brand.phone_ids.values())
    for position, number in enumerate(sorted(numbers - taken)):
        BusinessEntityChannel.objects.create(
            business_entity=brand.entity, channel_code=f"c{position}", channel_name=f"Kanaal {position}",
            channel_type="whatsapp", channel_address=f"+3160000{position:04}", provider_account=number,
        )  # fmt: skip


def test_every_message_of_the_corpus_is_stored_once_with_its_own_words(
    chargecars: Brand, corpus: Path
) -> None:
    files = [
        path
        for path in sorted((corpus / "whatsapp").glob("*.json"))
        if not path.name.startswith("_") and not path.name.endswith(".expected.json")
    ]
    payloads = [json.loads(path.read_bytes()) for path in files]
    channels_for(chargecars, payloads)
    receipts = {receive(path.read_bytes()): path.name for path in files}
    while drain_batch().receipts:
        pass

    quarantined = InboundReceipt.objects.filter(state="quarantined")
    without_number = {receipts[receipt.id] for receipt in quarantined}
    expected: dict[tuple[str, str], dict[str, Any]] = {}
    statuses = set()
    for path, payload in zip(files, payloads, strict=True):
        for value in values_of(payload):
            number = value.get("metadata", {}).get("phone_number_id")
            if not number:
                continue
            for message in value.get("messages") or ():
                expected.setdefault((number, message["id"]), message)
            statuses.update(
                (number, item["id"], item["status"])
                for item in value.get("statuses") or ()
                if item.get("type") != "call"
            )
        assert path.name not in without_number, quarantined.values_list("reason", flat=True)
    stored = {
        (message.channel.provider_account, message.external_id): message
        for message in CommunicationMessage.objects.filter(direction="inbound").select_related("channel")
    }
    counts = Counter(
        CommunicationMessage.objects.filter(direction="inbound").values_list("channel_id", "external_id")
    )
    assert set(counts.values()) == {1}
    for key, raw in expected.items():
        message = stored[key]
        if raw.get("type") == "text":
            assert message.body == raw["text"]["body"]
        if raw.get("type") in MEDIA:
            media = raw[raw["type"]]
            assert Attachment.objects.get(message=message).media_id == str(media["id"])
        if raw.get("from", "").isdigit():
            assert message.sender == f"+{raw['from']}"
    told = set(MessageStatusEvent.objects.values_list("channel__provider_account", "external_id", "state"))
    known = {item for item in statuses if item[2] in {"sent", "delivered", "read", "played", "failed"}}
    assert known <= told
