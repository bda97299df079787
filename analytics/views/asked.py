"""What an address asks for: brands and a period. Whatever cannot be read means the usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict

from analytics.selectors.behind import Narrowing
from analytics.selectors.period import Period
from channels_app.models import BusinessEntity
from channels_app.scoping import Ability, may, visible_entities

USUAL_PERIOD = "7d"


@dataclass(frozen=True, slots=True)
class Asked:
    """brands: all of the user's. chosen: the one that was asked for, or all of them. code: "" is all."""

    brands: list[BusinessEntity]
    chosen: list[BusinessEntity]
    code: str
    period: Period


def asked(request: HttpRequest) -> Asked:
    """Raises PermissionDenied for who has no brand to look at."""
    if not may(request.user, Ability.VIEW):
        raise PermissionDenied
    brands = list(visible_entities(request.user).filter(is_active=True).order_by("entity_name"))
    code = request.GET.get("entity", "")
    chosen = [brand for brand in brands if brand.entity_code == code]
    return Asked(brands, chosen or brands, code if chosen else "", period_of(request.GET.get("range", "")))


def period_of(text: str) -> Period:
    try:
        return Period.parse(text or USUAL_PERIOD)
    except ValueError:
        return Period.parse(USUAL_PERIOD)


def narrowing_of(query: QueryDict) -> Narrowing:
    return Narrowing(
        channel=_read(UUID, query.get("channel")),
        source=_read(UUID, query.get("source")),
        department=query.get("department"),
        origin=query.get("origin"),
        keyword=query.get("keyword"),
        day=_read(date.fromisoformat, query.get("day")),
        weekday=_read(int, query.get("weekday")),
        hour=_read(int, query.get("hour")),
    )


def _read(kind: Any, text: str | None) -> Any:
    try:
        return kind(text) if text else None
    except ValueError:
        return None
