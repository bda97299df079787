from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel
from channels_app.models.channel import BusinessEntityChannel


class Mailbox(BaseModel):
    """How reading the mailbox of a channel goes: one row per channel, made by the first attempt."""

    brand_lookup = "channel__business_entity"

    channel = models.OneToOneField(
        BusinessEntityChannel, on_delete=models.CASCADE, related_name="mailbox", verbose_name=_("channel")
    )
    attempted_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, db_default=0)
    last_error = models.TextField(_("last error"), blank=True, db_default="")
    last_error_at = models.DateTimeField(_("last error at"), null=True, blank=True)
    expires_on = models.DateField(
        _("app registration expires"),
        null=True,
        blank=True,
        help_text=_("As entered in the channel's settings."),
    )

    class Meta:
        db_table = "mailboxes"
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    def __str__(self) -> str:
        return self.channel.channel_address


class MailboxFolder(BaseModel):
    """Up to where a folder has been read. (UIDVALIDITY, UID) names a mail for good (RFC 9051, 2.3.1.1)."""

    brand_lookup = "mailbox__channel__business_entity"

    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.CASCADE, related_name="folders", db_index=False, verbose_name=_("mailbox")
    )
    name = models.CharField(_("folder"), max_length=300)
    uid_validity = models.BigIntegerField(_("UID validity"))
    last_uid = models.BigIntegerField(_("last UID read"), default=0, db_default=0)
    rescan_until = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text=_("The server renumbered the folder: mail up to this UID may have been imported before."),
    )
    historic_until = models.BigIntegerField(
        default=0, db_default=0, help_text=_("Mail up to this UID was there at the first connection.")
    )
    connected_at = models.DateTimeField(_("first connection"))
    failing_uid = models.BigIntegerField(default=0, db_default=0)
    failing_times = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "mailbox_folders"
        verbose_name = _("folder")
        verbose_name_plural = _("folders")
        constraints = [models.UniqueConstraint(fields=["mailbox", "name"], name="mailbox_folder_once")]

    def __str__(self) -> str:
        return self.name


class MailboxDay(BaseModel):
    """What reading a mailbox brought on one day (UTC)."""

    brand_lookup = "mailbox__channel__business_entity"

    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.CASCADE, related_name="days", db_index=False, verbose_name=_("mailbox")
    )
    day = models.DateField(_("day"))
    fetches = models.PositiveIntegerField(_("times read"), default=0, db_default=0)
    failures = models.PositiveIntegerField(_("times failed"), default=0, db_default=0)
    seen = models.PositiveIntegerField(_("mails seen"), default=0, db_default=0)
    imported = models.PositiveIntegerField(_("mails imported"), default=0, db_default=0)
    headers_only = models.PositiveIntegerField(_("imported as headers"), default=0, db_default=0)
    skipped = models.JSONField(
        _("skipped, with the reason"),
        default=dict,
        db_default={},
        blank=True,
        help_text=_("Reason and number."),
    )
    quarantined = models.PositiveIntegerField(
        _("could not be fetched"), default=0, db_default=0, help_text=_("Kept as quarantined receipts.")
    )

    class Meta:
        db_table = "mailbox_days"
        ordering = ("-day",)
        verbose_name = _("day of a mailbox")
        verbose_name_plural = _("days of mailboxes")
        constraints = [models.UniqueConstraint(fields=["mailbox", "day"], name="mailbox_day_once")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
