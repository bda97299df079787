"""Answering a customer: one message and its place in the outbox, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.bulk import clean_text
from channels_app.models import (
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    Contact,
)
from channels_app.services.rendering import render
from routing.models import ThreadEvent
from routing.services.desk.answered import answered, answered_before
from routing.services.desk.brand_guard import Outgoing, leaks_of, refuse_leaks
from routing.services.desk.composing import ReplyWay, Voice, reply_way, template_choice, voice_of
from routing.services.desk.drafting import draft_clear
from routing.services.desk.errors import AnswerConflict, DeskRefused, Leak
from routing.services.desk.files import SendableFile, attach, sendable_files
from routing.services.desk.outgoing import (
    Sent,
    already_sent,
    check_addresses,
    message_queue,
    submission_key,
)
from routing.services.desk.progress import refuse_second_open
from routing.services.desk.seen import news_since, seen_token
from routing.services.desk.trail import locked, refuse_merged, written

Message = CommunicationMessage
BODY_LENGTH = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the composer hands in.

    key: one per submission of a composer, at most 64 characters; the same key sends once, however often
    it comes. seen: `Composer.seen` of the page that was answered from. to: another participant than the
    customer. channel_id: another of the brand's own mail addresses. attachments: ids of uploads
    (`DraftFile`) and of files in this conversation. variables: values for an approved template, by
    placeholder. confirmed: send although somebody wrote meanwhile. confirmed_leaks: send although the
    text points at another brand.
    """

    body: str
    key: str
    seen: str = ""
    subject: str = ""
    to: str = ""
    cc: tuple[str, ...] = ()
    attachments: tuple[UUID, ...] = ()
    template_id: UUID | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    channel_id: UUID | None = None
    with_signature: bool = True
    resolve_after: bool = False
    confirmed: bool = False
    confirmed_leaks: bool = False


@transaction.atomic
def reply_send(*, thread: CommunicationThread, user: Any, reply: Reply, now: datetime) -> Sent:
    """Answer in a conversation: stored, queued, the clock stopped, the state changed, all or nothing.

    It leaves by the conversation's own way (`composing.reply_way`) after a moment in which it can be
    taken back. In shadow mode it is held back. Raises AnswerConflict when somebody wrote what the
    composer had not seen, LeakRefused, DeskRefused, PermissionDenied.
    """
    thread = locked(thread, user)
    key = submission_key("reply", thread.id, user, reply.key)
    if (sent := already_sent(key)) is not None:
        return sent
    refuse_merged(thread)
    _refuse_unknowing(thread, user, reply)
    if thread.status == CommunicationThread.Status.RESOLVED:
        refuse_second_open(thread)
    written_out = _write_out(thread, user, reply, now)
    refuse_leaks(written_out.outgoing, confirmed=reply.confirmed_leaks)
    way = written_out.way
    before = answered_before(thread)
    message, item = message_queue(
        thread=thread, way=way, message_type=Message.Type.REPLY, user=user, key=key, now=now,
        subject=written_out.subject, body=written_out.body, new_text=written_out.new_text,
        recipient=way.recipient, cc=reply.cc, template=written_out.template, data=written_out.data,
        leaves_at=now + timedelta(seconds=settings.REPLY_UNDO_SECONDS),
    )  # fmt: skip
    attach(message, written_out.files)
    answered(thread, user, now, resolve=reply.resolve_after)
    draft_clear(thread=thread, user=user)
    written(
        thread, ThreadEvent.Kind.REPLIED, user=user, now=now, message_id=message.id, to=way.recipient,
        cc=list(reply.cc), resolved=reply.resolve_after, before=before,
    )  # fmt: skip
    return Sent.of(message, item, thread)


def leaks_in_reply(
    *, thread: CommunicationThread, user: Any, reply: Reply, now: datetime
) -> tuple[Leak, ...]:
    """What the brand guard would say of this answer, for the composer to show; nothing is sent.

    Raises what `reply_send` raises for an answer that could not be sent anyway.
    """
    with transaction.atomic():
        thread = locked(thread, user)
        return leaks_of(_write_out(thread, user, reply, now).outgoing)


