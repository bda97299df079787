"""Pages behind links in mails: accepting an invitation, and a forgotten password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView, PasswordResetView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from channels_app.forms.sign_in import AcceptForm, AskResetForm, NewPasswordForm
from channels_app.models import AuditEntry
from channels_app.requests import client_address
from channels_app.services.audit import audit_person
from channels_app.services.staff.invitations import (
    InvitationRefused,
    account_for_address,
    invitation_accept,
    invitation_accept_new,
    invitation_of,
)
from channels_app.services.staff.sessions import sessions_end
from channels_app.tasks import password_reset_waiting
from channels_app.throttling import limited
from channels_app.views.pages import page


@limited("invitation")
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it changes nothing, since mail programs open links to look what is behind them."""
    now, ip = timezone.now(), client_address(request)
    title = _("Invitation")
    try:
        found = invitation_of(token, now)
        account = account_for_address(found.email)
        if account is None:
            form = AcceptForm(
                request.POST or None, email=found.email,
                initial={"first_name": found.first_name, "last_name": found.last_name},
            )  # fmt: skip
            if request.method == "POST" and form.is_valid():
                values = form.cleaned_data
                invitation_accept_new(
                    token=token, password=values["password"], first_name=values["first_name"],
                    last_name=values["last_name"], now=now, ip=ip,
                )  # fmt: skip
                return page(request, "sign_in/accepted.html", title, invitation=found)
            return page(request, "sign_in/invitation.html", title, invitation=found, form=form)
        if request.method == "POST" and request.user.is_authenticated:
            invitation_accept(token=token, user=request.user, now=now, ip=ip)
            return HttpResponseRedirect(reverse("admin:index"))
    except InvitationRefused as refusal:
        return page(request, "sign_in/refused.html", title, status=410, reason=str(refusal))
    theirs = request.user.is_authenticated and request.user.pk == account.pk
    return page(
        request, "sign_in/invitation_known.html", title, invitation=found, theirs=theirs,
        login=f"{reverse('admin:login')}?next={request.path}",
    )  # fmt: skip


@method_decorator([limited("password-reset", methods=("POST",)), never_cache], name="dispatch")
class AskReset(PasswordResetView):
    """The answer and its time are the same whether there is such an account or not: a task sends the mail."""

    form_class = AskResetForm
    template_name = "sign_in/ask_reset.html"
    title = gettext_lazy("Forgotten your password?")

    def form_valid(self, form: Any) -> HttpResponse:
        for user in form.get_users(form.cleaned_data["email"]):
            password_reset_waiting(user.pk)
        return page(self.request, "sign_in/reset_asked.html", _("Look in your mail"))

    def render_to_response(self, context: dict[str, Any], **_options: Any) -> TemplateResponse:
        return page(self.request, self.template_name, str(self.title), form=context["form"])


@method_decorator([limited("invitation"), never_cache], name="dispatch")
class NewPassword(PasswordResetConfirmView):
    """Behind the link of the mail. The second factor is still asked for at the next sign-in."""

    form_class = NewPasswordForm
    template_name = "sign_in/new_password.html"
    title = gettext_lazy("New password")
    success_url = reverse_lazy("admin:login")
    token_generator = default_token_generator

    def form_valid(self, form: Any) -> HttpResponse:
        form.save()
        person = form.user
        ip = client_address(self.request)
        audit_person(action=AuditEntry.Action.PASSWORD_RESET, person=person, ip=ip)
        sessions_end(person=person, actor=person, now=timezone.now(), ip=ip)
        return page(self.request, "sign_in/password_set.html", _("Your new password is set"))

    def render_to_response(self, context: dict[str, Any], **_options: Any) -> TemplateResponse:
        if not context.get("validlink"):
            reason = _("This link was used already, or it has expired. Ask for a new mail.")
            return page(self.request, "sign_in/refused.html", str(self.title), status=410, reason=reason)
        return page(self.request, self.template_name, str(self.title), form=context["form"])


def locked_out(request: HttpRequest, *_arguments: Any, **_more: Any) -> HttpResponse:
    """What axes shows after too many failed sign-ins."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    answer = page(
        request, "sign_in/locked_out.html", _("Too many failed attempts"), status=429, minutes=minutes
    )
    answer["Retry-After"] = str(minutes * 60)
    return answer.render()
