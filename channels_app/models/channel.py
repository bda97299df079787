from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from fernet_fields import EncryptedTextField

from channels_app.models.audited import Audited
from channels_app.models.base import ChangingModel
from channels_app.models.entity import BusinessEntity
from channels_app.models.fields import TextListField


def medium_choices() -> list[tuple[str, str]]:
    """Every registered medium; a callable, so that a new provider makes no migration."""
    from channels_app.providers.registry import provider_choices

    return provider_choices()


class ChannelQuerySet(models.QuerySet["BusinessEntityChannel"]):
    def active(self) -> ChannelQuerySet:
        return self.filter(is_active=True, business_entity__is_active=True)


class BusinessEntityChannel(ChangingModel):
    """One purpose of one brand on one medium, e.g. ChargeCars support by WhatsApp."""

    brand_lookup = "business_entity"

    class Purpose(models.TextChoices):
        """The usual codes; a brand may use others."""

        SUPPORT = "support", _("Support")
        SALES = "sales", _("Sales")
        ADMIN = "admin", _("Administration")
        OPERATIONS = "operations", _("Operations")
        EMERGENCY = "emergency", _("Emergency")

    class RatingRequests(models.TextChoices):
        """Empty: as the brand has it."""

        ON = "on", _("Always")
        OFF = "off", _("Never")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="channels", verbose_name=_("brand")
    )
    channel_code = models.SlugField(
        _("purpose"), max_length=50, help_text=_("support, sales, admin, operations or emergency.")
    )
    channel_name = models.CharField(
        _("name"), max_length=100, help_text=_("As customers and colleagues see it.")
    )
    channel_type = models.CharField(_("medium"), max_length=20, choices=medium_choices)
    channel_address = models.CharField(
        _("address"), max_length=200, help_text=_("Mail address, phone number (+31...) or Teams channel.")
    )
    display_name = models.CharField(
        _("display name"),
        max_length=100,
        blank=True,
        db_default="",
        help_text=_("The sender's name on outgoing messages; empty is the channel's name."),
    )
    department = models.CharField(_("department"), max_length=50, blank=True, db_default="")

    integration_config = models.JSONField(
        _("settings of the medium"), default=dict, db_default={}, blank=True
    )
    secrets = EncryptedTextField(default="", blank=True, editable=False)
    secrets_changed_at = models.DateTimeField(_("secret settings"), null=True, blank=True, editable=False)
    provider_account = models.CharField(
        _("account"),
        max_length=200,
        blank=True,
        db_default="",
        editable=False,
        help_text=_("The key by which the provider names this channel; derived from the settings."),
    )
    auto_routing_rules = models.JSONField(_("routing rules"), default=dict, db_default={}, blank=True)
    escalation_config = models.JSONField(_("escalation"), default=dict, db_default={}, blank=True)

    business_hours = models.JSONField(
        _("business hours"), null=True, blank=True, help_text=_("Empty: the brand's hours.")
    )
    auto_response_template = models.ForeignKey(
        "channels_app.CommunicationTemplate",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("automatic answer"),
        help_text=_("Sent when no template fits the situation better. Empty: no automatic answer."),
    )
    sla_response_minutes = models.PositiveIntegerField(
        _("answer within (minutes)"),
        default=60,
        db_default=60,
        validators=[MinValueValidator(1)],
        help_text=_("Promised time to a first answer, counted in business hours."),
    )
    max_concurrent_conversations = models.PositiveIntegerField(
        _("conversations at once"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("How many open conversations the team can handle. Empty: no limit."),
    )
    auto_assignment = models.BooleanField(
        _("give conversations to people"),
        default=False,
        db_default=False,
        help_text=_(
            "A conversation that waits for an answer is given to whoever is at work and has the fewest; "
            "off: the team takes them itself."
        ),
    )
    idle_resolve_days = models.PositiveSmallIntegerField(
        _("resolve after days of silence"),
        default=14,
        db_default=14,
        help_text=_("A conversation that waits for the customer is closed after this many days."),
    )
    rating_requests = models.CharField(
        _("ask for a rating"),
        max_length=3,
        choices=RatingRequests,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of conversations that this department resolved. Empty: as the brand has it."),
    )
    notify_events = TextListField(
        _("tell the team about"), help_text=_("Events that put a card in the brand's Teams channel.")
    )

    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    is_primary = models.BooleanField(
        _("main channel of this medium"),
        default=False,
        db_default=False,
        help_text=_("The brand's first choice on this medium."),
    )
    priority_level = models.PositiveSmallIntegerField(
        _("priority"),
        default=50,
        db_default=50,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("1 to 100; decides only when the message itself says too little."),
    )
    suspended_at = models.DateTimeField(_("suspended since"), null=True, blank=True, editable=False)
    suspended_reason = models.CharField(max_length=300, blank=True, db_default="", editable=False)
    last_check = models.JSONField(default=dict, db_default={}, editable=False)
    last_checked_at = models.DateTimeField(_("last checked"), null=True, blank=True, editable=False)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        db_table = "business_entity_channels"
        ordering = ("business_entity__entity_name", "channel_type", "channel_code")
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        triggers = [
            Audited(
                label="r->>'channel_name'",
                secret=("secrets_changed_at",),
                # The ciphertext differs each time that it is written, and never belongs into a trail.
                ignored=("secrets", "last_check", "last_checked_at", "provider_account"),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["business_entity", "channel_code", "channel_type"],
                name="channel_once_per_purpose_and_medium",
            ),
            models.UniqueConstraint(
                fields=["business_entity", "channel_type"],
                condition=Q(is_primary=True),
                name="one_primary_channel_per_medium",
            ),
            models.UniqueConstraint(
                fields=["channel_type", "provider_account"],
                condition=Q(is_active=True) & ~Q(provider_account=""),
                name="one_active_channel_per_account",
                violation_error_message=_("Another active channel already uses this account."),
            ),
            models.CheckConstraint(
                condition=Q(priority_level__gte=1, priority_level__lte=100), name="channel_priority_1_to_100"
            ),
            models.CheckConstraint(
                condition=Q(sla_response_minutes__gte=1), name="channel_sla_at_least_a_minute"
            ),
            models.CheckConstraint(
                condition=Q(max_concurrent_conversations__isnull=True)
                | Q(max_concurrent_conversations__gte=1),
                name="channel_capacity_empty_or_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_entity.entity_name} · {self.channel_name}"

    @property
    def sender_name(self) -> str:
        return self.display_name or self.channel_name
