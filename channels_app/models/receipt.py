from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel
from channels_app.models.channel import BusinessEntityChannel, medium_choices
from channels_app.models.personal import DataKind, PersonalData

# Processed, and not emptied yet; one that came without a body has its words in the address.
PROCESSED_WITH_CONTENTS = Q(state="done") & (~Q(body=b"") | ~Q(url=""))


class InboundReceipt(BaseModel):
    """The raw exchange of a provider, kept before anything is understood of it."""

    brand_lookup = "channel__business_entity"
    personal = PersonalData(
        contact=None,
        kind=DataKind.RAW,
        cleared={"url": "", "headers": {}, "body": b""},
        age="received_at",
        only=~Q(state="pending"),
    )

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DONE = "done", _("Processed")
        QUARANTINED = "quarantined", _("Quarantined")

    provider = models.CharField(_("medium"), max_length=20, choices=medium_choices)
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("channel"),
        help_text=_("Of the webhook address; empty on the shared one."),
    )
    method = models.CharField(max_length=8, default="POST", db_default="POST")
    url = models.TextField(blank=True, db_default="")
    headers = models.JSONField(default=dict, db_default={})
    body = models.BinaryField(_("raw exchange"))
    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.PENDING, db_default="pending"
    )
    reason = models.TextField(_("reason"), blank=True, db_default="", help_text=_("Why it was quarantined."))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)

    class Meta:
        db_table = "inbound_receipts"
        ordering = ("-id",)
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        indexes = [
            # The drain's claim, oldest first, and the backlog's age.
            models.Index(fields=["received_at"], condition=Q(state="pending"), name="receipt_pending"),
            # What staff must look at.
            models.Index(
                fields=["received_at"], condition=Q(state="quarantined"), name="receipt_quarantined"
            ),
            # What is old enough to be emptied.
            models.Index(
                fields=["received_at"],
                condition=PROCESSED_WITH_CONTENTS,
                name="receipt_with_contents",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {timezone.localtime(self.received_at):%Y-%m-%d %H:%M:%S}"


class AccountNotice(BaseModel):
    """News of a provider about the account: quality, templates, restrictions, errors."""

    brand_lookup = "business_entity"
    personal = PersonalData(contact=None, kind=DataKind.RAW, cleared={"data": {}})

    class Severity(models.TextChoices):
        INFO = "info", _("Information")
        WARNING = "warning", _("Warning")
        CRITICAL = "critical", _("Critical")

    business_entity = models.ForeignKey(
        "channels_app.BusinessEntity",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("brand"),
    )
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("channel"),
        help_text=_("Empty when no channel has this account."),
    )
    provider = models.CharField(_("medium"), max_length=20, choices=medium_choices)
    account = models.CharField(_("account"), max_length=200, blank=True, db_default="")
    kind = models.CharField(_("kind"), max_length=30)
    reference = models.CharField(_("about"), max_length=200, blank=True, db_default="")
    text = models.TextField(_("text"), blank=True, db_default="")
    severity = models.CharField(
        _("severity"), max_length=10, choices=Severity, default="info", db_default="info"
    )
    data = models.JSONField(default=dict, db_default={})

    class Meta:
        db_table = "account_notices"
        ordering = ("-id",)
        verbose_name = _("notice of a provider")
        verbose_name_plural = _("notices of providers")
        indexes = [
            # The events of a call, whose message may come after them.
            models.Index(fields=["reference"], condition=Q(kind="call"), name="notice_of_call"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}".strip()
