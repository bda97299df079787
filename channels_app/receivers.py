"""Sign-ins as Django and axes report them, for the audit trail; who asks, for the log."""

from __future__ import annotations

from typing import Any

import structlog
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django_structlog.signals import bind_extra_request_finished_metadata, bind_extra_request_metadata

from channels_app.models import AuditEntry
from channels_app.requests import client_address
from channels_app.services.audit import audit_person, audit_record
from channels_app.services.staff.second_factor import state_after_password
from channels_app.services.staff.sessions import DONE, STATE

Action = AuditEntry.Action


@receiver(user_logged_in)
def _signed_in(sender: Any, request: HttpRequest, user: Any, **_kwargs: Any) -> None:
    request.session[STATE] = state_after_password(user)
    if request.session[STATE] == DONE:  # else the page of the second factor says so
        audit_person(action=Action.SIGNED_IN, person=user, ip=client_address(request))


@receiver(user_logged_out)
def _signed_out(sender: Any, request: HttpRequest, user: Any, **_kwargs: Any) -> None:
    if user is not None and user.is_authenticated:
        audit_person(action=Action.SIGNED_OUT, person=user, ip=client_address(request))


@receiver(user_login_failed)
def _failed(sender: Any, credentials: Any, request: HttpRequest | None = None, **_kwargs: Any) -> None:
    _refused(Action.SIGN_IN_FAILED, str(credentials.get("username", "")), request)


@receiver(user_locked_out)
def _locked_out(sender: Any, request: HttpRequest, username: str, **_kwargs: Any) -> None:
    _refused(Action.LOCKED_OUT, username, request)


def _refused(action: str, username: str, request: HttpRequest | None) -> None:
    """A name that nobody has is not kept: it may be a password typed in the wrong field."""
    ip = client_address(request) if request is not None else None
    person = get_user_model().objects.filter(username=username).first()
    if person is not None:
        audit_person(action=action, person=person, ip=ip)
        return
    audit_record(action=action, brands=[], object_type="auth.user", detail={"name": "unknown"}, ip=ip)


@receiver(bind_extra_request_metadata)
@receiver(bind_extra_request_finished_metadata)
def _asks(sender: Any, request: HttpRequest, **_kwargs: Any) -> None:
    """Both times, since signing in and API tokens make somebody known in between."""
    user_id = None
    if settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers:
        user_id = request.user.pk
    structlog.contextvars.bind_contextvars(ip=client_address(request), user_id=user_id)
