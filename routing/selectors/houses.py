"""By what each brand is recognised from outside: its name, domains, mail addresses and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.schemas import normalise_domain, normalise_email, normalise_phone


@dataclass(frozen=True, slots=True)
class House:
    """One brand as the world sees it. domains include the website's; phones are in E.164."""

    entity_id: UUID
    name: str
    domains: frozenset[str]
    emails: frozenset[str]
    phones: frozenset[str]


_cached: tuple[int, Mapping[UUID, House]] = (-1, {})


def houses(version: int) -> Mapping[UUID, House]:
    """Every brand, as in this version of the configuration; two queries when it changed."""
    global _cached
    if _cached[0] != version:
        _cached = (version, _load())
    return _cached[1]


def _load() -> Mapping[UUID, House]:
    emails: dict[UUID, set[str]] = {}
    phones: dict[UUID, set[str]] = {}
    for entity_id, address in BusinessEntityChannel.objects.values_list(
        "business_entity_id", "channel_address"
    ):
        if "@" in address:
            emails.setdefault(entity_id, set()).add(normalise_email(address))
        elif number := normalise_phone(address):
            phones.setdefault(entity_id, set()).add(number)
    return {
        entity.id: House(
            entity_id=entity.id,
            name=entity.entity_name,
            domains=frozenset({*map(normalise_domain, entity.own_domains), _site(entity.website)} - {""}),
            emails=frozenset(emails.get(entity.id, set()) - {""}),
            phones=frozenset(phones.get(entity.id, ())),
        )
        for entity in BusinessEntity.objects.all()
    }


def _site(website: str) -> str:
    return normalise_domain((urlsplit(website).hostname or "").removeprefix("www."))
