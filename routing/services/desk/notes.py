"""Internal notes: what colleagues tell each other about a conversation. They never leave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.bulk import clean_text
from channels_app.models import CommunicationMessage, CommunicationThread, MentionGroup
from routing.models import StaffNotice, ThreadEvent
from routing.selectors.colleagues import colleagues
from routing.services.desk.errors import DeskRefused
from routing.services.desk.notices import notices_give
from routing.services.desk.trail import locked, name_of, written

NOTE_LENGTH = 20_000
_MENTION = re.compile(r"(?<![\w@.])@([\w+-][\w.+-]*(?:@[\w-]+(?:\.[\w-]+)+)?)")


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """mentioned: who got a notice. unknown: names behind an @ that nobody of this brand has."""

    message: CommunicationMessage
    mentioned: tuple[Any, ...]
    unknown: tuple[str, ...]


@transaction.atomic
def note_add(*, thread: CommunicationThread, user: Any, body: str, now: datetime) -> NoteWritten:
    """Write a note; whoever is named in it by @ gets a notice.

    A mention is a user name, a first name that only one colleague has, or a mention group of the brand,
    whose members are found by mail address. Raises DeskRefused for an empty note, PermissionDenied.
    """
    thread = locked(thread, user)
    body = clean_text(body.strip())[:NOTE_LENGTH]
    if not body:
        raise DeskRefused(_("A note needs a text."))
    message = note_write(thread, user, body, now)
    mentioned, unknown = _mentioned(thread, body)
    notices_give(
        thread, mentioned, kind=StaffNotice.Kind.MENTIONED, by=user, now=now, message_id=message.id, preview=body
    )  # fmt: skip
    written(
        thread, ThreadEvent.Kind.NOTED, user=user, now=now, message_id=message.id,
        mentioned=[name_of(person) for person in mentioned],
    )  # fmt: skip
    return NoteWritten(message, tuple(mentioned), tuple(unknown))


def note_write(thread: CommunicationThread, user: Any, body: str, now: datetime) -> CommunicationMessage:
    """The row of a note in a conversation that the caller has locked."""
    return CommunicationMessage.objects.create(
        created_at=now,
        sent_at=now,
        business_entity_id=thread.business_entity_id,
        thread=thread,
        channel_id=thread.channel_id or thread.source_channel_id,
        direction=CommunicationMessage.Direction.INTERNAL,
        message_type=CommunicationMessage.Type.NOTE,
        state=CommunicationMessage.State.RECEIVED,
        author=user,
        sender_name=name_of(user)[:200],
        body=body,
    )


def _mentioned(thread: CommunicationThread, body: str) -> tuple[list[Any], list[str]]:
    names = list(dict.fromkeys(name.rstrip(".-").lower() for name in _MENTION.findall(body)))
    if not names:
        return [], []
    people = list(colleagues([thread.business_entity_id]))
    groups = {
        group.name.lower(): {member.lower() for member in group.members}
        for group in MentionGroup.objects.filter(business_entity_id=thread.business_entity_id)
    }
    mentioned: dict[Any, Any] = {}
    unknown = []
    for name in names:
        found = _people_named(name, people, groups)
        mentioned.update((person.pk, person) for person in found)
        if not found:
            unknown.append(name)
    return list(mentioned.values()), unknown


def _people_named(name: str, people: list[Any], groups: dict[str, set[str]]) -> list[Any]:
    if name in groups:
        return [
            person
            for person in people
            if person.email.lower() in groups[name] or person.get_username().lower() in groups[name]
        ]
    exact = [person for person in people if person.get_username().lower() == name]
    if exact:
        return exact
    called = [person for person in people if person.first_name.lower() == name]
    return called if len(called) == 1 else []
