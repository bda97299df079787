"""What the pages around signing in have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

View = Callable[..., HttpResponse]


def page(
    request: HttpRequest, template: str, title: str, status: int = 200, **context: Any
) -> TemplateResponse:
    """A page in the look of the back office, that nobody keeps and whose address does not travel on."""
    answer = TemplateResponse(
        request, template, {**admin.site.each_context(request), "title": title, **context}, status=status
    )
    answer["Cache-Control"] = "no-store"
    # Not "no-referrer": browsers then send no origin with the page's own form, and every form is refused.
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that cannot be told from one of another site: mostly a page that was open since before a sign-in."""
    text = _(
        "This page was open for too long, or you signed in elsewhere meanwhile. Go back, reload it and try again."
    )
    return page(request, "sign_in/refused.html", _("Not sent"), status=403, reason=text).render()


def safe_target(request: HttpRequest, default: str) -> str:
    """Where `?next=` leads, if that is a page of ours."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours else default
