from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models.audited import Audited
from channels_app.models.base import ChangingModel
from channels_app.models.channel import BusinessEntityChannel
from channels_app.models.entity import BusinessEntity

# For the audit trail: a registration is known by its channel.
_CHANNEL = "FROM business_entity_channels WHERE id = (r->>'business_entity_channel_id')::uuid"
_CHANNEL_NAME = f"(SELECT channel_name {_CHANNEL})"
_BRAND = f"ARRAY(SELECT business_entity_id {_CHANNEL})"


class CommunicationChannel(ChangingModel):
    """The registry: how a channel takes part in routing, beyond its own brand if need be."""

    brand_lookup = "business_entity_channel__business_entity"

    class Scope(models.TextChoices):
        SINGLE = "single", _("One brand")
        MULTI = "multi", _("The brands listed")
        GLOBAL = "global", _("All brands")

    business_entity_channel = models.OneToOneField(
        BusinessEntityChannel,
        on_delete=models.CASCADE,
        related_name="registration",
        verbose_name=_("channel"),
    )
    entity_scope = models.CharField(
        _("serves"),
        max_length=20,
        choices=Scope,
        default=Scope.SINGLE,
        db_default="single",
        help_text=_(
            "A shared desk may own conversations of other brands; replies still leave in their name."
        ),
    )
    shared_entities = models.ManyToManyField(
        BusinessEntity,
        blank=True,
        related_name="shared_desks",
        verbose_name=_("brands served"),
        help_text=_("Only for “the brands listed”."),
    )
    routing_priority = models.PositiveSmallIntegerField(
        _("routing priority"),
        default=50,
        db_default=50,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Orders this channel's rules and the choice of a fallback."),
    )
    message_routing_rules = models.JSONField(_("rules"), default=list, db_default=[], blank=True)
    fallback_channel = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fallback"),
        help_text=_("Takes over when this channel is off or full."),
    )

    class Meta:
        db_table = "communication_channels"
        ordering = ("-routing_priority", "business_entity_channel__channel_name")
        verbose_name = _("registered channel")
        verbose_name_plural = _("channel registry")
        triggers = [Audited(label=_CHANNEL_NAME, brands=_BRAND)]
        constraints = [
            models.CheckConstraint(
                condition=Q(routing_priority__gte=1, routing_priority__lte=100),
                name="routing_priority_1_to_100",
            ),
            models.CheckConstraint(
                condition=~Q(fallback_channel=models.F("id")), name="fallback_is_another_channel"
            ),
        ]

    def __str__(self) -> str:
        return str(self.business_entity_channel)

    def clean(self) -> None:
        seen = {self.pk}
        following = self.fallback_channel
        while following is not None:
            if following.pk in seen:
                raise ValidationError({"fallback_channel": _("This fallback leads back to this channel.")})
            seen.add(following.pk)
            following = following.fallback_channel


class SharedDesk(CommunicationChannel.shared_entities.through):  # type: ignore[name-defined, misc]
    """A brand that a desk serves beside its own; told in the trail of that brand."""

    brand_lookup = "businessentity"

    class Meta:
        proxy = True
        triggers = [
            Audited(
                kind="channels_app.shareddesk",
                label="(SELECT channel_name FROM business_entity_channels AS channel"
                " JOIN communication_channels AS desk ON desk.business_entity_channel_id = channel.id"
                " WHERE desk.id = (r->>'communicationchannel_id')::uuid)",
                brands="ARRAY[(r->>'businessentity_id')::uuid]",
            )
        ]
