"""Files that were uploaded in a composer, and what becomes of them when a message leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.bulk import clean_text
from channels_app.models import Attachment, CommunicationMessage, CommunicationThread
from channels_app.models.base import new_id
from channels_app.scoping import Ability, require
from routing.models import DraftFile
from routing.services.desk.errors import DeskRefused

FILE_BYTES = 20 * 1024 * 1024
FILES_AT_MOST = 20
KEPT_FOR = timedelta(days=14)
_BATCH = 200

SendableFile = DraftFile | Attachment


def draft_file_add(
    *, entity_id: UUID, user: Any, name: str, content_type: str, data: bytes, now: datetime
) -> DraftFile:
    """Keep an uploaded file until it is sent. Raises DeskRefused for an empty or too large one,
    PermissionDenied."""
    require(user, Ability.CONVERSE, entity_id)
    if not data:
        raise DeskRefused(_("The file is empty."))
    if len(data) > FILE_BYTES:
        raise DeskRefused(_("A file has at most %(count)d MB.") % {"count": FILE_BYTES // 1024 // 1024})
    file = DraftFile(
        created_at=now,
        business_entity_id=entity_id,
        user=user,
        name=_tidy_name(name),
        content_type=clean_text(content_type)[:150],
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    # Named by us: a sender's file name never becomes a path.
    file.file.save(f"{new_id().hex}.bin", ContentFile(data), save=False)
    file.save()
    return file


def draft_file_remove(*, file_id: UUID, user: Any) -> None:
    """Throw an own upload away; one that was sent or is gone already is no error."""
    file = DraftFile.objects.filter(id=file_id, user=user).first()
    if file is not None:
        file.delete()
        file.file.delete(save=False)


def draft_files_clear(*, now: datetime) -> int:
    """Throw away what was uploaded long ago and never sent; how many files."""
    cleared = 0
    while True:
        with transaction.atomic():
            old = list(
                DraftFile.objects.filter(created_at__lt=now - KEPT_FOR)
                .order_by("created_at")
                .select_for_update(skip_locked=True)[:_BATCH]
            )
            DraftFile.objects.filter(id__in=[file.id for file in old]).delete()
        for file in old:
            file.file.delete(save=False)
        cleared += len(old)
        if len(old) < _BATCH:
            return cleared


def sendable_files(
    file_ids: Sequence[UUID], *, user: Any, thread: CommunicationThread | None
) -> tuple[SendableFile, ...]:
    """The files behind these ids, in order: the user's uploads, and files of the conversation's messages.

    A file of another brand is returned as it is: `brand_guard` names and refuses it. Raises DeskRefused
    for any other file that the user may not send.
    """
    if len(file_ids) > FILES_AT_MOST:
        raise DeskRefused(_("At most %(count)d files go with one message.") % {"count": FILES_AT_MOST})
    wanted = list(dict.fromkeys(file_ids))
    found: dict[UUID, SendableFile] = {
        file.id: file for file in DraftFile.objects.filter(id__in=wanted, user=user).select_for_update()
    }
    for attachment in Attachment.objects.filter(id__in=wanted, state=Attachment.State.STORED).select_related(
        "message"
    ):
        own = thread is not None and attachment.message.thread_id == thread.id
        if own or (thread is not None and attachment.business_entity_id != thread.business_entity_id):
            found[attachment.id] = attachment
    if len(found) < len(wanted):
        raise DeskRefused(_("A file is not there any more; attach it again."))
    if sum(file.size or 0 for file in found.values()) > FILE_BYTES:
        raise DeskRefused(
            _("All files together have at most %(count)d MB.") % {"count": FILE_BYTES // 1024 // 1024}
        )
    return tuple(found[file_id] for file_id in wanted)


def attach(message: CommunicationMessage, files: Sequence[SendableFile]) -> None:
    """Let these files leave with a message; uploads become its attachments."""
    Attachment.objects.bulk_create(
        Attachment(
            business_entity_id=message.business_entity_id,
            message=message,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            file=file.file.name,
            state=Attachment.State.STORED,
        )
        for file in files
    )
    DraftFile.objects.filter(id__in=[file.id for file in files if isinstance(file, DraftFile)]).delete()


def take_back(message: CommunicationMessage, user: Any, now: datetime) -> list[str]:
    """Make the attachments of a message that never left uploads again; the ids of those."""
    files = [
        DraftFile(
            created_at=now,
            business_entity_id=message.business_entity_id,
            user=user,
            name=attachment.name,
            content_type=attachment.content_type,
            size=attachment.size or 0,
            sha256=attachment.sha256,
            file=attachment.file.name,
        )
        for attachment in message.attachments.exclude(file="")
    ]
    DraftFile.objects.bulk_create(files)
    return [str(file.id) for file in files]


def _tidy_name(name: str) -> str:
    tidy = " ".join(clean_text(PurePath(name.replace("\\", "/")).name).split())
    return tidy[-255:] or "file"
