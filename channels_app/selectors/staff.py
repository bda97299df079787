"""Who may manage whose account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from channels_app.models import Membership
from channels_app.scoping import Ability, entity_ids


def colleagues(user: Any) -> QuerySet[User]:
    """The accounts of whoever works for a brand that the user administers."""
    brands = entity_ids(user, Ability.ADMINISTER)
    people = User.objects.all()
    if brands is None:
        return people
    return people.filter(pk__in=Membership.objects.filter(business_entity__in=brands).values("user"))


def manageable(user: Any) -> QuerySet[User]:
    """The accounts that the user may change: whoever resets a password or a second factor can sign in as
    that person, so a brand's administrator manages only who works for no other brand and is no superuser."""
    brands = entity_ids(user, Ability.ADMINISTER)
    people = colleagues(user)
    if brands is None:
        return people
    elsewhere = Membership.objects.exclude(business_entity__in=brands).values("user")
    return people.filter(is_superuser=False).exclude(pk__in=elsewhere)
