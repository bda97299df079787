from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationThread,
)
from channels_app.models.base import BaseModel
from channels_app.models.fields import TextListField
from channels_app.models.personal import DataKind, PersonalData
from routing.engine.candidate_rows import pack, unpack


class CandidatesField(models.JSONField):
    """The candidates of a decision: short rows in the database, objects in Python (`candidate_rows`)."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        rows = super().from_db_value(value, expression, connection)
        return rows if rows is None else unpack(rows)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(value if value is None else pack(value), connection, prepared)


class MessageRoutingLog(BaseModel):
    """Why a message went where it went. Written once, never changed."""

    brand_lookup = "business_entity"
    personal = PersonalData(
        contact="thread__contact",
        kind=DataKind.TEXT,
        cleared={
            "explanation": {},
            "override_reason": Case(When(manual_override=True, then=Value("…")), default=Value("")),
        },
    )

    # Without a constraint of its own: that of the thread keeps the brand.
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("brand"),
    )
    communication_message = models.ForeignKey(
        CommunicationMessage,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="routing_logs",
        verbose_name=_("message"),
    )
    thread = models.ForeignKey(
        CommunicationThread,
        on_delete=models.PROTECT,
        related_name="routing_logs",
        verbose_name=_("conversation"),
    )
    source_channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("arrived at"),
    )
    target_channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("routed to"),
        help_text=_("Empty when nobody could be found."),
    )
    routing_reason = models.CharField(_("reason"), max_length=200, blank=True, db_default="")
    routing_confidence = models.DecimalField(
        _("confidence"),
        max_digits=3,
        decimal_places=2,
        null=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    applied_rules = models.JSONField(_("rules applied"), default=list, db_default=[])
    keyword_matches = models.JSONField(_("keywords found"), default=dict, db_default={})
    sender_classification = models.CharField(_("sender"), max_length=50, blank=True, db_default="")
    action = models.CharField(_("action"), max_length=25, blank=True, db_default="")
    urgency = models.CharField(_("urgency"), max_length=10, blank=True, db_default="")
    unsure = models.BooleanField(_("unsure"), default=False, db_default=False)
    runner_up = models.CharField(_("second choice"), max_length=50, blank=True, db_default="")
    labels = TextListField(_("labels"))
    auto_response = models.CharField(_("automatic answer"), max_length=20, blank=True, db_default="")
    explanation = models.JSONField(_("explanation"), default=dict, db_default={})
    candidates = CandidatesField(_("candidates"), default=list, db_default=[])
    processing_time_ms = models.PositiveIntegerField(
        _("engine time (ms)"), null=True, help_text=_("The decision itself, rounded up.")
    )
    waiting_time_ms = models.PositiveIntegerField(
        _("waited (ms)"), null=True, help_text=_("From arrival to decision.")
    )
    manual_override = models.BooleanField(_("moved by hand"), default=False, db_default=False)
    override_reason = models.TextField(_("reason for the move"), blank=True, db_default="")
    overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("moved by"),
    )

    class Meta:
        db_table = "message_routing_logs"
        ordering = ("-id",)
        verbose_name = _("routing decision")
        verbose_name_plural = _("routing decisions")
        constraints = [
            models.CheckConstraint(
                condition=Q(routing_confidence__isnull=True)
                | Q(routing_confidence__gte=0, routing_confidence__lte=1),
                name="routing_confidence_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(manual_override=False) | ~Q(override_reason=""), name="override_has_a_reason"
            ),
        ]
        indexes = [
            # The rollup's routing matrix and the log of a department.
            models.Index(fields=["target_channel", "created_at"], name="log_by_target"),
            # The rollup's routing matrix of a day.
            BrinIndex(fields=["created_at"], name="log_by_time", autosummarize=True, pages_per_range=32),
        ]

    def __str__(self) -> str:
        return self.routing_reason
