"""Small brands and conversations, row by row."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationThread,
    Contact,
)
from routing.models import SlaTimer

_numbers = count(1)
OPEN_ALL_WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def brand(code: str, **values: Any) -> BusinessEntity:
    return BusinessEntity.objects.create(
        **{
            "entity_code": code,
            "entity_name": code.capitalize(),
            "number_prefix": code[:2].upper(),
            "operational_config": {"business_hours": OPEN_ALL_WEEK},
            **values,
        }
    )


def channel(
    entity: BusinessEntity, code: str = "support", medium: str = "whatsapp", **values: Any
) -> BusinessEntityChannel:
    return BusinessEntityChannel.objects.create(
        **{
            "business_entity": entity,
            "channel_code": code,
            "channel_type": medium,
            "channel_name": f"{code} {medium}",
            "channel_address": f"{code}-{medium}@{entity.entity_code}.example",
            **values,
        }
    )


def thread(
    owner: BusinessEntityChannel, at: datetime, *, source: BusinessEntityChannel | None = None, **values: Any
) -> CommunicationThread:
    number = next(_numbers)
    contact = Contact.objects.create(business_entity=owner.business_entity, name=f"Klant {number}")
    return CommunicationThread.objects.create(
        **{
            "business_entity": owner.business_entity,
            "contact": contact,
            "source_channel": source or owner,
            "channel": owner,
            "medium": (source or owner).channel_type,
            "reference_number": f"T-{number}",
            "last_message_at": at,
            "created_at": at,
            **values,
        }
    )


def message(
    of: CommunicationThread,
    at: datetime,
    direction: str = "inbound",
    message_type: str = "customer",
    **values: Any,
) -> CommunicationMessage:
    return CommunicationMessage.objects.create(
        **{
            "business_entity": of.business_entity,
            "thread": of,
            "channel": of.source_channel,
            "direction": direction,
            "message_type": message_type,
            "state": "received" if direction == "inbound" else "sent",
            "sent_at": at,
            "created_at": at,
            **values,
        }
    )


def reply(of: CommunicationThread, at: datetime, **values: Any) -> CommunicationMessage:
    return message(of, at, "outbound", "reply", **values)


def clock(
    about: CommunicationMessage, due: datetime, *, answered: datetime | None = None, **values: Any
) -> SlaTimer:
    """The clock of a customer's message; elapsed and business minutes alike unless given."""
    assert about.thread.channel is not None
    late = answered is not None and answered > due
    minutes = None if answered is None else (answered - about.sent_at) / timedelta(minutes=1)
    state = "running" if answered is None else "breached" if late else "met"
    return SlaTimer.objects.create(
        **{
            "business_entity": about.business_entity,
            "thread": about.thread,
            "message": about,
            "channel": about.thread.channel,
            "started_at": about.sent_at,
            "due_at": due,
            "answered_at": answered,
            "breached_at": due if late else None,
            "elapsed_minutes": minutes,
            "business_minutes": minutes,
            "state": state,
            **values,
        }
    )
