"""Two brands that both write mail and WhatsApp, their staff, and customers who write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from channels_app.models import CommunicationThread
from routing.services.desk.outgoing import Sent
from routing.services.desk.replying import Reply, reply_send
from routing.services.desk.seen import seen_token
from routing.services.drain import drain_batch
from tests.factories import Brand, change, make_member, text_message, webhook_body
from tests.factories import receive as arrived
from tests.mailboxes.conftest import Receive, letter, receive
from tests.routing.tools.conftest import chargecars, laderthuis, stranger

__all__ = ["chargecars", "laderthuis", "receive", "stranger"]

Write = Callable[..., CommunicationThread]


@pytest.fixture
def write() -> Write:
    """A customer writes by WhatsApp; the conversation that it becomes. `sender` writes again."""
    numbers = count(1)

    def send(
        brand: Brand, text: str, *, at: datetime | None = None, to: str = "support", sender: str = ""
    ) -> CommunicationThread:
        number = next(numbers)
        message = text_message(text, sender=sender or str(31680000000 + number), wamid=f"w.{number}", at=at)
        arrived(webhook_body(change(brand.phone_ids[to], messages=[message])), at=at)
        drain_batch()
        return CommunicationThread.objects.get(messages__external_id=f"w.{number}")

    return send


@pytest.fixture
def agent(chargecars: Brand) -> Any:
    return make_member("agent", "agent", chargecars)


@pytest.fixture
def colleague(chargecars: Brand) -> Any:
    user = make_member("colleague", "agent", chargecars)
    user.first_name, user.last_name, user.email = "Sanne", "Bakker", "sanne@chargecars.nl"
    user.save()
    return user


@pytest.fixture
def analyst(chargecars: Brand) -> Any:
    return make_member("analyst", "analyst", chargecars)


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


class Keys:
    """A new submission key each time."""

    def __init__(self) -> None:
        self.count = count(1)

    def __call__(self) -> str:
        return f"key-{next(self.count)}"


@pytest.fixture
def answer(agent: Any) -> Callable[..., Sent]:
    """An agent answers from a page that is up to date, unless told otherwise."""
    key = Keys()

    def send(thread: CommunicationThread, body: str = "We komen eraan.", **fields: Any) -> Sent:
        user = fields.pop("user", agent)
        now = fields.pop("now", None) or timezone.now()
        fields.setdefault("seen", seen_token(thread, user))
        fields.setdefault("key", key())
        return reply_send(thread=thread, user=user, reply=Reply(body=body, **fields), now=now)

    return send


@pytest.fixture
def mail(receive: Receive) -> Callable[..., CommunicationThread]:
    """A customer writes a mail; the conversation that it becomes or joins."""

    def send(
        brand: Brand,
        body: str = "Mijn laadpaal is kapot.",
        *,
        desk: str = "support",
        subject: str = "Vraag",
        **fields: str,
    ) -> CommunicationThread:
        message = receive(brand, letter(subject, body, **fields), desk=desk)
        assert message is not None
        return message.thread

    return send
