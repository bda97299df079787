"""Mailboxes of the tests: filled on the server, read, and counted in the database."""

from __future__ import annotations

import os
import time
from collections import Counter
from datetime import datetime

from django.utils import timezone

from channels_app.models import (
    BusinessEntityChannel,
    CommunicationMessage,
)
from channels_app.services import mailboxes
from channels_app.services.mailboxes import poll_mailbox
from tests.mailboxes.conftest import drain, letter
from tests.providers.email.servers import ImapServer

SENT = "Verzonden items"


def mail(number: int | str, **fields: str) -> bytes:
    return letter(
        f"Vraag {number}", sender=f"klant{number}@klant.example",
        **{"Message_ID": f"<{number}.{time.time_ns()}@klant.example>", **fields},
    )  # fmt: skip


def fill(server: ImapServer, box: str, count: int, *, sent: datetime | None = None) -> None:
    """Put many mails into a box at once, as a migration does."""
    server.deliver(box, mail("eerste"))
    moment = (sent or timezone.now()).strftime("%a, %d %b %Y %H:%M:%S +0000")
    folder = server.mail / box / "new"
    for number in range(1, count):
        file = folder / f"{1_700_000_000 + number}.{number:06}.test"
        file.write_bytes(mail(number, Date=moment))
        os.chown(file, *server.owner)


def subjects() -> Counter[str]:
    return Counter(CommunicationMessage.objects.filter(direction="inbound").values_list("subject", flat=True))


def poll(channel: BusinessEntityChannel) -> mailboxes.PollOutcome:
    outcome = poll_mailbox(channel.id)
    assert not outcome.error, outcome.error
    drain()
    return outcome
