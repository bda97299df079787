"""Somebody takes an escalation on: by a signed link from a card, or by working the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from channels_app.bulk import clean_text
from channels_app.models import OutboxItem
from routing.models import Escalation, EscalationStep

_SALT = "routing.acknowledgement"
LINK_LIVES = timedelta(days=7)
NAME_LENGTH = 150


class LinkRefused(Exception):
    """The link was not made by us, or was changed on its way."""


class LinkExpired(LinkRefused):
    """The link was ours, but is too old."""


@dataclass(frozen=True, slots=True)
class AcknowledgementLink:
    """What a link says: which escalation, and for whom it was made ("" when for a whole team)."""

    escalation_id: UUID
    recipient: str = ""


def acknowledgement_url(escalation_id: UUID, recipient: str = "") -> str:
    """The address of the page on which somebody acknowledges; it works for LINK_LIVES."""
    token = signing.TimestampSigner(salt=_SALT).sign_object(
        {"escalation": escalation_id.hex, "to": recipient[:NAME_LENGTH]}
    )
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{reverse('acknowledge', args=[token])}"


def read_link(token: str) -> AcknowledgementLink:
    """What the token of a link says. Raises LinkExpired, LinkRefused."""
    try:
        said = signing.TimestampSigner(salt=_SALT).unsign_object(token, max_age=LINK_LIVES)
        return AcknowledgementLink(UUID(hex=said["escalation"]), said["to"])
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    # A signed value that we did not write like this cannot be read either.
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise LinkRefused from error


@transaction.atomic
def escalation_acknowledge(*, escalation_id: UUID, by: str, now: datetime) -> Escalation:
    """Somebody acts: what is still planned is not needed any more. Whoever was first stays on record.

    Raises Escalation.DoesNotExist.
    """
    planned = EscalationStep.objects.filter(
        escalation_id=escalation_id, state=EscalationStep.State.PENDING
    ).order_by("id")
    # Steps before their escalation, as the sweep that takes them locks both.
    list(planned.select_for_update().values_list("id", flat=True))
    escalation = Escalation.objects.select_for_update().get(id=escalation_id)
    if escalation.state != Escalation.State.OPEN:
        return escalation
    escalation.state = Escalation.State.ACKNOWLEDGED
    escalation.acknowledged_at = now
    escalation.acknowledged_by = clean_text(" ".join(by.split()))[:NAME_LENGTH]
    escalation.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
    planned.update(state=EscalationStep.State.SKIPPED)
    # Somebody is on it: nobody else is to be called out of bed by what still waits to be sent.
    OutboxItem.objects.filter(
        state=OutboxItem.State.QUEUED, payload__escalation_id=str(escalation_id), payload__alert=True
    ).update(state=OutboxItem.State.CANCELLED, finished_at=now)
    return escalation
