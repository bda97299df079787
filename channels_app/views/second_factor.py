"""After the password: the code of the authenticator app, and adding one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from channels_app.forms.sign_in import CodeForm
from channels_app.models import AuditEntry
from channels_app.requests import client_address
from channels_app.services.audit import audit_person
from channels_app.services.staff.second_factor import (
    TooManyAttempts,
    codes_left,
    factor_begin,
    factor_confirm,
    factor_verify,
    has_factor,
    qr_code,
)
from channels_app.services.staff.sessions import DONE, STATE
from channels_app.throttling import limited
from channels_app.views.pages import page, safe_target


@limited("second-factor", methods=("POST",))
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The step between the password and the back office."""
    person: Any = request.pending_user  # type: ignore[attr-defined]
    target = safe_target(request, reverse("admin:index"))
    if person is None:
        return HttpResponseRedirect(target if request.user.is_authenticated else reverse("admin:login"))
    if not has_factor(person):
        return HttpResponseRedirect(f"{reverse('second-factor-set-up')}?{urlencode({'next': target})}")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            right = factor_verify(
                user=person, code=form.cleaned_data["code"], now=timezone.now(), ip=client_address(request)
            )
        except TooManyAttempts:
            form.add_error("code", _("Too many wrong codes. Wait a little and try again."))
        else:
            if right:
                _let_in(request, person)
                return HttpResponseRedirect(target)
            form.add_error("code", _("This code is not right, or it was used already."))
    return page(
        request, "sign_in/second_factor.html", _("Second step"), form=form, next=target, person=person
    )


@limited("second-factor", methods=("POST",))
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor_set_up(request: HttpRequest) -> HttpResponse:
    """Adding an authenticator app: for who must have one, and for who wants one (or another)."""
    pending: Any = request.pending_user  # type: ignore[attr-defined]
    person: Any = pending or (request.user if request.user.is_authenticated else None)
    if person is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if pending is not None and has_factor(pending):  # who has one shows it before adding another
        return HttpResponseRedirect(reverse("second-factor"))
    target = safe_target(request, reverse("account-security"))
    authenticator = factor_begin(user=person)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = factor_confirm(
                user=person, code=form.cleaned_data["code"], now=timezone.now(), ip=client_address(request),
                session_key=request.session.session_key,
            )  # fmt: skip
        except TooManyAttempts:
            codes = None
            form.add_error("code", _("Too many wrong codes. Wait a little and try again."))
        if codes is not None:
            if pending is not None:
                _let_in(request, person)
            return page(
                request,
                "sign_in/recovery_codes.html",
                _("Recovery codes"),
                codes=codes,
                next=target,
                first=True,
            )
        if not form.errors:
            form.add_error("code", _("This code is not right. Is the clock of your telephone right?"))
    return page(
        request, "sign_in/set_up.html", _("Second factor"), form=form, next=target, person=person,
        qr=qr_code(authenticator.address), secret=authenticator.secret,
        needed=pending is not None, replaces=pending is None and has_factor(person),
    )  # fmt: skip


def _let_in(request: HttpRequest, person: Any) -> None:
    """The session has proved both; it gets a new key, so that an older one is worth nothing."""
    request.session.cycle_key()
    request.session[STATE] = DONE
    request.user = person
    audit_person(action=AuditEntry.Action.SIGNED_IN, person=person, ip=client_address(request))
    left = codes_left(person)
    if has_factor(person) and left <= 3:
        messages.warning(
            request,
            _("You have %(count)d recovery codes left. Make new ones on your security page.")
            % {"count": left},
        )
