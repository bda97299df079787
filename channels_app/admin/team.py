from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import NOTHING, brand_badge, pill, pills
from channels_app.models import Membership, MentionGroup, OnCallShift
from channels_app.schemas import normalise_phone
from channels_app.scoping import Ability

_ROLES = {"administrator": "bad", "manager": "info", "agent": "good", "analyst": "neutral"}


@admin.register(Membership)
class MembershipAdmin(ScopedModelAdmin):
    """Who may do what for a brand. Nobody changes their own role, so that nobody locks themselves out."""

    view_ability = Ability.ADMINISTER
    change_ability = Ability.ADMINISTER
    deletable = True
    fixed_fields = ("business_entity", "user")
    list_display = ("user", "badge", "role_pill", "created_at")
    list_filter = ("business_entity", "role")
    list_select_related = ("business_entity", "user")
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    autocomplete_fields = ("user",)
    fields = ("business_entity", "user", "role")
    empty_title = _("No memberships yet")
    empty_hint = _(
        "A member of staff sees a brand only with a membership. Make the user first, then the membership."
    )
    empty_icon = "badge"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        own = isinstance(obj, Membership) and obj.user_id == request.user.pk and not request.user.is_superuser
        return not own and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.has_change_permission(request, obj)

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, membership: Membership) -> Any:
        return brand_badge(membership.business_entity)

    @display(description=_("role"), ordering="role")
    def role_pill(self, membership: Membership) -> SafeString:
        return pill(membership.get_role_display(), _ROLES.get(membership.role, "neutral"))


@admin.register(MentionGroup)
class MentionGroupAdmin(ScopedModelAdmin):
    deletable = True
    list_display = ("name", "badge", "who")
    list_filter = ("business_entity",)
    list_select_related = ("business_entity",)
    search_fields = ("name",)
    fields = ("business_entity", "name", "members")
    empty_title = _("No mention groups yet")
    empty_hint = _("A mention group such as @support-team calls its people on a Teams card.")
    empty_icon = "alternate_email"

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, group: MentionGroup) -> Any:
        return brand_badge(group.business_entity)

    @display(description=_("members"))
    def who(self, group: MentionGroup) -> Any:
        return pills(group.members) if group.members else NOTHING


class ShiftForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = OnCallShift
        fields = ("business_entity", "weekday", "starts_at", "ends_at", "person", "phone", "email")

    def clean_phone(self) -> str:
        given: str = self.cleaned_data["phone"].strip()
        number = normalise_phone(given) if given else ""
        if given and not number:
            raise ValidationError(gettext("This is not a phone number, e.g. +31612345678 or 06 12345678."))
        return number

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not values.get("phone") and not values.get("email") and not self.errors:
            raise ValidationError(
                gettext("Give a phone number or an email address; otherwise nobody can be called.")
            )
        return values


@admin.register(OnCallShift)
class OnCallAdmin(ScopedModelAdmin):
    form = ShiftForm
    deletable = True
    list_display = ("day", "hours", "person", "badge", "phone", "email")
    list_filter = ("business_entity", "weekday")
    list_select_related = ("business_entity",)
    search_fields = ("person", "phone", "email")
    ordering = ("business_entity__entity_name", "weekday", "starts_at")
    fields = ("business_entity", "weekday", ("starts_at", "ends_at"), "person", ("phone", "email"))
    empty_title = _("Nobody is on call")
    empty_hint = _("Add a shift, so that an emergency reaches somebody.")
    empty_icon = "call"

    @display(description=_("day"), ordering="weekday")
    def day(self, shift: OnCallShift) -> str:
        return shift.get_weekday_display()

    @display(description=_("hours"), ordering="starts_at")
    def hours(self, shift: OnCallShift) -> str:
        night = gettext(" (next day)") if shift.ends_at <= shift.starts_at else ""
        return f"{shift.starts_at:%H:%M}–{shift.ends_at:%H:%M}{night}"

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, shift: OnCallShift) -> Any:
        return brand_badge(shift.business_entity)
