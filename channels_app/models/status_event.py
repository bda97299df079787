from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel
from channels_app.models.channel import BusinessEntityChannel
from channels_app.models.conversation import CommunicationMessage
from channels_app.models.personal import DataKind, PersonalData


class MessageStatusEvent(BaseModel):
    """What the provider said about an outgoing message, kept even when we cannot (yet) place it."""

    brand_lookup = "channel__business_entity"
    personal = PersonalData(contact="message__thread__contact", kind=DataKind.TEXT, cleared={"data": {}})

    channel = models.ForeignKey(
        BusinessEntityChannel, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    message = models.ForeignKey(
        CommunicationMessage, on_delete=models.CASCADE, null=True, blank=True, related_name="status_events"
    )
    external_id = models.CharField(max_length=998, blank=True, db_default="")
    state = models.CharField(max_length=10)
    occurred_at = models.DateTimeField()
    error_code = models.CharField(max_length=40, blank=True, db_default="")
    error_text = models.CharField(max_length=500, blank=True, db_default="")
    data = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        db_table = "message_status_events"
        ordering = ("occurred_at",)
        verbose_name = _("delivery status")
        verbose_name_plural = _("delivery statuses")
        constraints = [
            # A redelivered status changes nothing; also finds statuses that came before our own commit.
            models.UniqueConstraint(
                fields=["channel", "external_id", "state", "occurred_at"],
                condition=~Q(external_id=""),
                name="status_once",
            ),
        ]
        indexes = [
            # The rollup: told since the last look.
            BrinIndex(fields=["created_at"], name="status_by_time", autosummarize=True, pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.occurred_at:%Y-%m-%d %H:%M:%S}"
