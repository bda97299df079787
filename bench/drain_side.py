"""The product's side of the ingest measurement, a process of its own: `python -m bench.drain_side STEP`.

`prepare MESSAGES CHANNELS` migrates the database of DATABASE_URL, makes a company of 5 brands and 50 channels
with 1,000 keywords, and puts receipts in its inbox. `drain` says "ready", waits for a line, and processes batches
until the inbox is empty. `mails FOLDER` receives and processes a folder of mails and prints the seconds it took.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import timedelta
from itertools import islice, product
from pathlib import Path

CODES = ("support", "sales", "admin", "operations", "emergency")
BRANDS = 5
CONTACTS = 100_000
KEYWORDS = 1_000


def prepare(messages: int, channels: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    numbers = _company()[:channels]
    _receipts(messages, numbers)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _company() -> list[str]:
    """The phone number ids of its WhatsApp channels."""
    from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationTemplate
    from channels_app.providers.registry import provider_for
    from channels_app.services.accounts import channel_configure

    words = iter(_keywords())
    rules = {"keywords": {code: list(islice(words, KEYWORDS // len(CODES))) for code in CODES}}
    numbers = []
    for brand in range(BRANDS):
        entity = BusinessEntity.objects.create(
            entity_code=f"merk{brand}",
            entity_name=f"Merk {brand}",
            number_prefix=f"M{brand}",
            operational_config={"business_hours": "08:00-18:00", "holidays": "NL"},
            auto_routing_rules=rules,
        )
        for situation in ("first_contact", "outside_hours", "lead_greeting", "emergency"):
            CommunicationTemplate.objects.create(
                business_entity=entity,
                template_code=situation.replace("_", "-"),
                template_name=situation,
                situation=situation,
                content="Dag {{ customer_name }}, we reageren binnen {{ expected_response_time }}. "
                "Uw nummer: {{ reference_number }}. {{ business_hours }}",
            )
        for index, (code, medium) in enumerate(product(CODES, ("email", "whatsapp"))):
            channel = BusinessEntityChannel(
                business_entity=entity,
                channel_code=code,
                channel_name=f"{code} {medium}",
                channel_type=medium,
                channel_address=f"{code}@merk{brand}.example" if medium == "email" else f"+3161000{brand}{index:03d}",
                priority_level=60 + index,
            )  # fmt: skip
            if medium == "whatsapp":
                phone_number_id = f"9{brand:04d}{index:010d}"
                config = {"phone_number_id": phone_number_id, "access_token": "bench"}
                channel_configure(channel=channel, config=provider_for(medium).Config.model_validate(config))
                numbers.append(phone_number_id)
            channel.save()
    return numbers


def _keywords() -> list[str]:
    """Words that no message holds, and among them some that many do."""
    chance = random.Random(4)
    syllables = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wu")
    words = {"".join(chance.choices(syllables, k=4)) for _ in range(4 * KEYWORDS)}
    frequent = ["kapot", "werkt niet", "offerte", "kosten", "factuur", "rekening", "monteur", "afspraak"]
    return [*frequent, *sorted(words)][:KEYWORDS]


def _receipts(messages: int, numbers: list[str], *, seed: int = 5) -> None:
    from django.utils import timezone

    from bench.texts import distinct_texts
    from channels_app.models import InboundReceipt
    from channels_app.sandbox.graph_callbacks import signed
    from channels_app.sandbox.payloads import whatsapp_text

    chance = random.Random(seed)
    at = timezone.now() - timedelta(seconds=30)
    receipts = []
    for serial, text in enumerate(distinct_texts(messages)):
        number = chance.choice(numbers)
        body, _ = signed(
            whatsapp_text(
                account="102290129340398",
                number=(number, "31612345001"),
                external_id=f"wamid.{serial:08d}.{chance.getrandbits(64):016x}",
                sender=f"316{chance.randrange(CONTACTS):08d}",
                name=chance.choice(("Jan de Vries", "Fatima El Idrissi", "Piet Bakker", "Sanne Mulder")),
                text=text,
                at=at,
            ),
            "bench",
        )
        receipts.append(InboundReceipt(provider="whatsapp", body=body, received_at=at))
    InboundReceipt.objects.bulk_create(receipts, batch_size=1000)


def drain() -> None:
    from django.db import connection

    from routing.selectors.content import content_analysis
    from routing.services.drain import drain_batch

    content_analysis()("Warm: de laadpaal doet het niet meer")
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    while drain_batch().receipts:
        pass


def mails(folder: str) -> None:
    from channels_app.models import BusinessEntityChannel
    from routing.selectors.content import content_analysis
    from routing.services.mail_ingest import ingest_files

    content_analysis()("Warm: de laadpaal doet het niet meer")
    channel = BusinessEntityChannel.objects.select_related("business_entity").get(
        channel_type="email", channel_code="support", business_entity__entity_code="merk0"
    )
    paths = sorted(Path(folder).iterdir())
    began = time.perf_counter()
    for taken in ingest_files(channel, paths):
        if taken.message is None:
            raise AssertionError(taken.quarantined)
    print(time.perf_counter() - began)


def main() -> None:
    import django

    django.setup()
    match sys.argv[1:]:
        case ["prepare", messages, channels]:
            prepare(int(messages), int(channels))
        case ["drain"]:
            drain()
        case ["mails", folder]:
            mails(folder)
        case other:
            raise SystemExit(f"there is no step {other}")


if __name__ == "__main__":
    main()
