from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import NOTHING, brand_badge, pill, pills
from channels_app.models import Membership, MentionGroup
from channels_app.scoping import Ability
from channels_app.selectors.staff import colleagues

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

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Whoever works for other brands only is invited, so that nobody is looked up by trying numbers."""
        if db_field.name == "user":
            kwargs["queryset"] = colleagues(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

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
