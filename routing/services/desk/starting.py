"""Beginning a conversation with a customer: by mail, text message or an approved WhatsApp template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from channels_app.bulk import clean_text
from channels_app.models import (
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationThread,
    Contact,
    ContactIdentifier,
)
from channels_app.models.base import new_id
from channels_app.providers.base import Capabilities
from channels_app.providers.registry import provider_for
from channels_app.schemas import normalise_email, normalise_phone
from channels_app.scoping import Ability, require
from channels_app.selectors.directory import configuration_version, directory
from channels_app.services.intake import LostRace
from channels_app.services.threads import ThreadRow, threads_write
from routing.models import ThreadEvent
from routing.selectors.brands import BrandProfile, brand_profile
from routing.services.desk.brand_guard import Outgoing, refuse_leaks
from routing.services.desk.composing import ReplyWay, voice_in, window_closes
from routing.services.desk.errors import DeskRefused
from routing.services.desk.files import attach, sendable_files
from routing.services.desk.outgoing import Sent, already_sent, check_addresses, message_queue, submission_key
from routing.services.desk.replying import refuse_marketing, signed_body, template_of, words
from routing.services.desk.trail import written

Message = CommunicationMessage
Status = CommunicationThread.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConversation:
    """contact_id: a known contact, or `address` (with a `name`) of somebody who becomes one.

    medium: a medium that can write. channel_id: the brand's channel that it leaves by and belongs to;
    None is the brand's main one. The rest as in `replying.Reply`.
    """

    medium: str
    body: str
    key: str
    contact_id: UUID | None = None
    address: str = ""
    name: str = ""
    channel_id: UUID | None = None
    subject: str = ""
    cc: tuple[str, ...] = ()
    attachments: tuple[UUID, ...] = ()
    template_id: UUID | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    with_signature: bool = True
    confirmed_leaks: bool = False


def conversation_start(*, entity_id: UUID, user: Any, start: NewConversation, now: datetime) -> Sent:
    """Begin a conversation in a brand's name; whoever begins it works on it, and it waits for the customer.

    Raises DeskRefused when this contact has an open conversation on a medium that allows one, when the
    medium's window is closed for free text, for a blocked contact; LeakRefused; PermissionDenied.
    """
    require(user, Ability.CONVERSE, entity_id)
    key = submission_key("start", entity_id, user, start.key)
    try:
        with transaction.atomic():
            return already_sent(key) or _start(entity_id, user, start, key, now)
    except IntegrityError:
        # The same submission at the same moment: the outbox takes one of them.
        if (sent := already_sent(key)) is not None:
            return sent
        raise
    except LostRace as error:
        raise DeskRefused(_("Somebody opened a conversation with this customer just now.")) from error


def _start(entity_id: UUID, user: Any, start: NewConversation, key: str, now: datetime) -> Sent:
    brand = brand_profile(entity_id, configuration_version())
    channel = _channel(brand, start)
    capabilities = provider_for(channel.channel_type).capabilities
    contact, recipient = _contact(entity_id, start, capabilities)
    if contact.blocked_at is not None:
        raise DeskRefused(_("This contact is blocked; unblock them first."))
    closes = window_closes(contact_id=contact.id, channel=channel, capabilities=capabilities)
    way = ReplyWay(
        channel=channel,
        sender_name=channel.sender_name,
        recipient=recipient,
        recipient_name=contact.name,
        subject=clean_text(" ".join(start.subject.split()))[:250],
        capabilities=capabilities,
        window_closes_at=closes,
        free_text=capabilities.reply_window is None or (closes is not None and closes > now),
    )
    if way.has_subject and not way.subject:
        raise DeskRefused(_("A mail needs a subject."))
    thread = _thread(entity_id, way, contact, brand, user, now)
    voice = voice_in(
        brand, brand.channels[channel.id], user=user, now=now, language=thread.language,
        customer_name=contact.name, reference_number=thread.reference_number,
    )  # fmt: skip
    cc = check_addresses(start.cc, way)
    template = template_of(start.template_id)
    refuse_marketing(template, contact)
    files = sendable_files(start.attachments, user=user, thread=thread)
    if files and not way.can_attach:
        raise DeskRefused(_("Files cannot be sent over this medium."))
    text, data = words(start.body, template, start.variables, way, voice, has_files=bool(files))
    body, signed = signed_body(text, voice, way, wanted=start.with_signature)
    refuse_leaks(
        Outgoing(
            entity_id=entity_id,
            channel=channel,
            template=template,
            signature=voice.signature_template if signed else None,
            files=[(file.name, file.business_entity_id) for file in files],
            to=(recipient,),
            cc=cc,
            text=f"{start.subject}\n{text}",
        ),
        confirmed=start.confirmed_leaks,
    )
    subject = f"{way.subject} [{thread.reference_number}]" if way.has_subject else ""
    message, item = message_queue(
        thread=thread, way=way, message_type=Message.Type.REPLY, user=user, key=key, now=now, subject=subject,
        body=body, new_text=text if signed else None, recipient=recipient, cc=cc, template=template, data=data,
        leaves_at=now + timedelta(seconds=settings.REPLY_UNDO_SECONDS),
    )  # fmt: skip
    attach(message, files)
    written(thread, ThreadEvent.Kind.STARTED, user=user, now=now, message_id=message.id, to=recipient)
    return Sent.of(message, item, thread)


def _channel(brand: BrandProfile, start: NewConversation) -> BusinessEntityChannel:
    """The channel to leave by. One of another brand is returned as it is, for the guard to name."""
    if start.channel_id is not None:
        channel = (
            BusinessEntityChannel.objects.filter(id=start.channel_id, channel_type=start.medium)
            .select_related("business_entity")
            .first()
        )
    else:
        own = [
            profile.channel
            for profile in brand.channels.values()
            if profile.channel.business_entity_id == brand.entity.id
            and profile.channel.channel_type == start.medium
            and profile.channel.is_active
        ]
        channel = min(own, key=lambda box: (not box.is_primary, -box.priority_level), default=None)
    if channel is None or not channel.is_active:
        raise DeskRefused(_("This brand has no such channel to write from."))
    if not provider_for(channel.channel_type).capabilities.replies:
        raise DeskRefused(
            _("Over %(medium)s nobody can be written to.")
            % {"medium": provider_for(channel.channel_type).label}
        )
    if channel.business_entity_id != brand.entity.id:
        refuse_leaks(Outgoing(entity_id=brand.entity.id, channel=channel), confirmed=False)
    return channel


def address_on(identifiers: Iterable[ContactIdentifier], capabilities: Capabilities) -> str:
    """Where a medium reaches a contact: their oldest address of its kind; "" when there is none."""
    known: dict[str, str] = {}
    for identifier in sorted(identifiers, key=lambda one: one.pk):
        known.setdefault(identifier.kind, identifier.value)
    other = known.get("whatsapp_user", "") if capabilities.templates else ""
    return known.get(str(capabilities.address_kind)) or other


def _contact(entity_id: UUID, start: NewConversation, capabilities: Capabilities) -> tuple[Contact, str]:
    """The contact, locked, and the address to write to; a new one is made for an unknown address."""
    kind = str(capabilities.address_kind)
    if start.contact_id is not None:
        contact = (
            Contact.objects.select_for_update()
            .filter(id=start.contact_id, business_entity_id=entity_id)
            .first()
        )
        if contact is None:
            raise DeskRefused(_("This contact does not exist in this brand."))
        address = address_on(contact.identifiers.all(), capabilities)
        if not address:
            raise DeskRefused(_("This contact has no address on this medium."))
        return contact, address
    normalise = normalise_email if kind == ContactIdentifier.Kind.EMAIL else normalise_phone
    address = normalise(start.address)
    if not address:
        raise DeskRefused(_("“%(address)s” is not a usable address.") % {"address": start.address})
    known_as = ContactIdentifier.objects.filter(
        business_entity_id=entity_id, kind=kind, value=address
    ).first()
    if known_as is not None:
        return Contact.objects.select_for_update().get(id=known_as.contact_id), address
    contact = Contact.objects.create(business_entity_id=entity_id, name=clean_text(start.name.strip())[:200])
    try:
        with transaction.atomic():
            ContactIdentifier.objects.create(
                business_entity_id=entity_id, contact=contact, kind=kind, value=address
            )
    except IntegrityError as error:
        raise DeskRefused(_("Somebody made this contact just now; choose it from the list.")) from error
    return contact, address


def _thread(
    entity_id: UUID, way: ReplyWay, contact: Contact, brand: BrandProfile, user: Any, now: datetime
) -> CommunicationThread:
    """The new conversation, with its reference number. Raises DeskRefused, LostRace."""
    single = not way.capabilities.native_threads
    earlier = (
        CommunicationThread.objects.filter(
            business_entity_id=entity_id, contact=contact, medium=way.channel.channel_type, merged_into=None
        )
        .order_by("-last_message_at")
        .first()
    )
    if single:
        still_open = CommunicationThread.objects.unresolved().filter(
            business_entity_id=entity_id, contact=contact, medium=way.channel.channel_type, single_open=True
        )
        if (other := still_open.first()) is not None:
            raise DeskRefused(
                _("%(reference)s with this customer is open on this medium; write there.")
                % {"reference": other.reference_number}
            )
    row = ThreadRow(
        id=new_id(),
        entity_id=entity_id,
        contact_id=contact.id,
        source_channel_id=way.channel.id,
        owner_id=way.channel.id,
        medium=way.channel.channel_type,
        single_open=single,
        status=Status.WAITING,
        subject=way.subject,
        language=(contact.language or brand.entity.default_language)[:5],
        last_message_at=now,
        last_outbound_at=now,
        previous_thread_id=earlier.id if single and earlier is not None else None,
        is_new=True,
    )
    threads_write([row], channels=dict(directory(configuration_version()).by_id), now=now)
    CommunicationThread.objects.filter(id=row.id).update(assignee=user)
    return CommunicationThread.objects.select_related(
        "business_entity", "contact", "channel", "source_channel"
    ).get(id=row.id)
