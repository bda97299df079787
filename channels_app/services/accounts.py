"""Between a channel's row and its provider's typed settings: secrets apart, encrypted, never shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, get_args, overload

from django.utils import timezone
from pydantic import SecretStr, ValidationError

from channels_app.models import BusinessEntityChannel
from channels_app.providers.base import Account, ProviderConfig
from channels_app.providers.registry import provider_for
from channels_app.selectors.directory import configuration_version


@cache
def secret_fields(config: type[ProviderConfig]) -> frozenset[str]:
    """The names of the settings that must never be shown: those typed as `SecretStr`."""

    def holds_secret(annotation: Any) -> bool:
        return annotation is SecretStr or any(holds_secret(part) for part in get_args(annotation))

    return frozenset(name for name, field in config.model_fields.items() if holds_secret(field.annotation))


def channel_config(channel: BusinessEntityChannel) -> ProviderConfig:
    """The typed settings of a channel, secrets included. Raises pydantic.ValidationError."""
    stored = secret_values(channel)
    return provider_for(channel.channel_type).Config.model_validate({**channel.integration_config, **stored})


def secret_values(channel: BusinessEntityChannel) -> dict[str, str]:
    """The secrets of a channel, in clear: for whoever hands them to the provider, and nobody else."""
    stored: dict[str, str] = json.loads(channel.secrets) if channel.secrets else {}
    return stored


def channel_configure(*, channel: BusinessEntityChannel, config: ProviderConfig) -> None:
    """Put settings on a channel (unsaved): readable ones, secrets, and the account they belong to."""
    hidden = secret_fields(type(config))
    channel.integration_config = config.model_dump(mode="json", exclude=set(hidden), exclude_none=True)
    secrets = {
        name: value.get_secret_value()
        for name in sorted(hidden)
        if (value := getattr(config, name)) is not None and value.get_secret_value()
    }
    stored = json.loads(channel.secrets) if channel.secrets else {}
    if secrets != stored:
        channel.secrets_changed_at = timezone.now()  # how the audit trail knows, without a secret in it
    channel.secrets = json.dumps(secrets) if secrets else ""
    provider = provider_for(channel.channel_type)
    channel.provider_account = provider.account_key(config, channel.channel_address)


def stored_secrets(channel: BusinessEntityChannel) -> frozenset[str]:
    """Which secrets are filled in, by name."""
    return frozenset(json.loads(channel.secrets)) if channel.secrets else frozenset()


def account_for(channel: BusinessEntityChannel) -> Account:
    """What the provider may know of this channel. Raises pydantic.ValidationError for bad settings."""
    entity = channel.business_entity
    return Account(
        channel_id=channel.id,
        entity_code=entity.entity_code,
        address=channel.channel_address,
        display_name=channel.sender_name,
        config=channel_config(channel),
        language=entity.default_language,
        trusted_domains=tuple(entity.own_domains),
    )


_cached: tuple[int, dict[str, list[Account]]] = (-1, {})


def usable_accounts(medium: str) -> list[Account]:
    """The accounts of every active channel of a medium whose settings can be read.

    Kept in memory for as long as the configuration stays the same: every webhook call asks for them.
    """
    global _cached
    version = configuration_version()
    if _cached[0] != version:
        _cached = (version, {})
    accounts = _cached[1].get(medium)
    if accounts is None:
        accounts = _cached[1][medium] = _usable_accounts(medium)
    return accounts


def _usable_accounts(medium: str) -> list[Account]:
    accounts = []
    for channel in (
        BusinessEntityChannel.objects.active().filter(channel_type=medium).select_related("business_entity")
    ):
        try:
            accounts.append(account_for(channel))
        except ValidationError:
            continue  # the channel's own check tells staff; other channels must go on receiving
    return accounts


class LazyAccounts(Sequence[Account]):
    """Accounts that are loaded only when a signature cannot be proved without them."""

    def __init__(self, load: Callable[[], list[Account]]) -> None:
        self._load = load
        self._accounts: list[Account] | None = None

    def _loaded(self) -> list[Account]:
        if self._accounts is None:
            self._accounts = self._load()
        return self._accounts

    @overload
    def __getitem__(self, index: int) -> Account: ...
    @overload
    def __getitem__(self, index: slice) -> list[Account]: ...
    def __getitem__(self, index: int | slice) -> Account | list[Account]:
        return self._loaded()[index]

    def __len__(self) -> int:
        return len(self._loaded())

    def __iter__(self) -> Iterator[Account]:
        return iter(self._loaded())
