from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models import BusinessEntityChannel
from channels_app.models.base import BaseModel


class ChannelAnalytics(BaseModel):
    """What one channel did in one hour, or, with `hour_tracked` empty, in one day of its brand's time zone."""

    brand_lookup = "business_entity_channel__business_entity"

    business_entity_channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        related_name="analytics",
        db_index=False,
        verbose_name=_("channel"),
    )
    date_tracked = models.DateField(_("date"))
    hour_tracked = models.PositiveSmallIntegerField(_("hour"), null=True, blank=True)
    messages_received = models.IntegerField(_("received"), default=0, db_default=0)
    messages_sent = models.IntegerField(_("sent"), default=0, db_default=0)
    auto_responses_sent = models.IntegerField(_("automatic answers"), default=0, db_default=0)
    avg_response_time_minutes = models.DecimalField(
        _("average response (minutes)"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    min_response_time_minutes = models.DecimalField(
        _("fastest response (minutes)"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    max_response_time_minutes = models.DecimalField(
        _("slowest response (minutes)"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    sla_breaches = models.IntegerField(_("answered too late"), default=0, db_default=0)
    new_conversations_started = models.IntegerField(_("new conversations"), default=0, db_default=0)
    conversations_resolved = models.IntegerField(_("resolved"), default=0, db_default=0)
    conversations_escalated = models.IntegerField(_("escalated"), default=0, db_default=0)
    customer_satisfaction_score = models.DecimalField(
        _("customer rating"), max_digits=3, decimal_places=2, null=True, blank=True
    )
    first_contact_resolution_rate = models.DecimalField(
        _("solved at first contact"), max_digits=5, decimal_places=4, null=True, blank=True
    )
    channel_specific_metrics = models.JSONField(_("of this medium"), default=dict, db_default={})

    class Meta:
        db_table = "channel_analytics"
        ordering = ("-date_tracked", "-hour_tracked")
        verbose_name = _("channel statistics")
        verbose_name_plural = _("channel statistics")
        constraints = [
            # One daily row (hour empty) per day; also reads a channel's days for the dashboard.
            models.UniqueConstraint(
                fields=["business_entity_channel", "date_tracked", "hour_tracked"],
                nulls_distinct=False,
                name="analytics_once_per_channel_and_hour",
            ),
            models.CheckConstraint(
                condition=Q(hour_tracked__isnull=True) | Q(hour_tracked__lte=23),
                name="analytics_hour_0_to_23",
            ),
        ]

    def __str__(self) -> str:
        hour = "" if self.hour_tracked is None else f" {self.hour_tracked:02d}h"
        return f"{self.date_tracked}{hour}"
