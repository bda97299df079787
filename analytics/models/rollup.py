from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.models.base import BaseModel


class ChannelAnalytics(BaseModel):
    """What one channel did in one hour, or, with `hour_tracked` empty, in one day of its brand's time zone.

    Averages and rates cannot be added up; the counts and totals that they are made of stand beside them,
    so that any number of hours and channels can be. `docs/metrics.md` has the formula of every column.
    """

    brand_lookup = "business_entity_channel__business_entity"

    # The rollup writes channels it has just read; having each row checked costs as much as counting it.
    business_entity_channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        related_name="analytics",
        db_index=False,
        db_constraint=False,
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
    responses = models.IntegerField(_("answers"), default=0, db_default=0)
    responses_in_time = models.IntegerField(_("answered in time"), default=0, db_default=0)
    response_minutes_total = models.DecimalField(
        _("minutes waited, added up"), max_digits=14, decimal_places=2, default=0, db_default=0
    )
    business_minutes_total = models.DecimalField(
        _("business minutes waited, added up"), max_digits=14, decimal_places=2, default=0, db_default=0
    )
    resolved_after_answer = models.IntegerField(_("resolved after an answer"), default=0, db_default=0)
    resolved_at_first_contact = models.IntegerField(_("resolved at first contact"), default=0, db_default=0)
    ratings = models.IntegerField(_("ratings"), default=0, db_default=0)
    ratings_total = models.IntegerField(_("ratings, added up"), default=0, db_default=0)
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


class RoutingFlow(BaseModel):
    """How many messages went from where they arrived to which department on one day of the brand."""

    brand_lookup = "business_entity"

    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("brand"),
    )
    date_tracked = models.DateField(_("date"))
    source_channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("arrived at"),
    )
    target_channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("routed to"),
    )
    decisions = models.IntegerField(_("decisions"), default=0, db_default=0)
    unsure = models.IntegerField(_("unsure"), default=0, db_default=0)
    overrides = models.IntegerField(_("moved by hand"), default=0, db_default=0)

    class Meta:
        db_table = "routing_flows"
        ordering = ("-date_tracked",)
        verbose_name = _("routing flow")
        verbose_name_plural = _("routing flows")
        constraints = [
            # Also reads a brand's days for the dashboard's routing matrix.
            models.UniqueConstraint(
                fields=["business_entity", "date_tracked", "source_channel", "target_channel"],
                nulls_distinct=False,
                name="routing_flow_once_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date_tracked} {self.source_channel_id} -> {self.target_channel_id}"


class BrandDay(BaseModel):
    """What cannot be added up from channels but is asked of a brand as a whole, for one day of the brand.

    Response times are kept as a distribution: how many answers fell into each class of two percent width
    (`analytics.distribution`), so that the percentiles of any number of days and brands cost a few hundred
    numbers each, however many answers there were.
    """

    brand_lookup = "business_entity"

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    date_tracked = models.DateField(_("date"))
    received_by_hour = ArrayField(models.IntegerField(), verbose_name=_("received in each hour"))
    response_classes = ArrayField(models.SmallIntegerField(), verbose_name=_("classes of response times"))
    response_counts = ArrayField(models.IntegerField(), verbose_name=_("answers in each class"))

    class Meta:
        db_table = "brand_days"
        ordering = ("-date_tracked",)
        verbose_name = _("day of a brand")
        verbose_name_plural = _("days of brands")
        constraints = [
            # Also reads a brand's days for the dashboard's heat map and percentiles.
            models.UniqueConstraint(fields=["business_entity", "date_tracked"], name="brand_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date_tracked}"


class RollupState(models.Model):
    """A single row: up to when changes have been looked for (see `analytics.services.late_data`)."""

    brand_lookup = None

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    changes_seen_until = models.DateTimeField()

    class Meta:
        db_table = "rollup_state"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="rollup_state_is_one_row")]

    def __str__(self) -> str:
        return f"{self.changes_seen_until:%Y-%m-%d %H:%M}"
