"""Putting bytes into the file storage, which may be full or away while everything else works."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.core.files.base import ContentFile

from channels_app.models import Attachment, Incident
from channels_app.models.base import new_id
from channels_app.services.incidents import incident_open, incidents_close

logger = structlog.get_logger(__name__)

_ABOUT = "files"


class StorageUnavailable(Exception):
    """The file storage did not take it; it may later."""


def file_keep(data: bytes) -> str:
    """Store an attachment's bytes; the name they are found under. Raises StorageUnavailable.

    Named by us: a sender's file name never becomes a path.
    """
    field = Attachment._meta.get_field("file")
    path = field.generate_filename(Attachment(), f"{new_id().hex}.bin")
    try:
        return field.storage.save(path, ContentFile(data))
    # A disk says OSError, an object store whatever its library likes.
    except Exception as error:
        logger.exception("file_not_stored", size=len(data))
        raise StorageUnavailable(type(error).__name__) from error


def storage_trouble(*, now: datetime) -> None:
    """Say that files cannot be stored."""
    incident_open(
        kind=Incident.Kind.STORAGE,
        now=now,
        reference=_ABOUT,
        detail="Bijlagen kunnen niet worden bewaard (schijf vol of opslag onbereikbaar). "
        "De berichten zijn er; de bestanden volgen vanzelf zodra er ruimte is.",
    )


def storage_well(*, now: datetime) -> None:
    """Say that files can be stored (again)."""
    incidents_close(kind=Incident.Kind.STORAGE, now=now, reference=_ABOUT)
