from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationThread,
)
from channels_app.models.base import BaseModel


class SlaTimer(BaseModel):
    """The clock of one promised answer: it runs from a customer's message until a person answers.

    A department change by hand moves the clock, it does not restart it; when a fallback takes over from a
    silent department the clock stays with the department that made the promise. `due_at` is absolute.
    """

    brand_lookup = "business_entity"

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        MET = "met", _("Answered in time")
        BREACHED = "breached", _("Answered too late")
        CANCELLED = "cancelled", _("Cancelled")

    # Without a constraint of its own: that of the thread keeps the brand.
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("brand"),
    )
    thread = models.ForeignKey(
        CommunicationThread,
        on_delete=models.CASCADE,
        related_name="sla_timers",
        verbose_name=_("conversation"),
    )
    message = models.OneToOneField(
        CommunicationMessage, on_delete=models.CASCADE, related_name="sla_timer", verbose_name=_("message")
    )
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("department"),
    )
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("due"))
    warn_at = models.DateTimeField(_("warning at"), null=True, blank=True)
    warned_at = models.DateTimeField(_("warned"), null=True, blank=True)
    breached_at = models.DateTimeField(_("breached"), null=True, blank=True)
    handed_over_at = models.DateTimeField(
        _("handed over"), null=True, blank=True, help_text=_("When the department's fallback took over.")
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    elapsed_minutes = models.DecimalField(_("minutes elapsed"), max_digits=10, decimal_places=2, null=True)
    business_minutes = models.DecimalField(_("business minutes"), max_digits=10, decimal_places=2, null=True)
    first_response = models.BooleanField(_("first answer of the conversation"), default=True, db_default=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default="running", db_default="running"
    )

    class Meta:
        db_table = "sla_timers"
        ordering = ("-id",)
        verbose_name = _("response clock")
        verbose_name_plural = _("response clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["thread"], condition=Q(state="running"), name="one_running_clock_per_thread"
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("started_at")), name="clock_due_after_start"),
        ]
        indexes = [
            # The breach sweep.
            models.Index(fields=["due_at"], condition=Q(state="running"), name="clock_running_by_due"),
            # Response times of a department in an hour.
            models.Index(
                fields=["channel", "answered_at"],
                include=["elapsed_minutes", "business_minutes", "state"],
                name="clock_by_channel_answered",
            ),
            # Breaches in an hour.
            models.Index(
                fields=["breached_at"], condition=Q(breached_at__isnull=False), name="clock_by_breach_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.due_at:%Y-%m-%d %H:%M}"
