"""Whom a new conversation is for: the customers of the brand that writes, found while somebody types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from channels_app.admin.display import medium_name
from channels_app.models import BusinessEntityChannel, Contact
from channels_app.providers.registry import provider_for
from channels_app.scoping import Ability, may, scope
from channels_app.selectors.contacts import having
from routing.services.desk.starting import address_on

FOUND_AT_MOST = 8
LEAST_CHARACTERS = 2


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact as one line. address: where this medium reaches them. why_not: why they cannot be chosen, or ""."""

    id: UUID
    name: str
    address: str
    more: str
    why_not: str


@require_GET
def recipients(request: HttpRequest) -> HttpResponse:
    """Contacts of the brand of `channel` that `q` finds, as the options of a list; none for a letter or less."""
    if not may(request.user, Ability.CONVERSE):
        raise PermissionDenied
    try:
        wanted = UUID(request.GET.get("channel", ""))
    except ValueError:
        raise Http404 from None
    channels = scope(BusinessEntityChannel.objects.active(), request.user, Ability.CONVERSE)
    channel = get_object_or_404(channels, pk=wanted)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    found: list[Recipient] = []
    if len(text) >= LEAST_CHARACTERS:
        contacts = scope(Contact.objects.all(), request.user, Ability.CONVERSE)
        contacts = having(contacts.filter(business_entity=channel.business_entity_id), text)
        found = [
            _recipient(contact, channel)
            for contact in contacts.prefetch_related("identifiers").order_by("name", "id")[:FOUND_AT_MOST]
        ]
    context = {"found": found, "asked": len(text) >= LEAST_CHARACTERS}
    return TemplateResponse(request, "inbox/recipients.html", context)


def _recipient(contact: Any, channel: BusinessEntityChannel) -> Recipient:
    identifiers = list(contact.identifiers.all())
    address = address_on(identifiers, provider_for(channel.channel_type).capabilities)
    numbers = [*contact.customer_numbers, *contact.order_numbers][:2]
    why_not = ""
    if contact.blocked_at is not None:
        why_not = _("Blocked")
    elif not address:
        why_not = _("Not reachable by %(medium)s") % {"medium": medium_name(channel.channel_type)}
    return Recipient(
        id=contact.pk,
        name=str(contact),
        address=address or next((one.value for one in identifiers), ""),
        more=" · ".join(filter(None, (contact.company, contact.city, *numbers))),
        why_not=why_not,
    )