def _refuse_unknowing(thread: CommunicationThread, user: Any, reply: Reply) -> None:
    if reply.confirmed:
        return
    news = news_since(thread, user, reply.seen)
    if news:
        raise AnswerConflict(
            _("Somebody wrote in this conversation after you opened it. Read it before you send."),
            news,
            seen_token(thread, user),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _WrittenOut:
    """An answer as it will leave, and what the guard has to look at."""

    way: ReplyWay
    subject: str
    body: str
    new_text: str | None
    template: CommunicationTemplate | None
    files: tuple[SendableFile, ...]
    data: dict[str, Any]
    outgoing: Outgoing


def _write_out(thread: CommunicationThread, user: Any, reply: Reply, now: datetime) -> _WrittenOut:
    voice = voice_of(thread, user, now)
    way = reply_way(
        thread, voice.brand, now=now, to=_participant(thread, reply.to), channel_id=reply.channel_id
    )
    if way.why_not:
        raise DeskRefused(way.why_not)
    cc = check_addresses(reply.cc, way)
    template = template_of(reply.template_id)
    refuse_marketing(template, thread.contact)
    files = sendable_files(reply.attachments, user=user, thread=thread)
    if files and not way.can_attach:
        raise DeskRefused(_("Files cannot be sent over this medium."))
    text, data = words(reply.body, template, reply.variables, way, voice, has_files=bool(files))
    body, signed = signed_body(text, voice, way, wanted=reply.with_signature)
    return _WrittenOut(
        way=way,
        subject=(clean_text(" ".join(reply.subject.split()))[:300] or way.subject) if way.has_subject else "",
        body=body,
        new_text=text if signed else None,
        template=template,
        files=files,
        data=data,
        outgoing=Outgoing(
            entity_id=thread.business_entity_id,
            channel=way.channel,
            template=template,
            signature=voice.signature_template if signed else None,
            files=[(file.name, file.business_entity_id) for file in files],
            to=(way.recipient,),
            cc=cc,
            known=(way.recipient,),
            text=f"{reply.subject}\n{text}",
        ),
    )


def template_of(template_id: UUID | None) -> CommunicationTemplate | None:
    """The template with this id, of whatever brand: the guard names one of another. Raises DeskRefused."""
    if template_id is None:
        return None
    template = CommunicationTemplate.objects.filter(id=template_id, is_active=True).first()
    if template is None:
        raise DeskRefused(_("This template is not there any more; choose another."))
    return template


def refuse_marketing(template: CommunicationTemplate | None, contact: Contact) -> None:
    """Raise DeskRefused for a marketing template to somebody who asked for none."""
    marketing = template is not None and template.provider_category.upper() == "MARKETING"
    if marketing and contact.marketing_stopped_at is not None:
        raise DeskRefused(_("This customer asked for no marketing; choose another template."))


def words(
    body: str,
    template: CommunicationTemplate | None,
    variables: Mapping[str, str],
    way: ReplyWay,
    voice: Voice,
    *,
    has_files: bool,
) -> tuple[str, dict[str, Any]]:
    """The text that is sent, and the message's structured part. Raises DeskRefused.

    Free text has its placeholders filled in. An approved template of the medium is sent as it was
    approved, with these values; outside the medium's window nothing else may go.
    """
    data: dict[str, Any] = {"language": voice.language}
    if template is not None and template.provider_name:
        if template.approval != CommunicationTemplate.Approval.APPROVED:
            raise DeskRefused(_("This template is not approved (yet)."))
        values = {**voice.variables, **{name: value.strip() for name, value in variables.items()}}
        missing = [entry.label for entry in template_choice(template, values).fields if not entry.value]
        if missing or not template_choice(template, values).ready:
            raise DeskRefused(
                _("Fill in every value of the template: %(names)s.") % {"names": ", ".join(missing) or "?"}
            )
        data |= {
            "language": template.language,
            "template_values": [clean_text(values[name]) for name in template.provider_variables],
        }
        return clean_text(render(template.content, values)), data
    if not way.free_text:
        raise DeskRefused(
            _("The customer last wrote more than 24 hours ago; send an approved template instead.")
        )
    text = clean_text(render(body.replace("\r\n", "\n"), voice.variables))[:BODY_LENGTH]
    if not text and not has_files:
        raise DeskRefused(_("Write something first."))
    return text, data


def signed_body(text: str, voice: Voice, way: ReplyWay, *, wanted: bool) -> tuple[str, bool]:
    """The text under which the brand's signature stands, on media that have one; and whether it was put there."""
    if not wanted or not way.capabilities.rich_text or not voice.signature or voice.signature in text:
        return text, False
    return f"{text}\n\n{voice.signature}".strip(), True


def _participant(thread: CommunicationThread, address: str) -> str:
    """An address that took part in this conversation; "" is the customer. Raises DeskRefused."""
    address = address.strip()
    if not address:
        return ""
    wrote = Message.objects.filter(thread=thread).exclude(direction=Message.Direction.INTERNAL)
    if not (wrote.filter(sender__iexact=address) | wrote.filter(recipients__contains=[address])).exists():
        raise DeskRefused(
            _("%(address)s has no part in this conversation; forward it instead.") % {"address": address}
        )
    return address
