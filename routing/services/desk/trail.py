"""The trail of a conversation, and the lock under which everything in it is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from channels_app.bulk import clean_json, clean_text
from channels_app.models import CommunicationThread
from channels_app.scoping import Ability, require
from routing.models import ThreadEvent
from routing.services.desk.errors import DeskRefused

Kind = ThreadEvent.Kind


def name_of(user: Any) -> str:
    """A member of staff as colleagues know them."""
    return str(user.get_full_name() or user.get_username())


def locked(thread: CommunicationThread, user: Any) -> CommunicationThread:
    """The conversation as it is now, locked until the transaction ends. Raises PermissionDenied."""
    require(user, Ability.CONVERSE, thread.business_entity_id)
    return locked_many([thread.id])[thread.id]


def locked_many(thread_ids: Iterable[UUID]) -> dict[UUID, CommunicationThread]:
    """Conversations locked in one order, so that two people who choose the same ones never deadlock."""
    threads = (
        CommunicationThread.objects.filter(id__in=list(thread_ids))
        .select_related("business_entity", "contact", "assignee", "channel", "source_channel", "merged_into")
        .order_by("id")
        .select_for_update(of=("self",))
    )
    return {thread.id: thread for thread in threads}


def written(
    thread: CommunicationThread, kind: ThreadEvent.Kind, *, user: Any, now: datetime, **data: Any
) -> ThreadEvent:
    """Write an event into the trail. user None: the system did it. data: plain JSON values."""
    return ThreadEvent.objects.create(
        created_at=now,
        business_entity_id=thread.business_entity_id,
        thread=thread,
        kind=kind,
        actor=user,
        data=_plain(data),
    )


def written_many(
    events: Iterable[tuple[UUID, UUID, ThreadEvent.Kind, Mapping[str, Any]]],
    *,
    user: Any,
    now: datetime,
) -> None:
    """Write one event into each of many trails: (brand, conversation, kind, data). One statement."""
    ThreadEvent.objects.bulk_create(
        ThreadEvent(
            created_at=now, business_entity_id=entity_id, thread_id=thread_id, kind=kind, actor=user, data=_plain(data)
        )
        for entity_id, thread_id, kind, data in events
    )  # fmt: skip


def _plain(data: Mapping[str, Any]) -> Any:
    return clean_json(
        {
            key: value.isoformat()
            if isinstance(value, datetime)
            else str(value)
            if isinstance(value, UUID)
            else value
            for key, value in data.items()
        }
    )


def reason_given(reason: str, sentence: str) -> str:
    """The reason, trimmed; raises DeskRefused with this sentence when there is none."""
    reason = clean_text(reason.strip())[:1000]
    if not reason:
        raise DeskRefused(sentence)
    return reason


def refuse_merged(thread: CommunicationThread) -> None:
    """Raise DeskRefused for a conversation whose messages are elsewhere now."""
    if thread.merged_into is not None:
        raise DeskRefused(
            _("This conversation was merged into %(reference)s; work there.")
            % {"reference": thread.merged_into.reference_number}
        )
