"""One's own account: second factor, recovery codes, sessions and API tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channels_app.forms.sign_in import TokenForm
from channels_app.models import ApiToken, Authenticator, BusinessEntity
from channels_app.requests import client_address
from channels_app.scoping import visible_entities
from channels_app.services.staff.api_tokens import api_token_make, api_token_revoke
from channels_app.services.staff.second_factor import codes_left, has_factor, recovery_codes_make
from channels_app.services.staff.sessions import sessions_end
from channels_app.views.pages import page


def security(request: HttpRequest) -> HttpResponse:
    """How one's account is protected, and what can be done about it."""
    user: Any = request.user
    return page(
        request, "account/security.html", _("Your account"),
        authenticator=Authenticator.objects.filter(user=user, confirmed=True).first(),
        codes=codes_left(user), tokens=ApiToken.objects.filter(user=user).count(),
    )  # fmt: skip


@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if not has_factor(user):
        return redirect("account-security")
    codes = recovery_codes_make(user=user, ip=client_address(request))
    return page(
        request,
        "account/recovery_codes.html",
        _("Recovery codes"),
        codes=codes,
        next=reverse("account-security"),
    )


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    sessions_end(
        person=user, actor=user, now=timezone.now(), ip=client_address(request),
        but=request.session.session_key,
    )  # fmt: skip
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("account-security")


@require_http_methods(["GET", "POST"])
def api_tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens, and making one; the token itself stands on the page that makes it, and nowhere else."""
    user: Any = request.user
    form = TokenForm(request.POST or None, user=user)
    made = ""
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        _row, made = api_token_make(
            user=user,
            name=values["name"],
            brands=[brand.pk for brand in values["brands"]],
            lifetime=timedelta(days=int(values["lifetime"])) if values["lifetime"] else None,
            read_only=values["read_only"],
            ip=client_address(request),
        )
        form = TokenForm(user=user)
    tokens = list(ApiToken.objects.filter(user=user))
    names = dict(visible_entities(user).values_list("pk", "entity_name"))
    return page(
        request, "account/tokens.html", _("API tokens"), form=form, made=made, now=timezone.now(),
        rows=[(token, _brands_in_words(token, names)) for token in tokens],
        several=BusinessEntity.objects.filter(pk__in=names).count() > 1,
    )  # fmt: skip


@require_POST
def revoke_token(request: HttpRequest, digest: str) -> HttpResponse:
    if api_token_revoke(user=request.user, digest=digest, ip=client_address(request)):
        messages.success(request, _("The token no longer works."))
    return HttpResponseRedirect(reverse("api-tokens"))


def _brands_in_words(token: ApiToken, names: dict[Any, str]) -> str:
    if not token.brands:
        return _("All your brands")
    return ", ".join(names[brand] for brand in token.brands if brand in names) or _("None any more")
