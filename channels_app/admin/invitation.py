from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import brand_badge, moment_html, pill
from channels_app.forms.sign_in import InvitationForm
from channels_app.models import Invitation, Membership
from channels_app.requests import client_address
from channels_app.scoping import Ability
from channels_app.services.staff.invitations import (
    invitation_resend,
    invitation_revoke,
    invitation_send,
)


@admin.register(Invitation)
class InvitationAdmin(ScopedModelAdmin):
    """An invitation is made and withdrawn; what stands in it never changes."""

    form = InvitationForm
    view_ability = Ability.ADMINISTER
    change_ability = Ability.ADMINISTER
    list_display = ("email", "badge", "role", "state", "sent", "invited_by", "made")
    list_filter = ("business_entity", "role")
    list_select_related = ("business_entity", "invited_by")
    search_fields = ("email", "first_name", "last_name")
    fields = ("business_entity", "email", "role", ("first_name", "last_name"))
    shown = (
        "business_entity", "email", "role", ("first_name", "last_name"), "state", "sent", "mail_error",
        "expires_at", "invited_by", "user",
    )  # fmt: skip
    actions_detail = ("send_again", "withdraw")
    empty_title = _("Nobody was invited yet")
    empty_hint = _("Invite a colleague by mail; they set their own password and work for the brand at once.")
    empty_icon = "mail"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else self.fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"role": Membership.Role.AGENT, **super().get_changeform_initial_data(request)}

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if not self.allowed(request, Ability.ADMINISTER, object_id):
            return False
        waiting = {"accepted_at__isnull": True, "revoked_at__isnull": True}
        return object_id is None or self.get_queryset(request).filter(pk=object_id, **waiting).exists()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return [name for row in self.shown for name in (row if isinstance(row, tuple) else (row,))]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        error = invitation_send(
            invitation=obj, actor=request.user, now=timezone.now(), ip=client_address(request)
        )
        self._say(request, error)

    @action(
        description=_("Send again"), url_path="send-again", icon="send", permissions=["decide"],
        variant=ActionVariant.PRIMARY, attrs={"data-post": "1"},
    )  # fmt: skip
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invitation = self._mine(request, object_id)
        if request.method == "POST":
            try:
                error = invitation_resend(
                    invitation=invitation, actor=request.user, now=timezone.now(), ip=client_address(request)
                )
            except ValidationError as refusal:
                messages.error(request, " ".join(refusal.messages))
            else:
                self._say(request, error)
        return HttpResponseRedirect(reverse("admin:channels_app_invitation_change", args=[object_id]))

    @action(
        description=_("Withdraw"), url_path="withdraw", icon="block", permissions=["decide"],
        attrs={"data-post": "1", "data-confirm": _("Withdraw this invitation? Its link stops working.")},
    )  # fmt: skip
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invitation = self._mine(request, object_id)
        if request.method == "POST":
            invitation_revoke(
                invitation=invitation, actor=request.user, now=timezone.now(), ip=client_address(request)
            )
            messages.success(request, gettext("The invitation is withdrawn."))
        return HttpResponseRedirect(reverse("admin:channels_app_invitation_change", args=[object_id]))

    def _mine(self, request: HttpRequest, object_id: str) -> Invitation:
        invitation = self.get_object(request, object_id)
        if invitation is None or not self.allowed(request, Ability.ADMINISTER, invitation):
            raise PermissionDenied
        return invitation  # type: ignore[no-any-return]

    @staticmethod
    def _say(request: HttpRequest, error: str) -> None:
        if error:
            messages.error(request, f"{error} {gettext('The invitation is kept; send it again later.')}")
        else:
            messages.success(request, gettext("The invitation is on its way."))

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, invitation: Invitation) -> Any:
        return brand_badge(invitation.business_entity)

    @display(description=_("state"))
    def state(self, invitation: Invitation) -> SafeString:
        if invitation.accepted_at:
            return pill(_("Accepted"), "good")
        if invitation.revoked_at:
            return pill(_("Withdrawn"))
        if not invitation.is_open(timezone.now()):
            return pill(_("Expired"), "warning")
        return pill(_("Not sent"), "bad") if invitation.mail_error else pill(_("Waiting"), "info")

    @display(description=_("mail sent"), ordering="sent_at")
    def sent(self, invitation: Invitation) -> Any:
        return moment_html(invitation.sent_at)

    @display(description=_("made"), ordering="created_at")
    def made(self, invitation: Invitation) -> Any:
        return moment_html(invitation.created_at)
