from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel
from channels_app.models.channel import BusinessEntityChannel
from channels_app.models.entity import BusinessEntity


class Incident(BaseModel):
    """Something is wrong with a channel. One is open at a time per channel and kind."""

    brand_lookup = "business_entity"

    class Kind(models.TextChoices):
        UNREACHABLE = "unreachable", _("Cannot be reached")
        SUSPENDED = "suspended", _("Sending suspended")
        CREDENTIALS = "credentials", _("Credentials expire")
        QUALITY = "quality", _("Quality rating dropped")
        UNKNOWN_ACCOUNT = "unknown_account", _("Messages for an unknown account")
        UNROUTABLE = "unroutable", _("Messages without a department")
        BACKLOG = "backlog", _("Backlog")
        SILENCE = "silence", _("Unusually quiet")
        CAPACITY = "capacity", _("Department is full")
        UNTOLD = "untold", _("Nobody can be told of an escalation")
        STORAGE = "storage", _("Files cannot be stored")

    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("brand"),
    )
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="incidents",
        verbose_name=_("channel"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    detail = models.TextField(_("what happened"), blank=True, db_default="")
    reference = models.CharField(_("about"), max_length=200, blank=True, db_default="")
    opened_at = models.DateTimeField(_("since"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    occurrences = models.PositiveIntegerField(_("times"), default=1, db_default=1)

    class Meta:
        db_table = "incidents"
        ordering = ("-opened_at",)
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "kind", "reference"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="one_open_incident_per_channel_and_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.channel or self.reference}"
