"""The first page: what is wrong, what waits, and where to go."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from channels_app.models import Incident
from channels_app.scoping import Ability, may, scope
from channels_app.selectors.overview import overview


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """`DASHBOARD_CALLBACK` of Unfold."""
    return {
        **context,
        "title": gettext("Overview"),
        "overview": overview(request.user),
        "may_configure": may(request.user, Ability.CONFIGURE),
    }


def sees(request: HttpRequest) -> bool:
    """Whether the user has any brand to look at; for the sidebar."""
    return may(request.user, Ability.VIEW)


def configures(request: HttpRequest) -> bool:
    return may(request.user, Ability.CONFIGURE)


def administers(request: HttpRequest) -> bool:
    return may(request.user, Ability.ADMINISTER)


def open_incidents(request: HttpRequest) -> int:
    """How many incidents of the user's brands are open; for the sidebar."""
    return scope(Incident.objects.filter(closed_at__isnull=True), request.user).count()
