"""Waiting at mailboxes with IDLE, and the tasks that read them."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from channels_app.models import InboundReceipt, Mailbox
from channels_app.services.mailbox_watch import watch_mailboxes
from channels_app.tasks import poll_mailbox, poll_mailboxes
from chargecars.beat import BEAT, TASK_ROUTES, WAITING_QUEUES
from chargecars.celery import app
from tests.factories import Brand
from tests.mailboxes.conftest import connect, letter
from tests.providers.email.servers import ImapServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("loopback")]


def until(condition: threading.Event) -> None:
    assert condition.wait(15)


def test_new_mail_rings_at_once_and_so_does_what_came_before_the_waiting(
    imap: ImapServer, chargecars: Brand
) -> None:
    support = chargecars.channel("email", "support")
    box = connect(support, imap)
    imap.deliver(box, letter())
    rings: list[UUID] = []
    first, second, stop = threading.Event(), threading.Event(), threading.Event()

    def on_mail(channel_id: UUID) -> None:
        rings.append(channel_id)
        (second if first.is_set() else first).set()

    def watch() -> None:
        watch_mailboxes(on_mail, stop=stop, wait=10, pause=0.2)
        connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        until(first)
        time.sleep(0.3)
        imap.deliver(box, letter("Nog een"))
        until(second)
    finally:
        stop.set()
        watcher.join()
        imap.deliver(box, letter("Laatste"))  # wakes the thread that still waits
        for thread in threading.enumerate():
            if thread.name == f"mailbox-{support.id}":
                thread.join(15)

    assert set(rings) == {support.id}


def test_the_sweep_rings_for_each_mailbox_that_is_due(
    imap: ImapServer, chargecars: Brand, laderthuis: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    channels = [brand.channel("email", "support") for brand in (chargecars, laderthuis)]
    for channel in channels:
        connect(channel, imap)
    rung: list[str] = []
    monkeypatch.setattr(poll_mailbox, "apply_async", lambda kwargs, **_: rung.append(kwargs["channel_id"]))

    assert poll_mailboxes() == 2
    assert poll_mailboxes() == 2  # rung already, not yet begun
    assert sorted(rung) == sorted(str(channel.id) for channel in channels)

    for channel_id in rung:
        assert poll_mailbox(channel_id=channel_id) == 0
    assert Mailbox.objects.filter(last_success_at__isnull=False).count() == 2
    assert poll_mailboxes() == 0
    Mailbox.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    assert poll_mailboxes() == 2


def test_mailboxes_are_read_every_minute_by_workers_that_wait_for_others() -> None:
    assert TASK_ROUTES["channels_app.tasks.poll_mailbox"]["queue"] in WAITING_QUEUES
    assert BEAT["poll mailboxes"]["task"] in app.tasks
    assert BEAT["poll mailboxes"]["schedule"] == timedelta(minutes=1)


def test_the_command_reads_one_mailbox_or_all_and_says_what_it_found(
    imap: ImapServer, chargecars: Brand, laderthuis: Brand, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes = {
        brand.entity.entity_code: connect(brand.channel("email", "support"), imap)
        for brand in (chargecars, laderthuis)
    }
    call_command("poll_mailboxes")
    imap.deliver(boxes["chargecars"], letter())
    capsys.readouterr()

    call_command("poll_mailboxes", channel="support@chargecars.nl")

    printed = capsys.readouterr().out
    assert printed == "support@chargecars.nl: ok; seen 1, imported 1, skipped 0, quarantined 0\n"
    assert InboundReceipt.objects.count() == 1
    with pytest.raises(CommandError, match="onbekend"):
        call_command("poll_mailboxes", channel="onbekend@chargecars.nl")
