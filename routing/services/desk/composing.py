"""What a composer needs to know before somebody writes: how an answer leaves, to whom, in which words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from channels_app.models import (
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    ContactIdentifier,
)
from channels_app.providers.base import Capabilities
from channels_app.providers.registry import provider_for
from channels_app.selectors.directory import configuration_version, directory
from channels_app.services.rendering import VARIABLES, render
from channels_app.services.replies import reply_address, reply_channel_id
from routing.models import ThreadDraft
from routing.selectors.brands import BrandProfile, ChannelProfile, brand_profile, speaking_profile
from routing.selectors.participants import customers_message, newest_from, newest_inbound, same_address
from routing.services.auto_response import answer_variables, signature_template
from routing.services.desk.drafting import draft_of
from routing.services.desk.seen import seen_token
from routing.services.desk.trail import name_of

Message = CommunicationMessage
# A numbered value of an approved template that nobody has given a placeholder yet (`template_sync`).
_UNNAMED = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWay:
    """How an answer leaves: from which of the brand's addresses, to whom, and what may be in it.

    others: whoever else got the customer's mail, to offer as cc. free_text: False when the medium's
    window is closed, so that only an approved template may go. why_not: why nothing can be sent at all,
    "" when it can. remarks: what delays or holds back an answer, in words. answers: the message that is
    answered, None when there is none.
    """

    channel: BusinessEntityChannel
    sender_name: str
    recipient: str
    recipient_name: str
    subject: str
    capabilities: Capabilities
    others: tuple[str, ...] = ()
    window_closes_at: datetime | None = None
    free_text: bool = True
    why_not: str = ""
    remarks: tuple[str, ...] = ()
    answers: CommunicationMessage | None = None

    @property
    def sender_address(self) -> str:
        return self.channel.channel_address

    @property
    def can_cc(self) -> bool:
        return self.capabilities.native_threads

    @property
    def has_subject(self) -> bool:
        return self.capabilities.native_threads

    @property
    def can_attach(self) -> bool:
        return self.capabilities.attachments


@dataclass(frozen=True, slots=True)
class TemplateField:
    """A value that an approved template asks for; `value` is what we know already."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """A text to choose, filled in for this conversation.

    approved: a template of the medium that may be sent outside its window; then `fields` are its values.
    ready: False when a placeholder of it belongs to no known value, so that it cannot be sent.
    """

    id: UUID
    name: str
    subject: str
    body: str
    approved: bool
    fields: tuple[TemplateField, ...]
    ready: bool


@dataclass(frozen=True, slots=True)
class Composer:
    """Everything that is shown around the text box. seen: hand it back with the answer (`Reply.seen`)."""

    way: ReplyWay
    seen: str
    signature: str
    templates: tuple[TemplateChoice, ...]
    draft: ThreadDraft | None


def composer_for(*, thread: CommunicationThread, user: Any, now: datetime) -> Composer:
    """The composer of a conversation, loaded with its brand and contact. A fixed number of queries."""
    voice = voice_of(thread, user, now)
    way = reply_way(thread, voice.brand, now=now)
    return Composer(
        way=way,
        seen=seen_token(thread, user),
        signature=voice.signature if way.capabilities.rich_text else "",
        templates=template_choices(thread.medium, voice),
        draft=draft_of(thread, user),
    )


@dataclass(frozen=True, slots=True)
class Voice:
    """In whose words a conversation is answered: the department's, in its own brand.

    A desk that serves several brands speaks in the conversation's brand, never in its own.
    """

    brand: BrandProfile
    profile: ChannelProfile
    language: str
    variables: Mapping[str, str]
    signature_template: CommunicationTemplate | None

    @property
    def signature(self) -> str:
        return self.variables.get("signature", "")


def voice_of(thread: CommunicationThread, user: Any, now: datetime) -> Voice:
    """The words for a conversation of this department, answered by this user."""
    brand = brand_profile(thread.business_entity_id, configuration_version())
    return voice_in(
        brand, speaking_profile(brand, thread.channel_id, thread.source_channel_id), user=user, now=now,
        language=thread.language or thread.contact.language or brand.entity.default_language,
        customer_name=thread.contact.name, reference_number=thread.reference_number,
    )  # fmt: skip


def voice_in(
    brand: BrandProfile,
    profile: ChannelProfile,
    *,
    user: Any,
    now: datetime,
    language: str,
    customer_name: str,
    reference_number: str,
) -> Voice:
    """The words of one department of a brand."""
    variables = answer_variables(
        brand, profile, speaks=profile, language=language, customer_name=customer_name, reference_number=reference_number, now=now
    )  # fmt: skip
    variables["agent_name"] = name_of(user)
    signature = signature_template(brand, profile, language)
    variables["signature"] = render(signature.content, variables) if signature is not None else ""
    return Voice(brand, profile, language, variables, signature)


def reply_way(
    thread: CommunicationThread,
    brand: BrandProfile,
    *,
    now: datetime,
    to: str = "",
    channel_id: UUID | None = None,
) -> ReplyWay:
    """How an answer in this conversation leaves. to: another participant; channel_id: another own address."""
    inbound = newest_inbound(thread)
    identifiers = list(ContactIdentifier.objects.filter(contact_id=thread.contact_id))
    # The message that is answered: the newest of whoever the answer goes to.
    answered = newest_from(inbound, [to]) if to else customers_message(inbound, identifiers)
    refs = directory(configuration_version()).by_id
    # The customer's medium: a subcontractor's mail in a WhatsApp conversation does not change it.
    source_id = thread.source_channel_id
    if answered is not None and (to or refs[answered.channel_id].medium == thread.medium):
        source_id = answered.channel_id
    owner = refs.get(thread.channel_id) if thread.channel_id is not None else None
    leaves_by = channel_id or reply_channel_id(refs[source_id], owner)
    channel = BusinessEntityChannel.objects.select_related("business_entity").get(id=leaves_by)
    if not channel.is_active and channel_id is None and channel.id != source_id:
        # The department's mailbox was closed; the one the customer wrote to still answers.
        channel = BusinessEntityChannel.objects.select_related("business_entity").get(id=source_id)
    capabilities = provider_for(channel.channel_type).capabilities
    recipient = to or _recipient(answered, identifiers, capabilities)
    closes = window_closes(contact_id=thread.contact_id, channel=channel, capabilities=capabilities)
    return ReplyWay(
        channel=channel,
        sender_name=speaking_profile(brand, thread.channel_id, source_id).channel.sender_name,
        recipient=recipient,
        recipient_name=thread.contact.name if not to else "",
        subject=reply_subject(thread, answered),
        capabilities=capabilities,
        others=_others(answered, recipient, brand) if capabilities.native_threads else (),
        window_closes_at=closes,
        free_text=capabilities.reply_window is None or (closes is not None and closes > now),
        why_not=_why_not(thread, channel, capabilities, recipient),
        remarks=_remarks(channel),
        answers=answered,
    )


def reply_subject(thread: CommunicationThread, answered: CommunicationMessage | None) -> str:
    """ "Re: " before the customer's subject, with our reference, so that any mail program keeps it together."""
    subject = " ".join(((answered.subject if answered is not None else "") or thread.subject).split())
    if not subject.lower().startswith(("re:", "antw:", "aw:", "sv:")):
        subject = f"Re: {subject}".strip()
    if thread.reference_number and thread.reference_number not in subject:
        subject = f"{subject} [{thread.reference_number}]"
    return subject[:300]


