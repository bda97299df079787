"""The brands and channels that a made-up history happens to."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product
from uuid import UUID, uuid5

from analytics.history.words import Words
from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationTemplate,
    Contact,
    ContactIdentifier,
)
from channels_app.schemas import BusinessCalendar
from routing.selectors.brands import channel_calendar

_NAMESPACE = UUID("5d2c6c5e-7a39-4a52-9d43-6c1d0b8f2a10")
MEDIA = ("whatsapp", "email", "sms", "phone", "teams")
CODES = ("support", "sales", "operations", "admin", "emergency")
NOTIFYING = "teams"
HOURS = {
    "mon": [["08:00", "18:00"]], "tue": [["08:00", "18:00"]], "wed": [["08:00", "18:00"]],
    "thu": [["08:00", "18:00"]], "fri": [["08:00", "17:30"]], "sat": [["09:00", "13:00"]],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """A channel as the simulation needs it."""

    id: UUID
    code: str
    medium: str
    sla_minutes: int
    calendar: BusinessCalendar


@dataclass(frozen=True, slots=True)
class Brand:
    id: UUID
    prefix: str
    desks: tuple[Desk, ...]  # that customers write to
    teams: tuple[Desk, ...]  # that cards go to
    contacts: tuple[UUID, ...]
    template: UUID  # approved by Meta


def company_make(
    *, brands: int, channels: int, contacts: int, timezone: str = "Europe/Amsterdam"
) -> list[Brand]:
    """Make the brands `history-1`, `history-2`...; what is there already is used as it is.

    channels: of all brands together, as even as possible.
    """
    made = []
    for number in range(1, brands + 1):
        entity, _ = BusinessEntity.objects.get_or_create(
            entity_code=f"history-{number}",
            defaults={
                "id": uuid5(_NAMESPACE, f"brand/{number}"),
                "entity_name": f"Historie {number}",
                "number_prefix": f"H{chr(64 + number)}",
                "timezone": timezone,
                "operational_config": {"business_hours": HOURS, "holidays": "NL"},
                "shadow_mode": True,
            },
        )
        share = channels // brands + (number <= channels % brands)
        made.append(_brand(entity, number, share, contacts // brands))
    return made


def _brand(entity: BusinessEntity, number: int, channels: int, contacts: int) -> Brand:
    codes = (*CODES, *(f"desk-{extra}" for extra in range(1, channels)))
    desks = []
    for code, medium in islice(product(codes, MEDIA), channels):
        channel, _ = BusinessEntityChannel.objects.get_or_create(
            business_entity=entity,
            channel_code=code,
            channel_type=medium,
            defaults={
                "id": uuid5(_NAMESPACE, f"channel/{number}/{code}/{medium}"),
                "channel_name": f"{code.capitalize()} {medium}",
                "channel_address": f"{code}-{medium}@history-{number}.example",
                "sla_response_minutes": 60,
                "max_concurrent_conversations": 200,
            },
        )
        desks.append(Desk(channel.id, code, medium, channel.sla_response_minutes, channel_calendar(channel)))
    people = [uuid5(_NAMESPACE, f"contact/{number}/{index}") for index in range(max(1, contacts))]
    words = Words(number)
    Contact.objects.bulk_create(
        (Contact(id=person, business_entity=entity, name=words.name()) for person in people),
        batch_size=2000,
        ignore_conflicts=True,
    )
    ContactIdentifier.objects.bulk_create(
        (
            ContactIdentifier(
                business_entity=entity,
                contact_id=person,
                kind=ContactIdentifier.Kind.PHONE,
                value=words.mobile(),
            )
            for person in people
        ),
        batch_size=2000,
        ignore_conflicts=True,
    )
    template, _ = CommunicationTemplate.objects.get_or_create(
        business_entity=entity,
        template_code="history",
        defaults={
            "id": uuid5(_NAMESPACE, f"template/{number}"),
            "template_name": "Historie",
            "situation": CommunicationTemplate.Situation.REPLY,
            "content": "Wij hebben nieuws over uw laadpaal.",
            "provider_name": "history_update",
            "approval": CommunicationTemplate.Approval.APPROVED,
        },
    )
    return Brand(
        template=template.id,
        id=entity.id,
        prefix=entity.number_prefix,
        desks=tuple(desk for desk in desks if desk.medium != NOTIFYING),
        teams=tuple(desk for desk in desks if desk.medium == NOTIFYING),
        contacts=tuple(people),
    )
