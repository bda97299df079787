"""Who is who among channels: compiled once per version of the configuration, shared by a process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from channels_app.bulk import fetch_all
from channels_app.models import BusinessEntityChannel
from channels_app.providers.base import Provider
from channels_app.providers.registry import PROVIDERS

REOPEN_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """What the inbox needs to know of a channel."""

    id: UUID
    entity_id: UUID
    entity_code: str
    code: str
    medium: str
    address: str
    provider: Provider
    timezone: str
    number_prefix: str
    default_language: str
    holds_outgoing: bool  # shadow mode

    @property
    def single_open(self) -> bool:
        """Whether a contact has one open thread on this medium."""
        return not self.provider.capabilities.native_threads


@dataclass(frozen=True, slots=True)
class Directory:
    version: int
    by_id: Mapping[UUID, ChannelRef]
    by_account: Mapping[tuple[str, str], ChannelRef]
    by_entity: Mapping[UUID, tuple[ChannelRef, ...]]

    def find(self, medium: str, account: str, channel_id: UUID | None) -> ChannelRef | None:
        """The channel of an account, or of the webhook's URL when the exchange names no account."""
        if account:
            found = self.by_account.get((medium, account))
            if found is not None:
                return found
        if channel_id is not None and not (account and PROVIDERS[medium].capabilities.shared_webhook):
            return self.by_id.get(channel_id)
        return None


_cached: Directory | None = None


def configuration_version() -> int:
    """The number of the configuration as this transaction sees it; 0 before there is any."""
    rows = fetch_all("SELECT number FROM configuration_version")
    return int(rows[0][0]) if rows else 0


def directory(version: int) -> Directory:
    """The directory of this version of the configuration, from memory when it is still the same."""
    global _cached
    if _cached is None or _cached.version != version:
        _cached = _load(version)
    return _cached


def _load(version: int) -> Directory:
    by_id: dict[UUID, ChannelRef] = {}
    by_account: dict[tuple[str, str], ChannelRef] = {}
    by_entity: dict[UUID, list[ChannelRef]] = defaultdict(list)
    # Active channels last, so that they win an account from a channel that was switched off.
    for channel in BusinessEntityChannel.objects.select_related("business_entity").order_by(
        "is_active", "id"
    ):
        provider = PROVIDERS.get(channel.channel_type)
        if provider is None:
            continue
        entity = channel.business_entity
        ref = ChannelRef(
            id=channel.id,
            entity_id=entity.id,
            entity_code=entity.entity_code,
            code=channel.channel_code,
            medium=channel.channel_type,
            address=channel.channel_address,
            provider=provider,
            timezone=entity.timezone,
            number_prefix=entity.number_prefix,
            default_language=entity.default_language,
            holds_outgoing=entity.shadow_mode,
        )
        by_id[ref.id] = ref
        by_entity[ref.entity_id].append(ref)
        if channel.provider_account:
            by_account[ref.medium, channel.provider_account] = ref
    return Directory(
        version=version,
        by_id=by_id,
        by_account=by_account,
        by_entity={entity: tuple(refs) for entity, refs in by_entity.items()},
    )
