from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.audited import Audited
from channels_app.models.base import BaseModel, ChangingModel
from channels_app.models.entity import BusinessEntity
from channels_app.models.fields import TextListField


class Membership(BaseModel):
    """What a member of staff may do for one brand. Without one, the brand does not exist for them."""

    brand_lookup = "business_entity"

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Administrator")
        MANAGER = "manager", _("Channel manager")
        AGENT = "agent", _("Agent")
        ANALYST = "analyst", _("Analyst")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("brand")
    )
    role = models.CharField(_("role"), max_length=15, choices=Role)

    class Meta:
        db_table = "memberships"
        ordering = ("business_entity__entity_name", "user__username")
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        triggers = [
            Audited(label="(SELECT username FROM auth_user WHERE id = (r->>'user_id')::integer)"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "business_entity"], name="one_role_per_user_and_brand"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.business_entity} · {self.get_role_display()}"


class StaffAccount(get_user_model()):  # type: ignore[misc]
    """Django's user, whose changes are told in the trail of every brand that the person works for."""

    brand_lookup = None

    class Meta:
        proxy = True
        triggers = [
            Audited(
                kind="auth.user",
                label="r->>'username'",
                brands="ARRAY(SELECT business_entity_id FROM memberships"
                " WHERE user_id = (r->>'id')::integer)",
                secret=("password",),
                ignored=("last_login", "date_joined"),
            )
        ]


class MentionGroup(ChangingModel):
    """A name such as @support-team, expanded to the Teams users it stands for."""

    brand_lookup = "business_entity"

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="mention_groups", verbose_name=_("brand")
    )
    name = models.SlugField(_("name"), max_length=50, help_text=_("Without @, e.g. support-team."))
    members = TextListField(
        _("members"), help_text=_("Sign-in names at Microsoft, e.g. jan@chargecars.nl. One per line.")
    )

    class Meta:
        db_table = "mention_groups"
        ordering = ("name",)
        verbose_name = _("mention group")
        verbose_name_plural = _("mention groups")
        triggers = [Audited(label="r->>'name'")]
        constraints = [
            models.UniqueConstraint(fields=["business_entity", "name"], name="mention_group_once_per_brand"),
        ]

    def __str__(self) -> str:
        return f"@{self.name}"


class OnCallShift(ChangingModel):
    """Who is called for a brand at a time of the week."""

    brand_lookup = "business_entity"

    class Day(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="on_call_shifts", verbose_name=_("brand")
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Day, validators=[MaxValueValidator(6)])
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("until"), help_text=_("Not after “from”: until that time the next day."))
    person = models.CharField(_("name"), max_length=100)
    phone = models.CharField(_("phone number"), max_length=20, blank=True, db_default="")
    email = models.EmailField(_("email address"), blank=True, db_default="")

    class Meta:
        db_table = "on_call_shifts"
        ordering = ("weekday", "starts_at")
        verbose_name = _("on-call shift")
        verbose_name_plural = _("on-call rota")
        triggers = [Audited(label="r->>'person'")]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts_at:%H:%M} {self.person}"
