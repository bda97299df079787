from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel
from channels_app.models.channel import BusinessEntityChannel
from channels_app.models.conversation import CommunicationMessage
from channels_app.models.entity import BusinessEntity
from channels_app.models.personal import DataKind, PersonalData


class OutboxItem(BaseModel):
    """Something to send: a message to a customer or a notification to a team.

    queued -> claimed -> sending -> sent | queued again (retry) | failed | unknown. A row whose worker
    died while it was only claimed is queued again; one that was being sent becomes unknown.
    """

    brand_lookup = "business_entity"
    personal = PersonalData(
        contact="message__thread__contact",
        kind=DataKind.TEXT,
        cleared={"recipient": "", "payload": {"removed": True}},
        only=Q(state__in=["sent", "failed", "unknown", "cancelled", "held"]),
    )

    class State(models.TextChoices):
        HELD = "held", _("Held back")
        QUEUED = "queued", _("Waiting")
        CLAIMED = "claimed", _("Taken by a worker")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown whether it was sent")
        CANCELLED = "cancelled", _("Cancelled")

    # Without a constraint of its own: that of the channel keeps the brand.
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("brand"),
    )
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("channel"),
        help_text=_("The channel that it leaves by."),
    )
    message = models.OneToOneField(
        CommunicationMessage,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="outbox_item",
        verbose_name=_("message"),
    )
    thread_id = models.UUIDField(null=True, blank=True, editable=False)
    recipient = models.CharField(_("recipient"), max_length=320, blank=True, db_default="")
    payload = models.JSONField(_("notification"), default=dict, db_default={}, blank=True)
    dedupe_key = models.CharField(max_length=150, blank=True, db_default="", editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.QUEUED, db_default="queued"
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    available_at = models.DateTimeField(_("not before"), default=timezone.now)
    claimed_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True, db_default="")
    error_text = models.CharField(_("what went wrong"), max_length=500, blank=True, db_default="")

    class Meta:
        db_table = "outbox_items"
        ordering = ("-id",)
        verbose_name = _("outgoing item")
        verbose_name_plural = _("outbox")
        constraints = [
            # A notification is made once, however often its cause is handled.
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=~Q(dedupe_key=""), name="notification_once"
            ),
            models.CheckConstraint(
                condition=Q(message__isnull=False) | ~Q(payload={}), name="outbox_item_has_something_to_send"
            ),
        ]
        indexes = [
            # Which channels have work, and a channel's next items.
            models.Index(fields=["channel", "available_at"], condition=Q(state="queued"), name="outbox_due"),
            # Items whose worker may have died; order within a conversation.
            models.Index(
                fields=["claimed_at"], condition=Q(state__in=["claimed", "sending"]), name="outbox_in_flight"
            ),
            models.Index(
                fields=["thread_id"],
                condition=Q(state__in=["queued", "claimed", "sending"]),
                name="outbox_by_thread",
            ),
            # The rollup: notifications sent in an hour.
            BrinIndex(fields=["finished_at"], name="outbox_by_time", autosummarize=True, pages_per_range=32),
            # What staff must look at.
            models.Index(
                fields=["business_entity", "state"],
                condition=Q(state__in=["failed", "unknown", "held"]),
                name="outbox_needs_attention",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.recipient}".strip()
