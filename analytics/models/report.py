from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.models.audited import Audited
from channels_app.models.base import BaseModel, ChangingModel
from channels_app.models.fields import TextListField


class ReportSchedule(ChangingModel):
    """A report of one brand that goes out by mail when a week or a month is over."""

    brand_lookup = "business_entity"

    class Frequency(models.TextChoices):
        WEEKLY = "weekly", _("Every week, on Monday")
        MONTHLY = "monthly", _("Every month, on the first")

    class Attachment(models.TextChoices):
        XLSX = "xlsx", _("Excel workbook")
        CSV = "csv", _("CSV file")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.CASCADE, related_name="report_schedules", verbose_name=_("brand")
    )
    frequency = models.CharField(
        _("how often"), max_length=10, choices=Frequency, default=Frequency.WEEKLY, db_default="weekly"
    )
    recipients = TextListField(_("recipients"), help_text=_("Mail addresses. One per line."))
    channel = models.ForeignKey(
        BusinessEntityChannel, on_delete=models.CASCADE, related_name="+", verbose_name=_("leaves from"),
        help_text=_("A mailbox of the brand."),
    )  # fmt: skip
    attachment = models.CharField(
        _("attached as"), max_length=4, choices=Attachment, default=Attachment.XLSX, db_default="xlsx"
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, db_default="", editable=False)

    class Meta:
        db_table = "report_schedules"
        ordering = ("business_entity__entity_name", "frequency")
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        triggers = [
            Audited(
                label="array_to_string(ARRAY(SELECT jsonb_array_elements_text(r->'recipients')), ', ')",
                ignored=("last_error",),
            )
        ]

    def __str__(self) -> str:
        return f"{self.business_entity} · {self.get_frequency_display()}"


class ReportDelivery(BaseModel):
    """One report to one recipient: written before it is sent, so that it is never sent twice."""

    brand_lookup = "schedule__business_entity"

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="deliveries")
    last_day = models.DateField(_("until"))
    recipient = models.EmailField(_("recipient"), max_length=320)

    class Meta:
        db_table = "report_deliveries"
        ordering = ("-created_at",)
        verbose_name = _("report sent")
        verbose_name_plural = _("reports sent")
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "last_day", "recipient"], name="report_once_per_recipient"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.last_day}"
