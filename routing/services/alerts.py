"""Reaching one colleague: by which of the brand's channels, and what goes in the outbox."""

from __future__ import annotations

from uuid import UUID

from pydantic import ValidationError

from channels_app.models import BusinessEntityChannel
from channels_app.providers.registry import PROVIDERS
from channels_app.services.accounts import account_for
from channels_app.services.messages import OutboxRow
from routing.selectors.brands import BrandProfile


def alert_channel(brand: BrandProfile, medium: str, code: str) -> BusinessEntityChannel | None:
    """The brand's own channel that reaches a colleague by this medium: the department's, else the main one.

    None when no channel of the brand can, by its settings or because its sending is suspended.
    """
    provider = PROVIDERS.get(medium)
    if provider is None or not provider.capabilities.alerts:
        return None
    own = sorted(
        (
            profile.channel
            for profile in brand.channels.values()
            if profile.channel.channel_type == medium
            and profile.channel.business_entity_id == brand.entity.id
            and profile.channel.is_active
        ),
        key=lambda channel: (
            channel.channel_code != code, not channel.is_primary, -channel.priority_level, channel.channel_code,
        ),
    )  # fmt: skip
    suspended = set(
        BusinessEntityChannel.objects.filter(
            id__in=[channel.id for channel in own], suspended_at__isnull=False
        ).values_list("id", flat=True)
    )
    return next(
        (channel for channel in own if channel.id not in suspended and _can_alert(channel)),
        None,
    )


def _can_alert(channel: BusinessEntityChannel) -> bool:
    try:
        return PROVIDERS[channel.channel_type].can_alert(account_for(channel))
    except ValidationError:
        return False  # the channel's own check tells staff


def alert_row(
    brand: BrandProfile,
    channel: BusinessEntityChannel,
    *,
    address: str,
    person: str,
    title: str,
    text: str,
    url: str,
    escalation_id: UUID,
    dedupe_key: str,
) -> OutboxRow:
    """One alert for the outbox. Calls it is no use to make any more are found by their escalation."""
    return OutboxRow(
        entity_id=brand.entity.id,
        channel_id=channel.id,
        recipient=address,
        payload={
            "event": "escalation",
            "alert": True,
            "title": title,
            "preview": text,
            "url": url,
            "person": person,
            "escalation_id": str(escalation_id),
        },
        dedupe_key=dedupe_key,
        held=brand.entity.shadow_mode,
    )
