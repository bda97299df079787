"""The automatic answer to a message of a batch: which template, and the rows that send it."""

from __future__ import annotations

from datetime import datetime

from channels_app.models import CommunicationMessage, CommunicationTemplate
from channels_app.models.base import new_id
from channels_app.selectors.directory import Directory
from channels_app.services.messages import MessageRow, OutboxRow
from channels_app.services.replies import reply_channel_id
from routing.selectors.brands import speaking_profile
from routing.services.auto_response import pick_template, render_answer
from routing.services.batch_item import BatchItem, answer_address

Message = CommunicationMessage


def answer_template(item: BatchItem) -> CommunicationTemplate | None:
    """The template of the automatic answer that the decision asks for; None when there will be none."""
    decision, thread, envelope = item.decision, item.thread, item.envelope
    if decision is None or decision.auto_response is None or thread.owner_id is None:
        return None
    owner = item.brand.channels.get(thread.owner_id)
    sender = envelope.channel.provider.capabilities
    if owner is None or not sender.replies or not answer_address(envelope):
        return None
    language = item.contact.language or decision.language or item.brand.entity.default_language
    return pick_template(
        item.brand, kind=decision.auto_response, owner=owner, medium=thread.medium, language=language
    )


def answer_rows(item: BatchItem, channels: Directory, now: datetime) -> tuple[MessageRow, OutboxRow] | None:
    """The automatic answer to a message and its place in the outbox, when there is one."""
    decision, thread, envelope, template = item.decision, item.thread, item.envelope, item.answer
    if template is None or decision is None or decision.auto_response is None or thread.owner_id is None:
        return None
    owner = item.brand.channels[thread.owner_id]
    answer = render_answer(item.brand, template, owner=owner, thread=thread, contact=item.contact, now=now)
    leaves_by = channels.by_id[reply_channel_id(envelope.channel, channels.by_id.get(thread.owner_id))]
    recipient = answer_address(envelope)
    held = leaves_by.holds_outgoing
    row = MessageRow(
        id=new_id(),
        entity_id=thread.entity_id,
        thread_id=thread.id,
        channel_id=leaves_by.id,
        direction=Message.Direction.OUTBOUND,
        message_type=Message.Type.AUTO_RESPONSE,
        state=Message.State.HELD if held else Message.State.QUEUED,
        sent_at=now,
        created_at=now,
        sender=leaves_by.address,
        sender_name=speaking_profile(item.brand, thread.owner_id, envelope.channel.id).channel.sender_name,
        recipients=[recipient],
        subject=answer.subject or item.row.subject,
        body=answer.body,
        html=answer.html,
        data={"situation": decision.auto_response.value, "language": answer.language},
        reply_to=envelope.message.external_id,
        references=(*item.row.references, envelope.message.external_id),
        answers_id=envelope.id,
        template_id=answer.template_id,
    )
    return row, OutboxRow(
        entity_id=thread.entity_id,
        channel_id=leaves_by.id,
        message_id=row.id,
        thread_id=thread.id,
        recipient=recipient,
        held=held,
    )
