"""The production decision for a message that nobody sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationThread, Contact
from channels_app.models.base import new_id
from channels_app.providers.base import Identifier, IdentifierKind
from channels_app.providers.registry import provider_for
from channels_app.schemas import normalise_email, normalise_phone
from channels_app.selectors.directory import configuration_version
from channels_app.services.accounts import account_for
from channels_app.services.contacts import known_by_identifier
from channels_app.services.intake import KnownContact
from channels_app.services.threads import ThreadRow
from routing.engine.candidate_rows import unpack
from routing.engine.pipeline import decide
from routing.engine.types import MessageFacts, RoutingDecision, SenderFacts
from routing.selectors.brands import BrandProfile, brand_profile
from routing.selectors.content import content_analysis
from routing.selectors.load import open_conversations
from routing.services.auto_response import RenderedAnswer, pick_template, render_answer
from routing.services.drafts import DraftRules, with_draft

_KINDS = {"existing_customer": Contact.Kind.CUSTOMER, "partner": Contact.Kind.PARTNER,
          "internal": Contact.Kind.INTERNAL, "unknown": Contact.Kind.UNKNOWN}  # fmt: skip


class UnknownChannel(Exception):
    """The brand has no channel of this purpose on this medium."""


@dataclass(frozen=True, slots=True)
class SimulatedSender:
    """Who is supposed to write. `kind` and `history` override what the database knows; None: look up."""

    email: str = ""
    phone: str = ""
    kind: str | None = None
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Simulation:
    """What would happen. text: what counted, without quoted mail. answer: as the customer would get it."""

    decision: RoutingDecision
    target: BusinessEntityChannel | None
    candidates: list[dict[str, Any]]
    text: str
    answer: RenderedAnswer | None


def simulate(
    *,
    entity: BusinessEntity,
    channel_type: str,
    channel_code: str,
    sender: SimulatedSender,
    subject: str,
    body: str,
    headers: Mapping[str, str],
    received_at: datetime,
    draft: DraftRules | None = None,
) -> Simulation:
    """Decide as production would, with the draft rules if there are any; store nothing.

    Raises UnknownChannel.
    """
    channel = (
        BusinessEntityChannel.objects.filter(
            business_entity=entity, channel_type=channel_type, channel_code=channel_code
        )
        .select_related("business_entity")
        .first()
    )
    if channel is None:
        raise UnknownChannel(f"{entity.entity_code} has no channel {channel_code!r} on {channel_type!r}")
    brand = brand_profile(entity.id, configuration_version())
    headers = {"From": sender.email, **headers} if sender.email else headers
    provider = provider_for(channel_type)
    contact, facts = _sender(entity.id, sender)
    reading = provider.read_text(subject, body, headers, account_for(channel))
    decision = decide(
        MessageFacts(
            source_channel_id=channel.id,
            text=reading.new_text,
            received_at=received_at,
            sent_at=received_at,
            subject=subject,
            automated=reading.automated.value if reading.automated else "",
            authentication=reading.authentication,
        ),
        facts,
        None,
        brand.compiled if draft is None else with_draft(brand.compiled, draft),
        open_conversations(brand.limited),
        analyze=content_analysis(),
    )
    target = brand.channels.get(decision.target_channel_id) if decision.target_channel_id else None
    return Simulation(
        decision=decision,
        target=target.channel if target else None,
        candidates=unpack(json.loads(decision.candidates.json())),
        text=reading.new_text,
        answer=_answer(brand, decision, channel, contact, received_at)
        if provider.capabilities.replies
        else None,
    )


def _answer(
    brand: BrandProfile,
    decision: RoutingDecision,
    channel: BusinessEntityChannel,
    contact: KnownContact | None,
    now: datetime,
) -> RenderedAnswer | None:
    owner = brand.channels.get(decision.target_channel_id) if decision.target_channel_id else None
    if decision.auto_response is None or owner is None:
        return None
    contact = contact or KnownContact(id=new_id())
    language = contact.language or decision.language or brand.entity.default_language
    template = pick_template(
        brand, kind=decision.auto_response, owner=owner, medium=channel.channel_type, language=language
    )
    if template is None:
        return None
    year = now.astimezone(ZoneInfo(brand.entity.timezone)).year
    thread = ThreadRow(
        id=new_id(),
        entity_id=brand.entity.id,
        contact_id=contact.id,
        source_channel_id=channel.id,
        owner_id=owner.channel.id,
        medium=channel.channel_type,
        single_open=True,
        status=CommunicationThread.Status.NEW,
        last_message_at=now,
        reference_number=f"{brand.entity.number_prefix}-MSG-{year}-000000",
    )
    return render_answer(brand, template, owner=owner, thread=thread, contact=contact, now=now)


def _sender(entity_id: UUID, sender: SimulatedSender) -> tuple[KnownContact | None, SenderFacts]:
    """The contact whom the database knows by this address, and what the engine is told of the sender."""
    email = normalise_email(sender.email) or sender.email
    phone = normalise_phone(sender.phone) or sender.phone
    identifiers = [
        Identifier(kind, value)
        for kind, value in ((IdentifierKind.EMAIL, email), (IdentifierKind.PHONE, phone))
        if value
    ]
    found = next(iter(known_by_identifier(entity_id, identifiers)), None)
    kind = _KINDS[sender.kind] if sender.kind else (found.kind if found else Contact.Kind.UNKNOWN)
    return found, SenderFacts(
        email=email,
        phone=phone,
        contact_kind=kind,
        recent_departments=sender.history or (found.recent_departments if found else ()),
        is_new=found is None and not sender.history,
    )
