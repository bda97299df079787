"""Writing: answers, notes, and what is kept of them until they are sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest

from channels_app.admin.display import moment
from channels_app.models import CommunicationThread
from channels_app.providers.registry import provider_for
from routing.inbox.display import person_name
from routing.models import DraftFile
from routing.services.desk.composing import Composer, TemplateChoice, composer_for
from routing.services.desk.files import FILE_BYTES, FILES_AT_MOST


@dataclass(frozen=True, slots=True)
class ComposerFields:
    """What the composer holds when it is opened: nothing, or what the draft kept."""

    mode: str
    body: str
    subject: str
    cc: str
    template: str
    values: dict[str, str]
    files: tuple[DraftFile, ...]


def composer_context(
    request: HttpRequest, thread: CommunicationThread, people: Iterable[Any], *, now: datetime
) -> dict[str, Any]:
    """The composer of a conversation, with the user's own draft in it. people: who can be mentioned."""
    composer = composer_for(thread=thread, user=request.user, now=now)
    way = composer.way
    closes = way.window_closes_at
    parts = provider_for(way.channel.channel_type).parts("x") is not None
    return {
        "composer": composer,
        "way": way,
        "fields": _fields(composer, request.user),
        "key": uuid4().hex,
        "templates": [_offered(template, way.free_text) for template in composer.templates],
        "window_left": moment(closes) if closes is not None and closes > now else "",
        "counts_parts": parts,
        "file_limit": FILE_BYTES,
        "files_at_most": FILES_AT_MOST,
        "mentions": json.dumps(
            [{"name": person.get_username(), "label": person_name(person)} for person in people]
        ),
    }


def _fields(composer: Composer, user: Any) -> ComposerFields:
    way, draft = composer.way, composer.draft
    kept = draft.content if draft is not None else {}
    ids = [str(given) for given in kept.get("attachments", [])]
    files = DraftFile.objects.filter(pk__in=_uuids(ids), user=user) if ids else DraftFile.objects.none()
    can_write = not way.why_not
    return ComposerFields(
        mode="reply" if can_write and kept.get("mode") != "note" else "note",
        body=draft.body if draft is not None else "",
        subject=str(kept.get("subject") or way.subject),
        cc=", ".join(map(str, kept.get("cc", ()))),
        template=str(kept.get("template") or ""),
        values={str(name): str(value) for name, value in (kept.get("values") or {}).items()},
        files=tuple(files),
    )


def _uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _offered(template: TemplateChoice, free_text: bool) -> dict[str, Any]:
    return {
        "id": str(template.id),
        "name": template.name,
        "subject": template.subject,
        "body": template.body,
        "approved": template.approved,
        "usable": template.ready and (free_text or template.approved),
        "fields": json.dumps(
            [
                {"name": field.name, "label": str(field.label), "value": field.value}
                for field in template.fields
            ]
        ),
    }
