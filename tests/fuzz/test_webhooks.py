"""Anything at all at any door: no server error, no stranger let in, and what is let in never stops the drain.

A few thousand inputs here; `make fuzz` sets FUZZ_INPUTS for many more. FUZZ_SEED repeats a run.
"""

from __future__ import annotations

import logging
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.test import Client
from django.utils import timezone

from channels_app.models import CommunicationMessage, InboundReceipt
from channels_app.providers.base import RawExchange
from channels_app.services.receipts import receipt_record
from routing.models import MessageRoutingLog
from routing.services.drain import drain_batch, reason_of_mistake
from tests.factories import make_brand
from tests.fuzz.doors import Doors, Request
from tests.fuzz.mutation import Mutator
from tests.providers.email.test_fuzz import PIECES

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

INPUTS = int(os.environ.get("FUZZ_INPUTS") or 1_200)
# The suite tries the same inputs every time; `make fuzz` tries others.
SEED = int(os.environ.get("FUZZ_SEED") or (random.randrange(10**6) if "FUZZ_INPUTS" in os.environ else 1))
DRAIN_EVERY = 250
SIGNED = 0.65
MAIL = 0.12
MOST_CPU_SECONDS = (
    20.0  # for one batch of the worst texts there are; a regular expression that runs away takes hours
)
MOST_MEMORY = 300 * 1024 * 1024  # that all inputs together may leave behind
MISTAKE = reason_of_mistake(Exception()).partition("(")[0]
ACCOUNT = re.compile(r"account .*?(?=\. Maak)")

LETTER = (
    b"From: Jan <jan@klant.example>\r\nTo: support@chargecars.nl\r\nSubject: Vraag\r\nMessage-ID: <%d@klant.example>\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nMijn laadpaal is kapot.\r\n"
    b"\r\nOp 1 mei 2026 om 10:00 schreef Support <support@chargecars.nl>:\r\n> Dag Jan,\r\n> Wat is er?\r\n"
)


class Tally:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.slowest = 0.0

    def lines(self) -> list[str]:
        return [
            f"seed {SEED}: {dict(self.counts)}",
            f"answers: {dict(sorted(self.statuses.items()))}; slowest batch {self.slowest:.2f} s of processor time",
        ]


def a_mail(rng: random.Random, number: int) -> bytes:
    mutator = Mutator(rng)
    if rng.random() < 0.5:
        return mutator.raw(LETTER % number, times=rng.choice((1, 2, 5, 20)))
    return b"".join(
        rng.choice(PIECES) if rng.random() < 0.7 else mutator.text().encode("utf-8", "replace")
        for _ in range(rng.randint(1, 40))
    )


def knock(client: Client, request: Request, tally: Tally) -> None:
    answer = client.generic("POST", request.path, request.body, request.content_type, headers=request.headers)
    tally.counts[request.door] += 1
    tally.counts["signed" if request.signed else "not signed"] += 1
    tally.statuses[f"{answer.status_code}"] += 1
    assert answer.status_code < 500, (SEED, request)
    if request.signed:
        assert answer.status_code == 200, (SEED, request)
        tally.counts["kept"] += 1
    else:
        assert answer.status_code in (401, 403), (SEED, request)


def drain(tally: Tally) -> None:
    began = time.process_time()
    while drain_batch().receipts:
        pass
    tally.slowest = max(tally.slowest, time.process_time() - began)
    assert time.process_time() - began < MOST_CPU_SECONDS, SEED


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Every refusal is logged, and pytest would keep every line."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_no_input_breaks_a_door_or_the_drain() -> None:
    brands = [
        make_brand("chargecars", "ChargeCars", "CC", {"support": "100000000000001"}),
        make_brand("laderthuis", "LaderThuis", "LT", {"support": "200000000000001"}),
    ]
    doors, tally, rng = Doors(brands), Tally(), random.Random(SEED)
    mailbox = brands[0].channel("email", "support")
    client = Client(raise_request_exception=False)
    memory = psutil.Process().memory_info().rss
    for number in range(1, INPUTS + 1):
        if rng.random() < MAIL:
            exchange = RawExchange(body=a_mail(rng, number), received_at=timezone.now())
            receipt_record(provider="email", exchange=exchange, channel_id=mailbox.id)
            tally.counts.update(("mail", "signed", "kept"))
        else:
            knock(client, doors.request(rng, signed=rng.random() < SIGNED), tally)
        if number % DRAIN_EVERY == 0:
            drain(tally)
        if number == 2 * DRAIN_EVERY:
            memory = psutil.Process().memory_info().rss
    drain(tally)
    grown = psutil.Process().memory_info().rss - memory
    tally.counts["messages"] = CommunicationMessage.objects.exclude(receipt=None).count()
    tally.counts["stored"] = (
        CommunicationMessage.objects.exclude(receipt=None).values("receipt").distinct().count()
    )
    reasons = Counter(
        reason if reason.startswith(MISTAKE) else ACCOUNT.sub("account …", re.sub(r"\d+", "n", reason))
        for reason in InboundReceipt.objects.filter(state="quarantined").values_list("reason", flat=True)
    )
    summary = "\n".join([*tally.lines(), f"quarantined: {dict(reasons)}; memory grew by {grown // 2**20} MB"])
    print(summary)  # noqa: T201 the figures of `make fuzz`
    if os.environ.get("FUZZ_REPORT"):
        Path(os.environ["FUZZ_REPORT"]).write_text(summary + "\n")

    assert tally.counts["signed"] * 2 >= INPUTS, summary
    assert InboundReceipt.objects.count() == tally.counts["kept"], "a stranger was let in"
    assert not InboundReceipt.objects.filter(state="pending").exists()
    assert tally.counts["stored"] * 3 >= INPUTS, summary
    # What cannot be read says so; an exception of our own code is a mistake, even when it is caught.
    mistakes = {reason for reason in reasons if reason.startswith(MISTAKE)}
    assert not mistakes, "\n".join([summary, *quarantined(mistakes)])
    assert all(len(reason.split()) > 3 and reason.endswith(".") for reason in reasons), summary
    assert grown < MOST_MEMORY, summary
    assert not MessageRoutingLog.objects.filter(communication_message=None).exists()
    inbound = CommunicationMessage.objects.filter(direction="inbound")
    assert inbound.count() == MessageRoutingLog.objects.filter(communication_message__in=inbound).count()


def quarantined(mistakes: set[str]) -> list[str]:
    """Some examples of each mistake."""
    return [
        f"{receipt.provider} {receipt.reason}\n{bytes(receipt.body)[:1500]!r}"
        for reason in mistakes
        for receipt in InboundReceipt.objects.filter(state="quarantined", reason=reason)[:3]
    ]
