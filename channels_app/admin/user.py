"""Members of staff. A superuser manages all; an administrator of a brand those who work for it alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from channels_app.admin.base import ScopedTabularInline
from channels_app.admin.display import NOTHING, pill
from channels_app.models import Authenticator, Membership
from channels_app.requests import client_address
from channels_app.scoping import Ability, may, scope
from channels_app.selectors.staff import colleagues, manageable
from channels_app.services.staff.second_factor import factor_remove
from channels_app.services.staff.sessions import sessions_end

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
    list_display = (
        "username",
        "full_name",
        "email",
        "brands",
        "second_factor",
        "is_active",
        "last_login",
    )
    list_filter = ()
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    list_fullwidth = True
    warn_unsaved_form = True
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    actions_detail = ("reset_second_factor", "sign_out")
    empty_title = _("No members of staff yet")
    empty_hint = _("Invite somebody to a brand; the account is made when they accept.")
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
        factor = Authenticator.objects.filter(user=OuterRef("pk"), confirmed=True)
        users = users.prefetch_related(Prefetch("memberships", queryset=mine))
        return users.filter(pk__in=colleagues(request.user).values("pk")).annotate(factor=Exists(factor))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not may(request.user, Ability.ADMINISTER):
            return False
        return obj is None or self.get_queryset(request).filter(pk=self._key(obj)).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.ADMINISTER)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A brand's administrator changes only who works for no other brand and is no superuser: whoever
        sets a password can sign in with it."""
        if obj is None:
            return may(request.user, Ability.ADMINISTER)
        return manageable(request.user).filter(pk=self._key(obj)).exists()

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

    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_change_permission(request, object_id)

    @action(
        description=_("Reset second factor"), url_path="reset-second-factor", icon="phonelink_erase",
        permissions=["manage"],
        attrs={
            "data-post": "1",
            "data-confirm": _("Remove this person's authenticator app and recovery codes, and sign them out everywhere?"),
        },
    )  # fmt: skip
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._managed(request, object_id)
        if request.method == "POST":
            factor_remove(person=person, actor=request.user, now=timezone.now(), ip=client_address(request))
            messages.success(
                request, gettext("The second factor is reset; it is asked for anew at the next sign-in.")
            )
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[person.pk]))

    @action(
        description=_("Sign out everywhere"), url_path="sign-out", icon="logout", permissions=["manage"],
        attrs={"data-post": "1", "data-confirm": _("End all sessions of this person?")},
    )  # fmt: skip
    def sign_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._managed(request, object_id)
        if request.method == "POST":
            count = sessions_end(
                person=person, actor=request.user, now=timezone.now(), ip=client_address(request),
                but=request.session.session_key,
            )  # fmt: skip
            text = ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", count)
            messages.success(request, text % {"count": count})
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[person.pk]))

    def _managed(self, request: HttpRequest, object_id: str) -> User:
        person = manageable(request.user).filter(pk=object_id).first() if str(object_id).isdigit() else None
        if person is None:
            raise PermissionDenied
        return person

    @display(description=_("second factor"), boolean=True)
    def second_factor(self, user: Any) -> bool:
        return bool(user.factor)

    @display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or NOTHING

    @display(description=_("brands"))
    def brands(self, user: Any) -> Any:
        if user.is_superuser:
            return pill(_("Superuser"), "bad")
        rows = user.memberships.all()
        return ", ".join(f"{row.business_entity} ({row.get_role_display()})" for row in rows) or NOTHING
