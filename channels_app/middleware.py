"""What stands between a session and a member of staff: the second factor, and how long a session lasts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_app.services.staff.second_factor import state_after_password
from channels_app.services.staff.sessions import DONE, SEEN_AT, STARTED_AT, STATE

# Noting every request of a page that refreshes itself would be a write each time.
SEEN_EVERY_SECONDS = 60


class SignInGuardMiddleware:
    """A session that has given only its password is nobody, everywhere.

    Its owner is `request.pending_user`, which the pages of the second factor alone look at; every other
    page, also one that is added tomorrow, sees an anonymous visitor. Stands after Django's
    AuthenticationMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        pending: Any = None
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = timezone.now()
            if _is_over(request, now):
                logout(request)
                messages.info(request, _("You were signed out after a while without activity."))
            elif _state(request) != DONE:
                pending, request.user = request.user, AnonymousUser()
        request.pending_user = pending  # type: ignore[attr-defined]
        if pending is not None and request.method == "GET" and _is_of_the_back_office(request):
            asked = urlencode({"next": _target(request)})
            return HttpResponseRedirect(f"{reverse('second-factor')}?{asked}")
        return self.get_response(request)


def _state(request: HttpRequest) -> str:
    if STATE not in request.session:  # signed in by a way that does not tell
        request.session[STATE] = state_after_password(request.user)
    state: str = request.session[STATE]
    return state


def _is_over(request: HttpRequest, now: datetime) -> bool:
    """Whether the session is too old or was left alone too long; notes that it is in use."""
    session, moment = request.session, int(now.timestamp())
    started = session.setdefault(STARTED_AT, moment)
    seen = session.setdefault(SEEN_AT, moment)
    if moment - started > settings.SESSION_COOKIE_AGE or moment - seen > settings.SESSION_IDLE_SECONDS:
        return True
    if moment - seen >= SEEN_EVERY_SECONDS:
        session[SEEN_AT] = moment
    return False


def _is_of_the_back_office(request: HttpRequest) -> bool:
    return request.path_info.startswith(reverse("admin:index"))


def _target(request: HttpRequest) -> str:
    if request.path_info == reverse("admin:login"):
        return request.GET.get("next", "")
    return request.get_full_path()
