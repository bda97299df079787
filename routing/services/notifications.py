"""Telling the team: what goes on a card, and on which Teams channel it lands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from channels_app.models import BusinessEntityChannel
from channels_app.services.intake import Envelope
from channels_app.services.messages import OutboxRow
from channels_app.services.threads import ThreadRow
from routing.engine.types import RoutingDecision
from routing.selectors.brands import BrandProfile
from routing.services.claiming import claim_url

PREVIEW_CHARACTERS = 100


def team_channel(brand: BrandProfile, code: str, event: str) -> BusinessEntityChannel | None:
    """The Teams channel that hears of an event in this department: its own, else the brand's default.

    None when the brand has none or the channel does not want this event.
    """
    channel_id = brand.team_channels.get(code) or brand.team_channels.get("")
    if channel_id is None:
        return None
    channel = brand.channels[channel_id].channel
    return channel if not channel.notify_events or event in channel.notify_events else None


def notification_row(
    brand: BrandProfile,
    team: BusinessEntityChannel,
    *,
    event: str,
    dedupe_key: str,
    thread_id: UUID | None,
    title: str,
    about: str,
    priority: str,
    preview: str = "",
    facts: tuple[tuple[str, str], ...] = (),
    actions: tuple[tuple[str, str], ...] = (),
    mention: bool = False,
    mention_groups: tuple[str, ...] = (),
) -> OutboxRow:
    """One notification for the outbox. `about` names the department's channel.

    mention_groups: whom `mention` calls, without @; empty for the groups of the Teams channel.
    """
    payload: dict[str, Any] = {
        "event": event,
        "title": title,
        "entity_name": brand.entity.entity_name,
        "channel_name": about,
        "priority": priority,
        "preview": preview,
        "facts": [list(fact) for fact in facts],
        "actions": [list(action) for action in actions],
        "mention": mention,
        "mention_groups": list(mention_groups),
    }
    return OutboxRow(
        entity_id=brand.entity.id,
        channel_id=team.id,
        thread_id=None,
        recipient=team.channel_address,
        payload={**payload, "thread_id": str(thread_id) if thread_id else ""},
        dedupe_key=dedupe_key,
        held=brand.entity.shadow_mode,
    )


def thread_path(thread_id: UUID) -> str:
    """Where staff open a conversation, within the site."""
    path: str = reverse("inbox-thread", args=[thread_id])
    return path


def thread_url(thread_id: UUID) -> str:
    """The whole address of a conversation, for cards and mails."""
    return site_url(thread_path(thread_id))


def site_url(path: str) -> str:
    """A path of the site as an address for cards and mails."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{path}"


def thread_actions(thread_id: UUID) -> tuple[tuple[str, str], ...]:
    """The buttons of a card about a conversation that nobody has yet."""
    return (("Ik neem het", claim_url(thread_id)), ("Gesprek openen", thread_url(thread_id)))


def thread_notification(
    brand: BrandProfile, thread: ThreadRow, envelope: Envelope, decision: RoutingDecision
) -> OutboxRow | None:
    """The card of a new conversation, or None when nobody wants it. Emergencies have a card of their own."""
    if decision.is_emergency:
        return None
    owner = brand.channels.get(thread.owner_id) if thread.owner_id is not None else None
    code = owner.channel.channel_code if owner is not None else ""
    team = team_channel(brand, code, "new_thread")
    if team is None:
        return None
    sender = (
        envelope.contact.name
        if envelope.contact and envelope.contact.name
        else envelope.message.sender.address
    )
    return notification_row(
        brand,
        team,
        event="new_thread",
        dedupe_key=f"new_thread:{thread.id}",
        thread_id=thread.id,
        title=f"Nieuw gesprek van {sender}" if sender else "Nieuw gesprek",
        about=owner.channel.channel_name if owner is not None else "geen afdeling gevonden",
        priority="Hoog" if thread.is_urgent else "Normaal",
        preview=" ".join(envelope.message.body.split())[:PREVIEW_CHARACTERS],
        facts=(("Waarom hier", decision.explanation.nl),),
        actions=thread_actions(thread.id),
    )
