"""Who may see and do what: the one place that keeps brands apart.

Every queryset that reaches a member of staff (admin, API, autocompletes, exports, inbox, dashboard)
passes `scope`. A model says by `brand_lookup` how it hangs on a brand; a model that does not say so is
refused, so that a new table can never be shown by accident.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import Model, QuerySet

from channels_app.models import BusinessEntity, Membership

M = TypeVar("M", bound=Model)
Role = Membership.Role


class Ability(Enum):
    """What a role allows within a brand."""

    VIEW = "view"  # see conversations, configuration and figures
    CONVERSE = "converse"  # answer, move, resolve; edit contacts
    CONFIGURE = "configure"  # channels, hours, rules, templates
    ADMINISTER = "administer"  # the brand itself, members, audit, erasure


ABILITIES: dict[str, frozenset[Ability]] = {
    Role.ADMINISTRATOR: frozenset(Ability),
    Role.MANAGER: frozenset({Ability.VIEW, Ability.CONVERSE, Ability.CONFIGURE}),
    Role.AGENT: frozenset({Ability.VIEW, Ability.CONVERSE}),
    Role.ANALYST: frozenset({Ability.VIEW}),
}


def entity_ids(user: Any, ability: Ability = Ability.VIEW) -> frozenset[UUID] | None:
    """The brands in which the user may do this; None means all of them (superuser).

    Read once per user object, so that a page costs one query for it. An API token that is limited to
    one brand narrows it further (`user.brand_limit`).
    """
    if not getattr(user, "is_active", False):
        return frozenset()
    limit: frozenset[UUID] | None = getattr(user, "brand_limit", None)
    if user.is_superuser:
        return limit
    if not hasattr(user, "_brand_roles"):
        user._brand_roles = dict(
            Membership.objects.filter(user_id=user.pk).values_list("business_entity_id", "role")
        )
    allowed = frozenset(entity for entity, role in user._brand_roles.items() if ability in ABILITIES[role])
    return allowed if limit is None else allowed & limit


def may(user: Any, ability: Ability, entity_id: UUID | None = None) -> bool:
    """Whether the user may do this in that brand, or, without one, in any brand."""
    allowed = entity_ids(user, ability)
    if allowed is None:
        return True
    return bool(allowed) if entity_id is None else entity_id in allowed


def require(user: Any, ability: Ability, entity_id: UUID) -> None:
    """Raise PermissionDenied unless the user may do this in that brand."""
    if not may(user, ability, entity_id):
        raise PermissionDenied


def brand_lookup(model: type[Model]) -> str | None:
    """The path from a model to its brand. Raises ImproperlyConfigured for a model that names none."""
    lookup = getattr(model, "brand_lookup", "")
    if lookup == "":
        raise ImproperlyConfigured(f"{model.__name__} does not say to which brand it belongs (brand_lookup)")
    return lookup


def scope(queryset: QuerySet[M], user: Any, ability: Ability = Ability.VIEW) -> QuerySet[M]:
    """The rows of the brands in which the user has this ability; nothing for anybody else."""
    lookup = brand_lookup(queryset.model)
    allowed = entity_ids(user, ability)
    if allowed is None:
        return queryset
    if lookup is None or not allowed:
        return queryset.none()
    if lookup == "self":
        return queryset.filter(pk__in=allowed)
    return queryset.filter(**{f"{lookup}__in": allowed})


def brand_of(instance: Model) -> UUID | None:
    """The id of the brand a row belongs to; None for a row without one."""
    lookup = brand_lookup(type(instance))
    if lookup is None:
        return None
    if lookup == "self":
        own: UUID = instance.pk
        return own
    *path, last = lookup.split("__")
    holder: Any = instance
    for name in path:
        holder = getattr(holder, name)
        if holder is None:
            return None
    brand: UUID | None = getattr(holder, f"{last}_id")
    return brand


def visible_entities(user: Any, ability: Ability = Ability.VIEW) -> QuerySet[BusinessEntity]:
    return scope(BusinessEntity.objects.all(), user, ability)


def members_of(entities: Iterable[UUID]) -> QuerySet[Membership]:
    """The memberships of these brands, users included."""
    return Membership.objects.filter(business_entity__in=list(entities)).select_related("user")
