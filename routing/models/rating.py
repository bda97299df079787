from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationThread,
    Contact,
)
from channels_app.models.base import BaseModel
from channels_app.models.personal import DataKind, PersonalData


class RatingRequest(BaseModel):
    """A customer is asked once what they thought of a conversation; also when there was no way to ask."""

    brand_lookup = "business_entity"

    class Skipped(models.TextChoices):
        NO_TEMPLATE = "no_template", _("No template for it")
        WINDOW_CLOSED = "window_closed", _("The 24-hour window was closed")
        NO_ADDRESS = "no_address", _("No address to ask at")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    thread = models.OneToOneField(
        CommunicationThread,
        on_delete=models.CASCADE,
        related_name="rating_request",
        verbose_name=_("conversation"),
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("contact")
    )
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("department"),
        help_text=_("That owned the conversation when the customer was asked."),
    )
    message = models.OneToOneField(
        CommunicationMessage,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("message"),
    )
    language = models.CharField(_("language"), max_length=5, default="nl", db_default="nl")
    skipped = models.CharField(
        _("not asked because"), max_length=15, choices=Skipped, blank=True, db_default=""
    )
    expires_at = models.DateTimeField(_("open until"))

    class Meta:
        db_table = "rating_requests"
        ordering = ("-id",)
        verbose_name = _("request for a rating")
        verbose_name_plural = _("requests for a rating")
        indexes = [
            # Whether a customer was asked of late.
            models.Index(fields=["contact", "created_at"], name="rating_request_by_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id}"


class ConversationRating(BaseModel):
    """What a customer thought of a conversation, 1 (bad) to 5 (excellent)."""

    brand_lookup = "business_entity"
    personal = PersonalData(contact="thread__contact", kind=DataKind.TEXT, cleared={"comment": ""})

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("brand")
    )
    thread = models.OneToOneField(
        CommunicationThread, on_delete=models.CASCADE, related_name="rating", verbose_name=_("conversation")
    )
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("department"),
        help_text=_("That owned the conversation when the customer was asked."),
    )
    score = models.PositiveSmallIntegerField(
        _("score"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    comment = models.TextField(_("comment"), blank=True, default="", db_default="")
    rated_at = models.DateTimeField(_("rated"), default=timezone.now)

    class Meta:
        db_table = "conversation_ratings"
        ordering = ("-rated_at",)
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_1_to_5"),
        ]
        indexes = [
            # The rollup of an hour.
            models.Index(fields=["rated_at"], name="rating_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.score}/5"
