from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel
from channels_app.models.conversation import CommunicationMessage
from channels_app.models.entity import BusinessEntity
from channels_app.models.personal import DataKind, PersonalData


class Attachment(BaseModel):
    """A file with a message. Remote media are fetched after the message has been stored."""

    brand_lookup = "business_entity"
    personal = PersonalData(
        contact="message__thread__contact",
        kind=DataKind.FILES,
        cleared={"name": "", "sha256": "", "content_id": "", "media_id": "", "state": "removed"},
        files=("file",),
    )

    class State(models.TextChoices):
        PENDING = "pending", _("Being fetched")
        STORED = "stored", _("Stored")
        WITHHELD = "withheld", _("Held back")
        FAILED = "failed", _("Could not be fetched")
        REMOVED = "removed", _("Removed after the retention period")

    # Without a constraint of its own: that of the message keeps the brand.
    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    message = models.ForeignKey(CommunicationMessage, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=150, blank=True, db_default="")
    size = models.BigIntegerField(_("size in bytes"), null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_default="")
    content_id = models.CharField(max_length=255, blank=True, db_default="")
    media_id = models.CharField(max_length=255, blank=True, db_default="")
    file = models.FileField(
        _("file"), upload_to="attachments/%Y/%m/", blank=True, db_default="", max_length=300
    )
    state = models.CharField(_("state"), max_length=10, choices=State)
    note = models.CharField(_("note"), max_length=300, blank=True, db_default="")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    available_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "message_attachments"
        ordering = ("id",)
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [
            # The sweep that fetches remote media.
            models.Index(fields=["available_at"], condition=Q(state="pending"), name="attachment_to_fetch"),
        ]

    def __str__(self) -> str:
        return self.name
