"""Reading mailboxes on a real server: every mail exactly once, whatever happens to the reader."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from channels_app.models import (
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationThread,
    InboundReceipt,
    Mailbox,
    MailboxDay,
    MailboxFolder,
    OutboxItem,
)
from channels_app.services import mailbox_folders, mailboxes
from channels_app.services.mailboxes import poll_mailbox
from routing.models import SlaTimer
from tests.factories import Brand
from tests.mailboxes.boxes import SENT, fill, mail, poll, subjects
from tests.mailboxes.conftest import connect, letter
from tests.providers.email.servers import ImapServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("loopback")]


def test_twenty_thousand_old_mails_are_passed_and_send_nothing(
    imap: ImapServer, support: BusinessEntityChannel
) -> None:
    name = connect(support, imap)
    fill(imap, name, 20_000)

    outcome = poll(support)

    assert outcome.tally.skipped == {"before_first_connection": 20_000}
    assert not InboundReceipt.objects.exists()
    assert not OutboxItem.objects.exists()
    imap.deliver(name, mail("nieuw"))
    poll(support)
    assert subjects() == {"Vraag nieuw": 1}
    assert OutboxItem.objects.count() == 1


def test_history_is_imported_in_silence(imap: ImapServer, support: BusinessEntityChannel) -> None:
    name = connect(support, imap, import_history=True)
    for number in range(3):
        imap.deliver(name, mail(number))
    poll(support)
    imap.deliver(name, mail("nieuw"))
    poll(support)

    assert subjects().total() == 4
    assert OutboxItem.objects.count() == SlaTimer.objects.count() == 1
    assert CommunicationThread.objects.unresolved().get().subject == "Vraag nieuw"  # type: ignore[attr-defined]


def test_the_books_say_what_was_read(imap: ImapServer, support: BusinessEntityChannel, box: str) -> None:
    imap.deliver(box, mail(1))
    poll(support)

    day = MailboxDay.objects.get()
    assert (day.fetches, day.failures, day.seen, day.imported) == (2, 0, 2, 1)
    assert day.skipped == {"before_first_connection": 1}
    mailbox = Mailbox.objects.get()
    assert mailbox.last_success_at is not None
    receipt = InboundReceipt.objects.get()
    assert receipt.url.startswith("imap://support@chargecars.nl/INBOX;UIDVALIDITY=")
    assert receipt.url.endswith("/;UID=2")


def test_seventy_two_hours_of_waiting_mail_come_in_once_and_get_no_late_answer(
    imap: ImapServer, support: BusinessEntityChannel, box: str
) -> None:
    fill(imap, box, 230, sent=timezone.now() - timedelta(hours=72))

    poll(support)
    poll(support)

    assert subjects().total() == len(subjects()) == 230
    assert SlaTimer.objects.count() == 230
    assert OutboxItem.objects.count() == 1  # the one mail that came just now


@pytest.mark.parametrize("locked", [True, False])
def test_two_workers_at_one_mailbox_import_every_mail_once(
    imap: ImapServer, support: BusinessEntityChannel, box: str, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    fill(imap, box, 120)
    monkeypatch.setattr(mailbox_folders, "MAILS_PER_COMMIT", 10)
    if not locked:  # a lost lock must do no harm

        @contextmanager
        def alone(channel_id: object) -> Iterator[bool]:
            yield True

        monkeypatch.setattr(mailboxes, "_alone", alone)
    outcomes = []
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        for _ in range(3):
            outcomes.append(poll_mailbox(support.id))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    poll(support)

    assert not [outcome.error for outcome in outcomes if outcome.error]
    assert any(outcome.busy for outcome in outcomes)
    assert InboundReceipt.objects.count() == 120
    assert subjects().total() == len(subjects()) == 120


@pytest.mark.parametrize("point", ["mail_fetched", "mail_recorded", "mail_committed"])
def test_a_worker_killed_while_it_reads_loses_and_doubles_nothing(
    imap: ImapServer, support: BusinessEntityChannel, box: str, point: str
) -> None:
    fill(imap, box, 60)
    database = connection.settings_dict
    host = database["HOST"]
    place = f"//{host.lstrip('/')}" if host.startswith("/") else quote(host, safe="/")
    finished = subprocess.run(
        [sys.executable, "manage.py", "poll_mailboxes"],
        env=os.environ
        | {
            "DATABASE_URL": f"postgres://{database['USER']}@{place}/{database['NAME']}",
            "CHARGECARS_DIE_AT": point,
        },
        cwd=settings.BASE_DIR, timeout=60, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert finished.returncode == -signal.SIGKILL, finished.stderr[-2000:]
    assert InboundReceipt.objects.count() == (50 if point == "mail_committed" else 0)

    poll(support)

    assert InboundReceipt.objects.count() == 60
    assert subjects().total() == len(subjects()) == 60


def renumber(server: ImapServer, box: str) -> None:
    """Make the server forget its numbers, as a restored or moved mailbox does."""
    time.sleep(1.1)  # the new UIDVALIDITY is the second in which it is made
    for file in (server.mail / box).glob("dovecot*"):
        file.unlink()


def test_a_renumbered_mailbox_is_read_again_and_nothing_comes_twice(
    imap: ImapServer, support: BusinessEntityChannel, box: str
) -> None:
    for number in range(3):
        imap.deliver(box, mail(number))
    imap.deliver(box, mail("zonder", Message_ID=""))
    poll(support)
    before = MailboxFolder.objects.get(name="INBOX").uid_validity
    imap.deliver(box, mail("tussendoor"))
    renumber(imap, box)

    poll(support)
    poll(support)

    assert MailboxFolder.objects.get(name="INBOX").uid_validity != before
    # The mail of before the first connection stays out, although its number is new.
    assert subjects() == dict.fromkeys(
        ["Vraag 0", "Vraag 1", "Vraag 2", "Vraag zonder", "Vraag tussendoor"], 1
    )
    assert CommunicationMessage.objects.filter(message_type="auto_response").count() == 5


def test_an_answer_from_outlook_lands_in_its_conversation_and_stops_the_clock(
    imap: ImapServer, support: BusinessEntityChannel, box: str
) -> None:
    imap.deliver(box, letter(Message_ID="<vraag@klant.example>"))
    poll(support)
    thread = CommunicationThread.objects.get()
    assert thread.response_due_at is not None

    imap.deliver(
        box,
        letter(
            "Re: Vraag", "We komen langs.", sender="support@chargecars.nl", to="jan@klant.example",
            In_Reply_To="<vraag@klant.example>", Message_ID="<antwoord@outlook.example>",
        ),
        folder=SENT,
    )  # fmt: skip
    poll(support)

    thread.refresh_from_db()
    assert (thread.status, thread.response_due_at) == ("waiting", None)
    assert thread.first_response_at is not None
    assert SlaTimer.objects.get().state == "met"
    echo = CommunicationMessage.objects.get(message_type="echo")
    assert (echo.thread, echo.direction, echo.body.strip()) == (thread, "outbound", "We komen langs.")
    assert CommunicationThread.objects.count() == 1


def test_an_answer_from_before_the_customers_last_words_stops_no_clock(
    imap: ImapServer, support: BusinessEntityChannel, box: str
) -> None:
    early = (timezone.now() - timedelta(minutes=5)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    imap.deliver(box, letter(Message_ID="<een@klant.example>"))
    imap.deliver(
        box, letter("Re: Vraag", "Nog iets!", In_Reply_To="<een@klant.example>", Message_ID="<b@k.example>")
    )
    imap.deliver(
        box,
        letter("Re: Vraag", "Ja.", sender="support@chargecars.nl", to="jan@klant.example",
               In_Reply_To="<een@klant.example>", Date=early),
        folder=SENT,
    )  # fmt: skip
    poll(support)

    thread = CommunicationThread.objects.get()
    assert thread.messages.filter(message_type="echo").count() == 1
    assert thread.response_due_at is not None


def test_two_brands_read_their_own_boxes(
    imap: ImapServer, support: BusinessEntityChannel, box: str, laderthuis: Brand
) -> None:
    other = laderthuis.channel("email", "support")
    other_box = connect(other, imap)
    poll(other)
    imap.deliver(box, mail("een"))
    imap.deliver(other_box, mail("twee"))
    poll(support)
    poll(other)

    for channel, subject in ((support, "Vraag een"), (other, "Vraag twee")):
        message = CommunicationMessage.objects.get(channel=channel, direction="inbound")
        assert message.subject == subject
        assert message.business_entity_id == message.thread.contact.business_entity_id
        assert message.business_entity_id == channel.business_entity_id


def test_a_moment_long_past_is_kept_as_the_sender_wrote_it(
    imap: ImapServer, support: BusinessEntityChannel, box: str
) -> None:
    imap.deliver(box, mail("oud", Date="Sat, 01 Mar 2003 10:00:00 +0000"))
    imap.deliver(box, mail("later", Date="Sat, 01 Mar 2064 10:00:00 +0000"))
    poll(support)

    stored = dict(CommunicationMessage.objects.filter(direction="inbound").values_list("subject", "sent_at"))
    assert stored["Vraag oud"] == datetime(2003, 3, 1, 10, 0, tzinfo=UTC)
    assert stored["Vraag later"] <= timezone.now()
