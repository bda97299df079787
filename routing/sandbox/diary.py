"""What one visitor of the sandbox page wrote, kept in the visitor's own session."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

KEY = "sandbox"
LONGEST = 200
NAMES = ("Robin de Jong", "Noa Willemsen", "Daan Verhoeven", "Amira Haddad", "Tijn Postma", "Lieke Brouwer")


@dataclass(frozen=True, slots=True)
class Written:
    """A message (or, with an empty text, a call) that the visitor sent as a customer."""

    channel: str
    address: str
    external_id: str
    text: str
    subject: str
    sent_at: str

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.sent_at)


def write_down(
    session: SessionBase, *, channel_id: UUID, address: str, external_id: str, text: str, subject: str
) -> None:
    """Remember one message; the oldest are forgotten."""
    entry = Written(str(channel_id), address, external_id, text, subject, timezone.now().isoformat())
    session[KEY] = [*_entries(session), asdict(entry)][-LONGEST:]


def written(session: SessionBase, channel_id: UUID, address: str) -> list[Written]:
    """What was written to this channel from this address, oldest first."""
    return [
        entry
        for entry in (Written(**raw) for raw in _entries(session))
        if entry.channel == str(channel_id) and entry.address == address
    ]


def somebody() -> tuple[str, str, str]:
    """A customer whom nobody knows: name, telephone number, mail address."""
    name = secrets.choice(NAMES)
    digits = f"{secrets.randbelow(10**5):05d}"
    mailbox = name.lower().replace(" ", ".")
    return name, f"+316559{digits}", f"{mailbox}{digits[:3]}@klant.example"


def _entries(session: SessionBase) -> list[dict[str, Any]]:
    entries = session.get(KEY, [])
    return entries if isinstance(entries, list) else []
