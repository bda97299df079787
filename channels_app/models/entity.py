from __future__ import annotations

import zoneinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.audited import Audited
from channels_app.models.base import ChangingModel
from channels_app.models.fields import DomainListField


def validate_timezone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone, e.g. Europe/Amsterdam."), params={"value": value}
        )


def default_operational_config() -> dict[str, Any]:
    return {"business_hours": "09:00-17:00", "holidays": "NL"}


class BusinessEntity(ChangingModel):
    """A brand: what customers see as the company. Deactivated, never deleted, once it has traffic."""

    brand_lookup = "self"

    class Language(models.TextChoices):
        DUTCH = "nl", _("Dutch")
        ENGLISH = "en", _("English")
        GERMAN = "de", _("German")
        FRENCH = "fr", _("French")

    class LowRating(models.TextChoices):
        NOTHING = "nothing", _("Only keep it")
        NOTIFY = "notify", _("Tell the team")
        REOPEN = "reopen", _("Tell the team and reopen the conversation")

    entity_code = models.SlugField(
        _("code"),
        max_length=50,
        unique=True,
        help_text=_("Short name in links and reports, e.g. laderthuis."),
    )
    entity_name = models.CharField(_("name"), max_length=100, help_text=_("The name as customers know it."))
    number_prefix = models.CharField(
        _("number prefix"),
        max_length=8,
        validators=[RegexValidator(r"^[A-Z]{2,8}$", _("Two to eight capital letters."))],
        help_text=_("Starts every reference number: CC gives CC-MSG-2026-000123."),
    )
    timezone = models.CharField(
        _("time zone"),
        max_length=50,
        default="Europe/Amsterdam",
        db_default="Europe/Amsterdam",
        validators=[validate_timezone],
    )
    default_language = models.CharField(
        _("language"),
        max_length=5,
        choices=Language,
        default=Language.DUTCH,
        db_default="nl",
        help_text=_("Used for automatic answers when the customer's language has no template."),
    )
    operational_config = models.JSONField(
        _("business hours and holidays"), default=default_operational_config, db_default={}, blank=True
    )
    auto_routing_rules = models.JSONField(
        _("routing rules of the brand"),
        default=dict,
        db_default={},
        blank=True,
        help_text=_("Hold for every channel of the brand; a channel can add keywords and override the rest."),
    )
    whatsapp_business_account_id = models.CharField(
        _("WhatsApp Business account"),
        max_length=50,
        blank=True,
        db_default="",
        help_text=_("From Meta's Business settings; templates are fetched from this account."),
    )
    own_domains = DomainListField(
        _("own domains"), help_text=_("Mail from these domains is a colleague's, e.g. chargecars.nl.")
    )
    partner_domains = DomainListField(
        _("partner domains"),
        help_text=_("Mail from these domains is a partner's: installers, lessors, suppliers."),
    )
    brand_colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#0f766e",
        db_default="#0f766e",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("A colour such as #0f766e."))],
    )
    logo = models.ImageField(_("logo"), upload_to="brands/", blank=True, db_default="")
    website = models.URLField(_("website"), blank=True, db_default="")
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    shadow_mode = models.BooleanField(
        _("shadow mode"),
        default=False,
        db_default=False,
        help_text=_(
            "Everything is received, routed and logged, but nothing is sent. For going live without risk."
        ),
    )
    outgoing_stopped = models.BooleanField(
        _("outgoing stopped"),
        default=False,
        db_default=False,
        help_text=_("Emergency brake: messages wait in the outbox until this is switched off."),
    )

    rating_enabled = models.BooleanField(
        _("ask for a rating"),
        default=False,
        db_default=False,
        help_text=_("After a conversation was resolved, the customer is asked for a mark from 1 to 5."),
    )
    rating_delay_minutes = models.PositiveIntegerField(
        _("how long after resolving (minutes)"),
        default=60,
        db_default=60,
        validators=[MaxValueValidator(2 * 24 * 60)],
        help_text=_("A conversation that is reopened meanwhile is not asked about."),
    )
    rating_pause_days = models.PositiveSmallIntegerField(
        _("days between two requests"),
        default=30,
        db_default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("No customer is asked more often than this."),
    )
    low_rating_action = models.CharField(
        _("after a mark of 1 or 2"),
        max_length=10,
        choices=LowRating,
        default=LowRating.NOTIFY,
        db_default="notify",
    )

    class Meta:
        db_table = "business_entities"
        ordering = ("entity_name",)
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        triggers = [Audited(label="r->>'entity_name'", brands="ARRAY[(r->>'id')::uuid]")]

    def __str__(self) -> str:
        return self.entity_name
