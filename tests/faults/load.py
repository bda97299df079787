"""What customers of two brands write, and how providers bring it: signed, repeated, out of order, until it is
taken. The same seed writes the same."""

from __future__ import annotations

import hashlib
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode
from uuid import UUID, uuid4

import psycopg

from channels_app.sandbox.graph_callbacks import envelope, signed
from channels_app.sandbox.payloads import sms_fields
from channels_app.sandbox.twilio_api import signature
from tests.faults.installation import APP_SECRET, Installation
from tests.faults.invariants import Accepted

SENTENCES = (
    "mijn laadpaal is kapot", "waar blijft mijn factuur?", "graag een offerte voor een laadpaal",
    "kan ik een afspraak maken met de technicus?", "de app geeft een foutmelding", "wat kost een laadpaal thuis?",
    "mijn laadpas werkt niet meer", "hoe zeg ik het abonnement op?", "bedankt voor de hulp van gisteren",
    "the charger shows a red light", "I did not receive my invoice", "können Sie mich zurückrufen?",
    "ik ga verhuizen, wat nu?", "de betaling is dubbel afgeschreven", "🔌 hij laadt niet 🙁",
)  # fmt: skip
PUBLIC_BASE = "http://desk.example"
TWILIO_TOKEN = "sandbox"
TWILIO_ACCOUNT = "AC00000000000000000000000000000001"
ANSWER_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of a brand at which customers may write."""

    id: UUID
    brand: str
    medium: str
    account: str


@dataclass(frozen=True, slots=True)
class Written:
    """One message of a customer."""

    channel: Channel
    external_id: str
    sender: str
    text: str
    media_id: str = ""  # of a picture that the provider keeps
    picture: bytes = b""  # that comes along

    @property
    def accepted(self) -> Accepted:
        sender = self.sender if self.channel.medium == "email" else f"+{self.sender}"
        return Accepted(self.channel.medium, self.channel.account, self.external_id, sender, self.text)


@dataclass(frozen=True, slots=True)
class Call:
    """One webhook call (or mail) of a provider, which tells of one or several messages."""

    messages: tuple[Written, ...]


def channels(connection: psycopg.Connection) -> list[Channel]:
    """Where customers of the installation's brands can write, always in the same order."""
    rows = connection.execute(
        """
        SELECT channel.id, entity.entity_code, channel.channel_type, channel.provider_account
          FROM business_entity_channels AS channel
          JOIN business_entities AS entity ON entity.id = channel.business_entity_id
         WHERE channel.is_active AND channel.channel_type IN ('whatsapp', 'sms', 'email')
         ORDER BY channel.channel_type, channel.provider_account
        """
    ).fetchall()
    return [Channel(*row) for row in rows]


def calls(
    count: int, *, seed: int, channels: Sequence[Channel], add_media: Callable[[bytes, str], str]
) -> list[Call]:
    """So many distinct messages in calls of one to six, a tenth of the calls twice, all a little out of order.

    Most by WhatsApp, a twentieth by SMS, a few mails, some with a picture (put in place by `add_media`);
    several senders write to both brands. One call may tell of both brands.
    """
    rng = random.Random(seed)
    by_medium = {
        medium: [channel for channel in channels if channel.medium == medium]
        for medium in ("whatsapp", "sms", "email")
    }
    made: list[Call] = []
    written = 0
    while written < count:
        medium = rng.choices(("whatsapp", "sms", "email"), (94, 5, 1))[0]
        size = min(rng.randint(1, 6) if medium == "whatsapp" else 1, count - written)
        made.append(
            Call(
                tuple(
                    _write(number, seed, rng, rng.choice(by_medium[medium]), add_media)
                    for number in range(written, written + size)
                )
            )
        )
        written += size
    repeated = [call for call in made if call.messages[0].channel.medium != "email" and rng.random() < 0.1]
    order = [(place + rng.uniform(0, 12), call) for place, call in enumerate(made)]
    places = {id(call): place for place, call in enumerate(made)}
    order += [(places[id(call)] + rng.uniform(0, 60), call) for call in repeated]
    return [call for _, call in sorted(order, key=lambda placed: placed[0])]


def _write(
    number: int, seed: int, rng: random.Random, channel: Channel, add_media: Callable[[bytes, str], str]
) -> Written:
    # New senders come all the time, and most of them write again within the next hundred messages.
    person = max(0, number - rng.randrange(100)) // 4
    text = f"{rng.choice(SENTENCES)} ({seed}/{number})"
    name = hashlib.sha256(f"{seed}/{number}".encode()).hexdigest()
    if channel.medium == "email":
        picture = name.encode() * 40 if number % 2 else b""
        identifier, sender = f"<{name[:24]}@klant.example>", f"klant{person}@klant.example"
        return Written(channel, identifier, sender, text, picture=picture)
    if channel.medium == "sms":
        return Written(channel, f"SM{name[:32]}", str(31680000000 + person), text)
    media_id = ""
    if rng.random() < 0.02:
        media_id = add_media(name.encode() * 40, "image/png")
    return Written(channel, f"wamid.{name[:40]}", str(31680000000 + person), text, media_id)


