"""Taking an answer back in the moment before it leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.models import CommunicationMessage, CommunicationThread, OutboxItem
from routing.models import ThreadEvent
from routing.services.desk.answered import answer_undone
from routing.services.desk.drafting import draft_save
from routing.services.desk.errors import DeskRefused
from routing.services.desk.files import take_back
from routing.services.desk.progress import put_to_rest
from routing.services.desk.trail import locked, written

Kind = ThreadEvent.Kind


@transaction.atomic
def reply_undo(*, message: CommunicationMessage, user: Any, now: datetime) -> CommunicationThread:
    """Take the user's own answer back: the text returns to their draft, the clock runs on as it was.

    Possible until a worker has taken it. When somebody did something with the conversation since, only
    the message is taken back. Raises DeskRefused, PermissionDenied.
    """
    thread = locked(message.thread, user)
    item = OutboxItem.objects.select_for_update().filter(message=message).first()
    if message.author_id != user.pk:
        raise DeskRefused(_("Only whoever wrote an answer can take it back."))
    waiting = (OutboxItem.State.QUEUED, OutboxItem.State.HELD)
    if item is None or item.state not in waiting or item.attempts:
        raise DeskRefused(_("It is too late: the answer has left."))
    events = ThreadEvent.objects.filter(thread=thread).order_by("-id")
    event = events.filter(kind=Kind.REPLIED, data__message_id=str(message.id)).first()
    since = events.exclude(kind__in=(Kind.NOTED, Kind.LABELLED, Kind.ESCALATED)).first()
    if event is not None and since == event and _untouched(thread, message):
        answer_undone(thread, event.data["before"], now)
    forwarded = message.message_type == CommunicationMessage.Type.FORWARD
    draft_save(
        thread=thread, user=user, body=message.new_text if message.new_text is not None else message.body, now=now,
        content={
            "mode": "forward" if forwarded else "reply", "subject": message.subject,
            "to": message.recipients[0] if forwarded else "", "cc": message.data.get("cc", []),
            "attachments": take_back(message, user, now),
        },
    )  # fmt: skip
    written(thread, Kind.REPLY_UNDONE, user=user, now=now, message_id=message.id)
    message.delete()
    if not CommunicationMessage.objects.filter(thread=thread).exists():
        # It was to begin a conversation, and nothing is left of it.
        put_to_rest(thread, now)
        thread.save()
    return thread


def _untouched(thread: CommunicationThread, message: CommunicationMessage) -> bool:
    """Nobody wrote after the answer: else the conversation is as their message made it."""
    return not (
        CommunicationMessage.objects.filter(thread=thread, created_at__gte=message.created_at)
        .exclude(id=message.id)
        .exclude(direction=CommunicationMessage.Direction.INTERNAL)
        .exists()
    )
