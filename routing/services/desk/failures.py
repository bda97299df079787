"""An answer that did not arrive is somebody's work again: its writer is told, the conversation is open."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from channels_app.models import CommunicationMessage, CommunicationThread
from routing.models import StaffNotice, ThreadEvent
from routing.services.desk.errors import DeskRefused
from routing.services.desk.notices import notices_give
from routing.services.desk.progress import refuse_second_open
from routing.services.desk.trail import locked_many, name_of, written

Message = CommunicationMessage
Status = CommunicationThread.Status

LOOKED_BACK = timedelta(days=7)
AT_ONCE = 100


def failed_answers_return(*, now: datetime) -> int:
    """Bring back every answer by a person that failed and has not been told of; how many."""
    told = (
        ThreadEvent.objects.filter(thread=OuterRef("thread"), kind=ThreadEvent.Kind.REPLY_FAILED)
        .annotate(about=KeyTextTransform("message_id", "data"))
        .filter(about=Cast(OuterRef("id"), TextField()))
    )
    failed = list(
        Message.objects.filter(
            state=Message.State.FAILED,
            message_type__in=[Message.Type.REPLY, Message.Type.FORWARD],
            author__isnull=False,
            created_at__gte=now - LOOKED_BACK,
        )
        .annotate(was_told=Exists(told))
        .filter(was_told=False)
        .order_by("id")
        .values_list("id", flat=True)[:AT_ONCE]
    )
    return sum(_return(message_id, now) for message_id in failed)


@transaction.atomic
def _return(message_id: UUID, now: datetime) -> bool:
    message = Message.objects.select_related("author").get(id=message_id)
    thread = locked_many([message.thread_id])[message.thread_id]
    events = ThreadEvent.objects.filter(thread=thread, kind=ThreadEvent.Kind.REPLY_FAILED)
    author = message.author
    if author is None or events.filter(data__message_id=str(message.id)).exists():
        return False  # another sweep was first
    if message.message_type == Message.Type.REPLY:
        _reopen(thread, message, now)
    why = message.error_text or message.error_code
    notices_give(
        thread, {person.pk: person for person in (author, thread.assignee) if person is not None}.values(),
        kind=StaffNotice.Kind.REPLY_FAILED, by=None, now=now, message_id=message.id, preview=why,
    )  # fmt: skip
    written(
        thread, ThreadEvent.Kind.REPLY_FAILED, user=None, now=now, message_id=message.id,
        author=name_of(author), why=why,
    )  # fmt: skip
    return True


def _reopen(thread: CommunicationThread, message: CommunicationMessage, now: datetime) -> None:
    """Open again, unless the customer was answered otherwise since, or it cannot be open."""
    since = Message.objects.filter(
        thread=thread,
        id__gt=message.id,
        direction=Message.Direction.OUTBOUND,
        message_type=Message.Type.REPLY,
    ).exclude(state=Message.State.FAILED)
    if (
        thread.status not in (Status.WAITING, Status.RESOLVED)
        or thread.merged_into is not None
        or since.exists()
    ):
        return
    if thread.status == Status.RESOLVED:
        try:
            refuse_second_open(thread)
        except DeskRefused:
            return
    thread.status, thread.resolved_at, thread.updated_at = Status.OPEN, None, now
    thread.save(update_fields=["status", "resolved_at", "updated_at"])
