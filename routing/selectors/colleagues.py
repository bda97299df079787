"""Who works for a brand: to assign to, to mention, to see present."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from channels_app.models import Membership
from channels_app.scoping import ABILITIES, Ability

CONVERSING = tuple(role for role, abilities in ABILITIES.items() if Ability.CONVERSE in abilities)


def colleagues(entity_ids: Iterable[UUID]) -> QuerySet[Any]:
    """The active people who may answer for at least one of these brands, administrators of all included."""
    works_here = Membership.objects.filter(
        user=OuterRef("pk"), business_entity__in=list(entity_ids), role__in=CONVERSING
    )
    people: QuerySet[Any] = (
        get_user_model()
        .objects.filter(Q(is_superuser=True) | Exists(works_here), is_active=True)
        .order_by("first_name", "last_name", "username")
    )
    return people
