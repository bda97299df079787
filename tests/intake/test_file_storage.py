"""A file storage that fails (full, away) costs time, never a message or a file, and somebody hears of it."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from channels_app.models import Attachment, CommunicationMessage, InboundReceipt, Incident, OutboxItem
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_server import running
from channels_app.services.media import media_fetch_due
from routing.services.drain import drain_batch
from tests.factories import Brand, change, receive, text_message, webhook_body
from tests.mailboxes.conftest import Receive
from tests.mailboxes.conftest import receive as receive_mail

__all__ = ["receive_mail"]

pytestmark = pytest.mark.django_db

PICTURE = b"a picture of a charger"
MAIL = b"""From: Jan <jan@klant.example>
To: support@chargecars.nl
Subject: Foto
Message-ID: <foto@klant.example>
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Mijn laadpaal is kapot, zie foto.
--b
Content-Type: image/png
Content-Disposition: attachment; filename=foto.png

a picture of a charger
--b
Content-Type: application/x-msdownload
Content-Disposition: attachment; filename=foto.exe

a program
--b--
"""


class Disk:
    full = True


@pytest.fixture
def disk(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    settings.MEDIA_ROOT = str(tmp_path)
    disk = Disk()
    save = FileSystemStorage._save

    def refuse_when_full(self: FileSystemStorage, name: str, content: Any) -> str:
        if disk.full:
            raise OSError(errno.ENOSPC, "No space left on device", name)
        return save(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", refuse_when_full)
    return disk


@pytest.fixture
def graph(settings: Any) -> Iterator[GraphSandbox]:
    sandbox = GraphSandbox()
    with running(sandbox) as base:
        settings.WHATSAPP_API_BASE = base
        settings.OUTBOUND_ALLOWED_HOSTS = [base.removeprefix("http://")]
        yield sandbox


def stored(attachment: Attachment) -> bytes:
    with default_storage.open(attachment.file.name) as file:
        return bytes(file.read())


def test_a_mail_is_stored_and_answered_while_the_disk_is_full_and_its_files_follow(
    chargecars: Brand, disk: Disk, receive_mail: Receive
) -> None:
    message = receive_mail(chargecars, MAIL)

    assert message is not None
    assert message.body.startswith("Mijn laadpaal is kapot")
    assert OutboxItem.objects.filter(message__answers=message).exists()
    assert InboundReceipt.objects.get().state == "done"
    assert set(message.attachments.values_list("state", flat=True)) == {"pending"}
    assert Incident.objects.get(kind="storage", closed_at=None)

    disk.full = False
    media_fetch_due(now=timezone.now() + timedelta(minutes=10))

    picture, program = message.attachments.order_by("name")[1], message.attachments.order_by("name")[0]
    assert (picture.state, stored(picture)) == ("stored", PICTURE)
    assert picture.sha256 == hashlib.sha256(PICTURE).hexdigest()
    assert (program.state, stored(program)) == ("withheld", b"a program")
    assert not Incident.objects.filter(kind="storage", closed_at=None).exists()


def test_a_file_whose_raw_mail_is_gone_is_given_up_with_the_reason(
    chargecars: Brand, disk: Disk, receive_mail: Receive
) -> None:
    message = receive_mail(chargecars, MAIL)
    assert message is not None
    InboundReceipt.objects.all().delete()
    disk.full = False

    media_fetch_due(now=timezone.now() + timedelta(minutes=10))

    assert set(message.attachments.values_list("state", flat=True)) == {"failed"}
    assert all(message.attachments.values_list("note", flat=True))


def test_a_picture_is_fetched_once_there_is_room_however_long_that_takes(
    chargecars: Brand, disk: Disk, graph: GraphSandbox
) -> None:
    for number in range(3):
        message = text_message("", wamid=f"wamid.{number}", sender=f"3168000000{number}")
        del message["text"]
        media_id = graph.add_media(PICTURE + str(number).encode(), "image/png")
        message |= {"type": "image", "image": {"id": media_id, "mime_type": "image/png"}}
        receive(webhook_body(change(chargecars.phone_ids["support"], messages=[message])))
    drain_batch()

    now = timezone.now()
    for _ in range(30):
        now += timedelta(minutes=10)
        assert media_fetch_due(now=now) == 0
    assert set(Attachment.objects.values_list("state", "attempts")) == {("pending", 0)}
    assert Incident.objects.get(kind="storage", closed_at=None).occurrences == 30

    disk.full = False
    assert media_fetch_due(now=now + timedelta(minutes=10)) == 3
    assert {stored(attachment)[:-1] for attachment in Attachment.objects.all()} == {PICTURE}
    assert not Incident.objects.filter(kind="storage", closed_at=None).exists()
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 3
