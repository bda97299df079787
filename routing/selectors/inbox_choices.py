"""What the inbox's filters and actions offer: brands, departments, labels and colleagues of the user's brands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, Func

from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationThread
from channels_app.providers.registry import PROVIDERS
from channels_app.scoping import scope, visible_entities
from routing.selectors.colleagues import colleagues

LABELS_OFFERED = 60


@dataclass(frozen=True, slots=True)
class InboxChoices:
    """brands: by code; departments and media: codes that any of the user's brands has; people: colleagues."""

    brands: tuple[BusinessEntity, ...]
    departments: tuple[str, ...]
    media: tuple[str, ...]
    labels: tuple[str, ...]
    people: tuple[User, ...]


def inbox_choices(user: Any) -> InboxChoices:
    """Four queries, however much there is."""
    reachable = {code for code, provider in PROVIDERS.items() if provider.capabilities.receives}
    channels = (
        scope(BusinessEntityChannel.objects.filter(is_active=True, channel_type__in=reachable), user)
        .order_by()
        .values_list("channel_code", "channel_type")
        .distinct()
    )
    pairs = list(channels)
    worn = (
        scope(CommunicationThread.objects.unresolved().exclude(labels=[]), user)
        .order_by()
        .annotate(label=Func(F("labels"), function="unnest"))
        .values_list("label", flat=True)
        .distinct()
    )
    purposes = [str(value) for value in BusinessEntityChannel.Purpose.values]
    brands = tuple(visible_entities(user).filter(is_active=True))
    return InboxChoices(
        brands=brands,
        departments=tuple(
            sorted(
                {code for code, _medium in pairs},
                key=lambda code: (purposes.index(code) if code in purposes else len(purposes), code),
            )
        ),
        media=tuple(code for code in PROVIDERS if code in {medium for _code, medium in pairs}),
        labels=tuple(sorted(worn)[:LABELS_OFFERED]),
        people=tuple(colleagues(brand.pk for brand in brands)),
    )
