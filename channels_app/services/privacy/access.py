"""What the house knows of one contact, as a zip to hand out: JSON for programs, a page for people, files."""

from __future__ import annotations

import json
import tempfile
import zipfile
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, Any

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BinaryField, FileField, Model
from django.template.loader import render_to_string
from django.utils.translation import override

from channels_app.models import Attachment, AuditEntry, CommunicationThread, Contact
from channels_app.scoping import Ability, require
from channels_app.services.audit import audit_record
from channels_app.services.privacy.clearing import personal_models, rows_of_contact

IN_MEMORY = 10 * 1024 * 1024


def subject_access_export(*, contact: Contact, actor: Any, now: datetime, ip: str | None = None) -> IO[bytes]:
    """A file with the zip, at its beginning; the caller closes it. Raises PermissionDenied.

    data.json holds every row that says something of the contact, by model; index.html the conversations in
    order, in the brand's language; attachments/ the files that are still kept.
    """
    require(actor, Ability.ADMINISTER, contact.business_entity_id)
    tables = {
        model._meta.label: [_row(row) for row in rows_of_contact(model, personal, contact.pk).order_by("pk")]
        for model, personal in personal_models()
        if personal.contact is not None
    }
    names = _file_names(contact)
    out: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 the caller closes it
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        document = {"contact": str(contact.pk), "made_at": now, "tables": tables}
        archive.writestr(
            "data.json", json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        )
        archive.writestr("index.html", _page(contact, names, now))
        for attachment, name in names.items():
            _add_file(archive, str(attachment.file.name), name)
    out.seek(0)
    audit_record(
        action=AuditEntry.Action.ACCESS_EXPORTED,
        brands=[contact.business_entity_id],
        actor=actor,
        object_type=Contact._meta.label_lower,
        object_id=contact.pk,
        object_name=str(contact),
        detail={label: len(rows) for label, rows in tables.items() if rows},
        ip=ip,
    )
    return out


def _row(row: Model) -> dict[str, Any]:
    return {
        field.name: field.value_from_object(row)
        if not isinstance(field, FileField)
        else str(field.value_from_object(row))
        for field in row._meta.concrete_fields
        if not isinstance(field, BinaryField)
    }


def _file_names(contact: Contact) -> dict[Attachment, str]:
    """Where each file stands in the zip: its own name after a number, whatever path a sender gave it."""
    files = (
        Attachment.objects.filter(message__thread__contact=contact)
        .exclude(file="")
        .order_by("created_at", "pk")
    )
    return {
        attachment: f"attachments/{number:04}-{PurePosixPath(attachment.name.replace(chr(92), '/')).name or 'file'}"
        for number, attachment in enumerate(files, start=1)
    }


def _add_file(archive: zipfile.ZipFile, stored: str, name: str) -> None:
    if not default_storage.exists(stored):
        return
    with default_storage.open(stored) as source, archive.open(name, "w") as target:
        while chunk := source.read(1024 * 1024):
            target.write(chunk)


def _page(contact: Contact, names: dict[Attachment, str], now: datetime) -> str:
    by_message: dict[Any, list[tuple[str, str]]] = {}
    for attachment, name in names.items():
        by_message.setdefault(attachment.message_id, []).append((attachment.name, name))
    threads = (
        CommunicationThread.objects.filter(contact=contact)
        .order_by("created_at")
        .prefetch_related("messages")
    )
    conversations = [
        (
            thread,
            [
                (message, by_message.get(message.pk, ()))
                for message in sorted(thread.messages.all(), key=lambda each: (each.sent_at, each.pk))
            ],
        )
        for thread in threads
    ]
    brand = contact.business_entity
    with override("en" if brand.default_language == "en" else "nl"):
        return render_to_string(
            "privacy/access.html",
            {
                "contact": contact,
                "identifiers": list(contact.identifiers.all()),
                "brand": brand,
                "conversations": conversations,
                "now": now,
            },
        )