def request_of(call: Call, at: int) -> tuple[str, bytes, dict[str, str]]:
    """Path, body and headers of a webhook call that a provider makes at a moment (Unix seconds)."""
    first = call.messages[0]
    if first.channel.medium == "sms":
        path = f"/webhooks/sms/{first.channel.id}/"
        fields = sms_fields(
            account_sid=TWILIO_ACCOUNT, sid=first.external_id, sender=f"+{first.sender}", to=first.channel.account,
            text=first.text,
        )  # fmt: skip
        return path, urlencode(fields).encode(), {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(TWILIO_TOKEN, PUBLIC_BASE + path, fields),
        }  # fmt: skip
    payload: dict[str, object] = {"object": "whatsapp_business_account", "entry": []}
    for message in call.messages:
        value = envelope(
            "100000000000001", message.channel.account, "31612345001",
            contacts=[{"profile": {"name": f"Klant {message.sender[-4:]}"}, "wa_id": message.sender}],
            messages=[_whatsapp(message, at)],
        )  # fmt: skip
        payload["entry"] += value["entry"]  # type: ignore[operator]
    body, headers = signed(payload, APP_SECRET)
    return "/webhooks/whatsapp/", body, headers


def _whatsapp(message: Written, at: int) -> dict[str, object]:
    told: dict[str, object] = {"from": message.sender, "id": message.external_id, "timestamp": str(at)}
    if message.media_id:
        image = {"id": message.media_id, "mime_type": "image/png", "caption": message.text}
        return told | {"type": "image", "image": image}
    return told | {"type": "text", "text": {"body": message.text}}


def _mail(message: Written, at: int) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Klant <{message.sender}>"
    mail["To"] = message.channel.account
    mail["Subject"] = "Vraag"
    mail["Date"] = format_datetime(datetime.fromtimestamp(at, UTC))
    mail["Message-ID"] = message.external_id
    mail.set_content(message.text)
    if message.picture:
        mail.add_attachment(message.picture, maintype="image", subtype="png", filename="foto.png")
    return mail.as_bytes()


@dataclass
class Load:
    """Brings calls to the product, each again and again until it is taken, as providers do.

    `budget` is how many messages may have been taken so far; the programme raises it as it goes.
    """

    installation: Installation
    calls: Sequence[Call]
    threads: int = 4
    accepted: dict[str, Accepted] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    posted: int = 0  # calls, repeated ones and failed attempts included
    failed: int = 0  # attempts without a 200
    first_at: float = 0.0
    last_at: float = 0.0
    _budget: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _started: list[threading.Thread] = field(default_factory=list)
    _waiting: queue.SimpleQueue[Call] = field(default_factory=queue.SimpleQueue)

    def start(self) -> None:
        for call in self.calls:
            self._waiting.put(call)
        self.first_at = time.monotonic()
        self._started = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(self.threads)
        ]
        for thread in self._started:
            thread.start()

    def allow(self, messages: float) -> None:
        self._budget = messages

    def finish(self, seconds: float) -> bool:
        """Let everything through and wait for it; whether it was all taken in time."""
        self.allow(float("inf"))
        deadline = time.monotonic() + seconds
        for thread in self._started:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._started)

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._started:
            thread.join(30)

    def _run(self, number: int) -> None:
        ports = self._ports(number)
        while not self._stopped.is_set():
            try:
                call = self._waiting.get_nowait()
            except queue.Empty:
                return
            while not self._stopped.is_set() and len(self.accepted) >= self._budget:
                time.sleep(0.01)
            while not self._stopped.is_set() and not self._bring(call, next(ports)):
                time.sleep(0.2)

    def _ports(self, number: int) -> Iterator[int]:
        machines = self.installation.machines
        while True:
            number += 1
            yield machines[number % len(machines)].port

    def _bring(self, call: Call, port: int) -> bool:
        if call.messages[0].channel.medium == "email":
            taken = self._put_mail(call.messages[0])
        else:
            taken = self._post(call, port)
        with self._lock:
            self.posted += 1
            self.failed += not taken
            if taken:
                self.accepted |= {message.external_id: message.accepted for message in call.messages}
                self.installation.accepted |= self.accepted
                self.last_at = time.monotonic()
        return taken

    def _post(self, call: Call, port: int) -> bool:
        path, body, headers = request_of(call, int(time.time()))
        connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        if 400 <= status < 500:
            self.refused.append(f"{status} {path}")
        return status == 200

    def _put_mail(self, message: Written) -> bool:
        """As the reader of a mailbox commits it; nobody rings, so a sweep must find it."""
        try:
            with self.installation.connect() as connection:
                connection.execute(
                    """
                    INSERT INTO inbound_receipts (id, created_at, provider, channel_id, body, received_at)
                    VALUES (%s, now(), 'email', %s, %s, now())
                    """,
                    [uuid4(), message.channel.id, _mail(message, int(time.time()))],
                )
        except psycopg.Error:
            return False
        return True
