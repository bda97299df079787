"""Mailboxes that cannot be read, mail that cannot be fetched, and who hears of it."""

from __future__ import annotations

import os
import threading
import tracemalloc
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from channels_app.models import (
    BusinessEntityChannel,
    CommunicationMessage,
    InboundReceipt,
    Incident,
    Mailbox,
    MailboxDay,
)
from channels_app.selectors.mailboxes import mailboxes_due
from channels_app.services import mailboxes
from channels_app.services.mailboxes import poll_mailbox
from tests.factories import Brand
from tests.mailboxes.boxes import mail, poll, subjects
from tests.mailboxes.conftest import connect, drain
from tests.providers.email.servers import ImapServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("loopback")]


def test_a_lock_that_nobody_gives_back_holds_up_a_mailbox_for_minutes_only(
    imap: ImapServer, support: BusinessEntityChannel, box: str
) -> None:
    imap.deliver(box, mail(1))
    taken, given_back = threading.Event(), threading.Event()

    def hold() -> None:
        with mailboxes._alone(support.id) as alone:
            assert alone
            taken.set()
            given_back.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert taken.wait(10)
        assert poll(support).busy
        Mailbox.objects.update(attempted_at=timezone.now() - timedelta(minutes=6))
        assert poll(support).tally.imported == 1
    finally:
        given_back.set()
        holder.join()


def test_a_mail_that_the_server_cannot_hand_over_is_quarantined_and_the_box_goes_on(
    imap: ImapServer, support: BusinessEntityChannel, box: str
) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can make a file that Dovecot may not read")
    imap.deliver(box, mail("goed"))
    imap.deliver(box, mail("giftig"))
    poison = max((imap.mail / box / "new").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    os.chown(poison, 0, 0)
    poison.chmod(0)
    imap.deliver(box, mail("later"))

    for _ in range(6):
        outcome = poll_mailbox(support.id)
    drain()

    assert not outcome.error
    assert subjects() == {"Vraag goed": 1, "Vraag later": 1}
    receipt = InboundReceipt.objects.get(state="quarantined")
    assert receipt.reason
    assert receipt.url.endswith(";UID=3")


def test_an_incident_opens_at_the_second_failure_once_and_closes_by_itself(
    imap: ImapServer, support: BusinessEntityChannel, box: str
) -> None:
    good = support.integration_config
    support.integration_config = good | {"imap_port": 1}
    support.save()
    poll_mailbox(support.id)
    assert not Incident.objects.exists()

    poll_mailbox(support.id)
    poll_mailbox(support.id)
    incident = Incident.objects.get()
    assert (incident.kind, incident.channel, incident.closed_at) == ("unreachable", support, None)
    assert incident.detail
    mailbox = Mailbox.objects.get()
    assert (mailbox.failures, bool(mailbox.last_error)) == (3, True)
    assert MailboxDay.objects.get().failures == 3

    support.integration_config = good
    support.save()
    poll(support)
    incident.refresh_from_db()
    assert incident.closed_at is not None
    assert Mailbox.objects.get().last_error == ""


def test_a_mailbox_that_refuses_us_is_tried_less_often_until_its_settings_change(
    imap: ImapServer, support: BusinessEntityChannel
) -> None:
    connect(support, imap_host="127.0.0.1", imap_port=1)
    assert mailboxes_due(timezone.now()) == [support.id]
    for _ in range(6):
        poll_mailbox(support.id)

    assert mailboxes_due(timezone.now() + timedelta(minutes=10)) == []
    assert mailboxes_due(timezone.now() + timedelta(minutes=16)) == [support.id]
    support.save()
    assert mailboxes_due(timezone.now()) == [support.id]


def test_a_mailbox_without_a_log_in_is_no_trouble(imap: ImapServer, support: BusinessEntityChannel) -> None:
    connect(support, imap, password="")
    for _ in range(3):
        assert poll_mailbox(support.id).error
    assert not Incident.objects.exists()
    mailbox = Mailbox.objects.get()
    assert (mailbox.failures, bool(mailbox.last_error)) == (0, True)

    connect(support, imap)
    poll(support)
    assert Mailbox.objects.get().last_error == ""


def test_mailboxes_of_switched_off_brands_are_not_read(imap: ImapServer, chargecars: Brand, box: str) -> None:
    later = timezone.now() + timedelta(hours=1)
    assert len(mailboxes_due(later)) == 1
    chargecars.entity.is_active = False
    chargecars.entity.save()
    assert mailboxes_due(later) == []


def test_a_registration_that_expires_is_announced_once(
    imap: ImapServer, support: BusinessEntityChannel
) -> None:
    soon = timezone.now().date() + timedelta(days=10)
    connect(support, imap, expires_on=soon.isoformat())
    poll(support)
    poll(support)
    incident = Incident.objects.get()
    assert (incident.kind, incident.occurrences) == ("credentials", 1)
    assert Mailbox.objects.get().expires_on == soon

    support.integration_config |= {"expires_on": date(2099, 1, 1).isoformat()}
    support.save()
    poll(support)
    incident.refresh_from_db()
    assert incident.closed_at is not None


def test_a_mail_of_a_hundred_megabytes_costs_little_memory(
    imap: ImapServer, support: BusinessEntityChannel, box: str
) -> None:
    imap.deliver(box, mail("groot"))
    (large,) = [
        file for file in (imap.mail / box / "new").iterdir() if b"Vraag groot" in file.read_bytes()[:400]
    ]
    with large.open("r+b") as file:
        file.truncate(100 * 1024 * 1024)
    tracemalloc.start()
    try:
        poll(support)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    message = CommunicationMessage.objects.get(direction="inbound")
    assert message.subject == "Vraag groot"
    assert message.data["notes"] == ["too_large"]
    assert message.data["size"] >= 100 * 1024 * 1024
    assert MailboxDay.objects.get().headers_only == 1
    assert peak < 16 * 1024 * 1024
