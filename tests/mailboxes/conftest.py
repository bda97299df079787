from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from channels_app.models import BusinessEntityChannel, CommunicationMessage
from channels_app.providers.base import RawExchange
from channels_app.providers.email import EmailConfig
from channels_app.services.accounts import channel_configure
from channels_app.services.mailboxes import poll_mailbox
from channels_app.services.receipts import receipt_record
from routing.services.drain import drain_batch
from tests.factories import Brand, make_brand
from tests.providers.email.servers import DOVECOT, PASSWORD, ImapServer, dovecot


@pytest.fixture
def chargecars(db: None) -> Brand:
    return make_brand("chargecars", "ChargeCars", "CC", {})


@pytest.fixture
def laderthuis(db: None) -> Brand:
    return make_brand("laderthuis", "LaderThuis", "LT", {})


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


def drain() -> None:
    while drain_batch().receipts:
        pass


@pytest.fixture(scope="session")
def imap() -> Iterator[ImapServer]:
    if DOVECOT is None:
        pytest.skip("Dovecot (package dovecot-imapd) is not installed")
    # Tens of thousands of small files; in memory where that can be had.
    home = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    home.chmod(0o755)
    try:
        with dovecot(home, introspection_url="http://127.0.0.1:9/") as running:
            yield running
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def loopback(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    monkeypatch.setenv("OUTBOUND_ALLOWED_HOSTS", "127.0.0.1")  # for processes that a test starts


def connect(channel: BusinessEntityChannel, server: ImapServer | None = None, **config: Any) -> str:
    """Give a channel a mailbox of its own on the server; the name under which mail is delivered to it."""
    box = f"{uuid4().hex[:12]}@box.example"
    values = {
        "password": PASSWORD,
        "username": box,
        "imap_security": "none",
        "smtp_security": "none",
        **config,
    }
    if server is not None:
        values |= {"imap_host": "127.0.0.1", "imap_port": server.port}
    channel_configure(channel=channel, config=EmailConfig.model_validate(values))
    channel.save()
    return box


Receive = Callable[..., CommunicationMessage | None]


@pytest.fixture
def receive(db: None) -> Receive:
    """Let a mail arrive at a brand's mailbox; the stored message, None when none was stored for it."""

    def arrive(
        brand: Brand, raw: bytes, *, desk: str = "support", **headers: str
    ) -> CommunicationMessage | None:
        receipt_id = receipt_record(
            provider="email",
            channel_id=brand.channel("email", desk).id,
            exchange=RawExchange(
                body=raw,
                received_at=timezone.now(),
                headers={name.replace("_", "-"): value for name, value in headers.items()},
            ),
        )
        drain()
        return CommunicationMessage.objects.filter(receipt_id=receipt_id).select_related("thread").first()

    return arrive


def letter(
    subject: str = "Vraag",
    body: str = "Mijn laadpaal is kapot.",
    *,
    sender: str = "Jan <jan@klant.example>",
    to: str = "support@chargecars.nl",
    **fields: str,
) -> bytes:
    """A mail of now. Fields by name, with underscores for dashes; a Message-ID of its own unless given."""
    values = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": timezone.now().strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "Message-ID": f"<{timezone.now().timestamp()}@klant.example>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in values.items() if value)
    return f"{head}\r\n{body}\r\n".encode()


@pytest.fixture
def support(chargecars: Brand) -> BusinessEntityChannel:
    return chargecars.channel("email", "support")


@pytest.fixture
def box(imap: ImapServer, support: BusinessEntityChannel) -> str:
    """The mailbox of support, already connected; one old mail lies in it."""
    name = connect(support, imap)
    imap.deliver(name, letter("Vraag oud"))
    (old,) = (imap.mail / name / "new").iterdir()
    yesterday = time.time() - 24 * 3600
    os.utime(old, (yesterday, yesterday))
    poll_mailbox(support.id)
    return name
