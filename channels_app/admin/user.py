"""Members of staff. A superuser manages all; an administrator of a brand those who work for it alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from channels_app.admin.base import ScopedTabularInline
from channels_app.admin.display import NOTHING, pill
from channels_app.models import Membership
from channels_app.scoping import Ability, entity_ids, may, scope

admin.site.unregister(User)
admin.site.unregister(Group)  # roles come from memberships


class MembershipInline(ScopedTabularInline):
    model = Membership
    view_ability = Ability.ADMINISTER
    change_ability = Ability.ADMINISTER
    deletable = True
    fields = ("business_entity", "role")

    def allowed(self, request: HttpRequest, ability: Ability | None, obj: Any = None) -> bool:
        """The page is a user's, not a brand's: the rows shown and the brands offered are scoped themselves."""
        if isinstance(obj, User) and obj.pk == request.user.pk and not request.user.is_superuser:
            return ability is self.view_ability
        return ability is not None and may(request.user, ability)


@admin.register(User)
class StaffAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (MembershipInline,)
    list_display = ("username", "full_name", "email", "brands", "rights", "is_active", "last_login")
    list_filter = ()
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    list_fullwidth = True
    warn_unsaved_form = True
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    empty_title = _("No members of staff yet")
    empty_hint = _("Add a user, and give them a membership of a brand.")
    empty_icon = "group"
    own_fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": (("first_name", "last_name"), "email")}),
        (_("Access"), {"fields": ("is_active", "last_login", "date_joined")}),
    )
    all_fieldsets = (
        *own_fieldsets[:2],
        (
            _("Access"),
            {
                "description": _("What somebody may do for a brand follows from the memberships below."),
                "fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined"),
            },
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        (_("Person"), {"fields": (("first_name", "last_name"), "email")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        return self.all_fieldsets if request.user.is_superuser else self.own_fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        mine = scope(Membership.objects.select_related("business_entity"), request.user, Ability.ADMINISTER)
        users = users.prefetch_related(Prefetch("memberships", queryset=mine))
        brands = entity_ids(request.user, Ability.ADMINISTER)
        if brands is None:
            return users
        return users.filter(pk__in=Membership.objects.filter(business_entity__in=brands).values("user"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not may(request.user, Ability.ADMINISTER):
            return False
        return obj is None or self.get_queryset(request).filter(pk=self._key(obj)).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.ADMINISTER)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A brand's administrator changes only who works for no other brand and is no superuser: whoever
        sets a password can sign in with it."""
        brands = entity_ids(request.user, Ability.ADMINISTER)
        if brands is None:
            return True
        if not brands or obj is None:
            return bool(brands)
        person = self.get_queryset(request).filter(pk=self._key(obj), is_superuser=False).first()
        if person is None:
            return False
        return not Membership.objects.filter(user=person).exclude(business_entity__in=brands).exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only; others switch a user off, so that the history keeps its names."""
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @staticmethod
    def _key(obj: Any) -> Any:
        return obj.pk if isinstance(obj, User) else obj

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.is_staff = True  # whoever is made here is to work here
        super().save_model(request, obj, form, change)

    @display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or NOTHING

    @display(description=_("brands"))
    def brands(self, user: Any) -> str:
        rows = user.memberships.all()
        return ", ".join(f"{row.business_entity} ({row.get_role_display()})" for row in rows) or NOTHING

    @display(description=_("rights"))
    def rights(self, user: User) -> Any:
        return pill(_("Superuser"), "bad") if user.is_superuser else NOTHING