def template_choices(medium: str, voice: Voice) -> tuple[TemplateChoice, ...]:
    """The brand's replies for this medium and department, in its language where there are two."""
    chosen: dict[str, CommunicationTemplate] = {}
    for template in voice.brand.templates.templates:
        if (
            template.situation != CommunicationTemplate.Situation.REPLY
            or template.channel_type not in ("", medium)
            or template.channel_id not in (None, voice.profile.channel.id)
            or (template.provider_name and template.approval != CommunicationTemplate.Approval.APPROVED)
        ):
            continue
        key = template.provider_name or template.template_code
        known = chosen.get(key)
        if known is None or (template.language == voice.language and known.language != voice.language):
            chosen[key] = template
    return tuple(
        template_choice(template, voice.variables)
        for template in sorted(chosen.values(), key=lambda template: template.template_name.lower())
    )


def template_choice(template: CommunicationTemplate, variables: Mapping[str, str]) -> TemplateChoice:
    """One template, filled in."""
    approved = bool(template.provider_name)
    body = render(template.content, variables)
    return TemplateChoice(
        id=template.id,
        name=template.template_name,
        subject=render(template.subject, variables),
        body=body,
        approved=approved,
        fields=tuple(
            TemplateField(name, str(VARIABLES.get(name, name)), variables.get(name, ""))
            for name in dict.fromkeys(template.provider_variables)
        )
        if approved
        else (),
        ready=not (approved and _UNNAMED.search(template.content)),
    )


