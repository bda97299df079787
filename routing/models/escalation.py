from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationThread
from channels_app.models.base import BaseModel
from channels_app.models.personal import DataKind, PersonalData


class Escalation(BaseModel):
    """A conversation that needs somebody now. It repeats its steps until somebody acknowledges."""

    brand_lookup = "business_entity"
    personal = PersonalData(contact="thread__contact", kind=DataKind.TEXT, cleared={"reason": ""})

    class Cause(models.TextChoices):
        EMERGENCY = "emergency", _("Emergency")
        BREACH = "breach", _("Answer overdue")
        MANUAL = "manual", _("Escalated by hand")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        CLOSED = "closed", _("Closed")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    thread = models.ForeignKey(
        CommunicationThread,
        on_delete=models.CASCADE,
        related_name="escalations",
        verbose_name=_("conversation"),
    )
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("department"),
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    state = models.CharField(_("state"), max_length=12, choices=State, default="open", db_default="open")
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.CharField(_("acknowledged by"), max_length=150, blank=True, db_default="")
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("raised by"),
    )
    reason = models.TextField(_("reason"), blank=True, db_default="")

    class Meta:
        db_table = "escalations"
        ordering = ("-id",)
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "cause"], condition=Q(state="open"), name="one_open_escalation_per_cause"
            ),
        ]
        indexes = [
            # The rollup: what was escalated in an hour.
            models.Index(fields=["created_at"], name="escalation_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.thread_id}"


class EscalationStep(BaseModel):
    """One thing to do at a time: a row, so that it survives every restart."""

    brand_lookup = "escalation__business_entity"
    personal = PersonalData(
        contact="escalation__thread__contact",
        kind=DataKind.TEXT,
        cleared={"outcome": ""},
        only=~Q(state="pending"),
    )

    class State(models.TextChoices):
        PENDING = "pending", _("Planned")
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Not needed any more")

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("order"))
    by = models.CharField(_("by"), max_length=10)
    to = models.CharField(_("to"), max_length=200, blank=True, db_default="")
    repeat_minutes = models.PositiveSmallIntegerField(_("repeat every (minutes)"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default="pending", db_default="pending"
    )
    outcome = models.CharField(_("outcome"), max_length=300, blank=True, db_default="")

    class Meta:
        db_table = "escalation_steps"
        ordering = ("due_at",)
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")
        constraints = [
            models.UniqueConstraint(fields=["escalation", "position"], name="escalation_step_once"),
        ]
        indexes = [
            # The sweep that takes due steps.
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="escalation_step_due"),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.to}".strip()
