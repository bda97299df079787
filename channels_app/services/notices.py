"""News about accounts: kept, and acted on where it changes what we may send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from channels_app.bulk import bulk_insert, clean_record, json_text
from channels_app.models import BusinessEntity, CommunicationTemplate, Incident
from channels_app.models.base import new_id
from channels_app.providers.base import AccountEvent
from channels_app.selectors.directory import ChannelRef
from channels_app.services.contacts import identifiers_join
from channels_app.services.incidents import incident_open, incidents_close

_APPROVALS = {
    "APPROVED": CommunicationTemplate.Approval.APPROVED,
    "REJECTED": CommunicationTemplate.Approval.REJECTED,
    "PENDING": CommunicationTemplate.Approval.PENDING,
    "PAUSED": CommunicationTemplate.Approval.PAUSED,
    "DISABLED": CommunicationTemplate.Approval.PAUSED,
    "FLAGGED": CommunicationTemplate.Approval.PAUSED,
}


@dataclass(slots=True, eq=False)
class PlacedEvent:
    """An event and the channel it concerns; None when it concerns a whole business account, or nobody's."""

    event: AccountEvent
    provider: str
    channel: ChannelRef | None

    def __post_init__(self) -> None:
        self.event = clean_record(self.event)


def notices_apply(events: Sequence[PlacedEvent], *, now: datetime) -> None:
    """Keep every event in one statement, then act on the few that call for it."""
    accounts = {placed.event.business_account for placed in events if placed.event.business_account}
    brands: dict[str, UUID] = {}
    if accounts:
        brands = dict(
            BusinessEntity.objects.filter(whatsapp_business_account_id__in=accounts).values_list(
                "whatsapp_business_account_id", "id"
            )
        )
    bulk_insert(
        "account_notices",
        {
            "id": "uuid", "created_at": "timestamptz", "business_entity_id": "uuid", "channel_id": "uuid",
            "provider": "text", "account": "text", "kind": "text", "reference": "text", "text": "text",
            "severity": "text", "data": "jsonb",
        },
        [
            (
                new_id(), now, _brand(placed, brands), placed.channel.id if placed.channel else None,
                placed.provider, placed.event.account[:200], placed.event.kind[:30],
                placed.event.reference[:200], placed.event.text,
                placed.event.severity, json_text(dict(placed.event.data)),
            )
            for placed in events
        ],
    )  # fmt: skip
    for placed in events:
        brand = _brand(placed, brands)
        if placed.event.kind == "template_status" and brand is not None:
            _template_approval(placed.event, brand)
        if placed.event.same_person and brand is not None:
            identifiers_join(brand, placed.event.same_person, now=now)
        if placed.event.severity == "critical" or placed.event.kind == "quality":
            _raise_incident(placed, brand, now)


def _brand(placed: PlacedEvent, brands: dict[str, UUID]) -> UUID | None:
    if placed.channel is not None:
        return placed.channel.entity_id
    return brands.get(placed.event.business_account)


def _template_approval(event: AccountEvent, brand: UUID) -> None:
    approval = _APPROVALS.get(str(event.data.get("event", "")).upper())
    if approval is None:
        return
    templates = CommunicationTemplate.objects.filter(business_entity_id=brand, provider_name=event.reference)
    language = str(event.data.get("message_template_language", ""))
    if language:
        templates = templates.filter(language=language[:2])
    templates.update(approval=approval)


def _raise_incident(placed: PlacedEvent, brand: UUID | None, now: datetime) -> None:
    event = placed.event
    if event.kind == "quality" and event.severity == "info":
        incidents_close(
            kind=Incident.Kind.QUALITY,
            now=now,
            channel_id=placed.channel.id if placed.channel else None,
            reference=event.reference,
        )
        return
    incident_open(
        kind=Incident.Kind.QUALITY if event.kind == "quality" else Incident.Kind.SUSPENDED,
        now=now,
        detail=event.text,
        entity_id=brand,
        channel_id=placed.channel.id if placed.channel else None,
        reference=event.reference,
    )
