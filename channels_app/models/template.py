from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models.audited import Audited
from channels_app.models.base import ChangingModel
from channels_app.models.channel import BusinessEntityChannel, medium_choices
from channels_app.models.entity import BusinessEntity
from channels_app.models.fields import TextListField


class CommunicationTemplate(ChangingModel):
    """A text of a brand with placeholders: an automatic answer, a reply to pick, a signature."""

    brand_lookup = "business_entity"

    class Situation(models.TextChoices):
        FIRST_CONTACT = "first_contact", _("Receipt of a first message")
        OUTSIDE_HOURS = "outside_hours", _("Outside business hours")
        LEAD_GREETING = "lead_greeting", _("Greeting of a new lead")
        EMERGENCY = "emergency", _("Emergency safety text")
        REPLY = "reply", _("Reply to choose in the inbox")
        SIGNATURE = "signature", _("Signature")
        RATING = "rating", _("Request for a rating")
        MISSED_CALL = "missed_call", _("After a missed call")

    class Approval(models.TextChoices):
        NOT_NEEDED = "not_needed", _("Not needed")
        PENDING = "pending", _("Waiting for Meta")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        PAUSED = "paused", _("Paused")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="templates", verbose_name=_("brand")
    )
    template_code = models.SlugField(_("code"), max_length=80)
    template_name = models.CharField(_("name"), max_length=120)
    situation = models.CharField(_("used for"), max_length=20, choices=Situation)
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="templates",
        verbose_name=_("channel"),
        help_text=_("Empty: every channel of the brand."),
    )
    channel_type = models.CharField(
        _("medium"),
        max_length=20,
        blank=True,
        db_default="",
        choices=medium_choices,
        help_text=_("Empty: every medium."),
    )
    language = models.CharField(
        _("language"), max_length=5, choices=BusinessEntity.Language, default="nl", db_default="nl"
    )
    subject = models.CharField(
        _("subject"), max_length=200, blank=True, db_default="", help_text=_("For email.")
    )
    content = models.TextField(
        _("text"), help_text=_("Placeholders such as {{ customer_name }} are filled in.")
    )
    html_content = models.TextField(
        _("HTML text"), blank=True, db_default="", help_text=_("For email; empty: made from the text.")
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)

    provider_name = models.CharField(
        _("name at Meta"),
        max_length=120,
        blank=True,
        db_default="",
        help_text=_("Of an approved WhatsApp template, which may be sent outside the 24-hour window."),
    )
    provider_category = models.CharField(_("category"), max_length=20, blank=True, db_default="")
    provider_variables = TextListField(
        _("values of {{1}}, {{2}} ..."), help_text=_("Which placeholder fills each numbered one, in order.")
    )
    approval = models.CharField(
        _("approval"), max_length=12, choices=Approval, default=Approval.NOT_NEEDED, db_default="not_needed"
    )
    quality = models.CharField(_("quality"), max_length=12, blank=True, db_default="", editable=False)
    synced_at = models.DateTimeField(_("fetched from Meta"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "communication_templates"
        ordering = ("business_entity__entity_name", "situation", "template_name")
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        triggers = [Audited(label="r->>'template_name'", ignored=("synced_at", "quality"))]
        constraints = [
            models.UniqueConstraint(
                fields=["business_entity", "template_code", "language"],
                name="template_once_per_code_and_language",
            ),
            # A template of Meta is known by name and language; the sync upserts on it.
            models.UniqueConstraint(
                fields=["business_entity", "provider_name", "language"],
                condition=~Q(provider_name=""),
                name="provider_template_once_per_language",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template_name} ({self.language})"