def _recipient(
    answered: CommunicationMessage | None,
    identifiers: Sequence[ContactIdentifier],
    capabilities: Capabilities,
) -> str:
    if answered is not None:
        address = reply_address(answered.sender, answered.data)
        if address and ("@" in address) == (capabilities.address_kind == "email"):
            return address
    kinds = [capabilities.address_kind, *(["whatsapp_user"] if capabilities.templates else [])]
    return next(
        (
            identifier.value
            for kind in kinds
            for identifier in identifiers
            if kind is not None and identifier.kind == kind
        ),
        "",
    )


def window_closes(
    *, contact_id: UUID, channel: BusinessEntityChannel, capabilities: Capabilities
) -> datetime | None:
    """When free text to this customer ends on this number: so long after they last wrote to it.

    None for a medium without such a window, and when they never wrote.
    """
    if capabilities.reply_window is None:
        return None
    newest = (
        Message.objects.filter(
            thread__contact_id=contact_id, thread__medium=channel.channel_type, channel=channel,
            direction=Message.Direction.INBOUND,
        )
        .order_by("-sent_at")
        .values_list("sent_at", flat=True)
        .first()
    )  # fmt: skip
    return newest + capabilities.reply_window if newest is not None else None


def _others(answered: CommunicationMessage | None, recipient: str, brand: BrandProfile) -> tuple[str, ...]:
    if answered is None:
        return ()
    ours = {same_address(profile.channel.channel_address) for profile in brand.channels.values()}
    ours.add(same_address(recipient))
    given = [*answered.recipients, *answered.data.get("cc", ())]
    return tuple(
        dict.fromkeys(address for address in given if "@" in address and same_address(address) not in ours)
    )


def _why_not(
    thread: CommunicationThread, channel: BusinessEntityChannel, capabilities: Capabilities, recipient: str
) -> str:
    if not capabilities.replies:
        return _("Over %(medium)s nothing can be written back. Start a conversation on another medium.") % {
            "medium": provider_for(channel.channel_type).label
        }
    if not channel.is_active:
        return _("%(channel)s is switched off.") % {"channel": channel.channel_name}
    if not recipient:
        return _("There is no address to answer to.")
    return ""


def _remarks(channel: BusinessEntityChannel) -> tuple[str, ...]:
    entity = channel.business_entity
    found = []
    if entity.shadow_mode:
        found.append(
            _("%(brand)s is in shadow mode: the answer is held back.") % {"brand": entity.entity_name}
        )
    if entity.outgoing_stopped:
        found.append(
            _("Outgoing messages of %(brand)s are stopped: it waits.") % {"brand": entity.entity_name}
        )
    if channel.suspended_at is not None:
        found.append(_("This channel is suspended: the answer waits until it works again."))
    return tuple(found)
