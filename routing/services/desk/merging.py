"""Two conversations turn out to be one: the messages move, the reference of either finds them, and it can
be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.models import CommunicationMessage, CommunicationThread, OutboxItem
from channels_app.scoping import Ability, require
from routing.models import Escalation, SlaTimer, ThreadEvent
from routing.services.desk.errors import DeskRefused
from routing.services.desk.progress import escalations_close, refuse_second_open
from routing.services.desk.trail import locked_many, refuse_merged, written

Kind = ThreadEvent.Kind
Status = CommunicationThread.Status


@transaction.atomic
def threads_merge(
    *, source: CommunicationThread, target: CommunicationThread, user: Any, now: datetime
) -> CommunicationThread:
    """Put `source` into `target`, which goes on; both keep their reference, and both references find it.

    The earlier of two running clocks stays. Open escalations go along. Raises DeskRefused for two brands,
    two media, or two contacts where a conversation is a contact's only one; PermissionDenied.
    """
    for thread in (source, target):
        require(user, Ability.CONVERSE, thread.business_entity_id)
    threads = locked_many([source.id, target.id])
    source, target = threads[source.id], threads[target.id]
    _refuse(source, target)
    moved = list(CommunicationMessage.objects.filter(thread=source).values_list("id", flat=True))
    status = source.status
    before = {"status": status, "assignee": source.assignee_id}
    clocks = _merge_clocks(source, target)
    _merge_escalations(source, target)
    CommunicationMessage.objects.filter(thread=source).update(thread=target)
    OutboxItem.objects.filter(thread_id=source.id).update(thread_id=target.id)
    CommunicationThread.objects.filter(merged_into=source).update(merged_into=target)
    _close_source(source, target, now)
    _extend_target(target, source, status, now)
    data = {"messages": [str(message_id) for message_id in moved], "before": before, "clocks": clocks}
    written(
        source, Kind.MERGED, user=user, now=now, into=target.reference_number, into_id=target.id, **data
    )  # fmt: skip
    written(target, Kind.MERGED, user=user, now=now, source=source.reference_number, source_id=source.id)
    return target


@transaction.atomic
def thread_unmerge(*, source: CommunicationThread, user: Any, now: datetime) -> CommunicationThread:
    """Take a merged conversation out again: its own messages return, and it is as open as it was.

    What was written since the merge stays where it was written. Raises DeskRefused, PermissionDenied.
    """
    require(user, Ability.CONVERSE, source.business_entity_id)
    source.refresh_from_db(fields=["merged_into"])
    if source.merged_into_id is None:
        raise DeskRefused(_("This conversation is not merged."))
    threads = locked_many([source.id, source.merged_into_id])
    target = threads[source.merged_into_id]
    source = threads[source.id]
    event = (
        ThreadEvent.objects.filter(thread=source, kind=Kind.MERGED, data__has_key="into")
        .order_by("-id")
        .first()
    )
    if event is None:
        raise DeskRefused(_("This conversation is not merged."))
    CommunicationMessage.objects.filter(id__in=event.data["messages"], thread=target).update(thread=source)
    source.merged_into = None
    status = event.data["before"]["status"]
    if status != Status.RESOLVED:
        refuse_second_open(source)
        source.status, source.resolved_at = Status.OPEN, None
        source.assignee_id = event.data["before"]["assignee"]
    _part_clocks(source, target, event.data["clocks"])
    source.updated_at = target.updated_at = now
    source.save()
    target.save(update_fields=["waiting_since", "response_due_at", "updated_at"])
    written(source, Kind.UNMERGED, user=user, now=now, source=target.reference_number)
    written(target, Kind.UNMERGED, user=user, now=now, source=source.reference_number)
    return source


def _refuse(source: CommunicationThread, target: CommunicationThread) -> None:
    if source.id == target.id:
        raise DeskRefused(_("Choose another conversation to merge with."))
    if source.business_entity_id != target.business_entity_id:
        raise DeskRefused(_("Conversations of two brands are never merged."))
    refuse_merged(source)
    refuse_merged(target)
    if source.medium != target.medium:
        raise DeskRefused(_("Only conversations on the same medium can be merged: an answer leaves by one."))
    if source.single_open and source.contact_id != target.contact_id:
        raise DeskRefused(_("These are two contacts; merge the contacts first."))


def _merge_clocks(source: CommunicationThread, target: CommunicationThread) -> dict[str, str]:
    """Leave one running clock, the earlier one, with the target; which moved and which was cancelled."""
    running = {
        timer.thread_id: timer
        for timer in SlaTimer.objects.filter(thread__in=[source, target], state=SlaTimer.State.RUNNING)
        .order_by("id")
        .select_for_update(of=("self",))
    }
    theirs, ours = running.get(source.id), running.get(target.id)
    if theirs is None:
        return {}
    if ours is not None and ours.started_at <= theirs.started_at:
        _set_clock(theirs, SlaTimer.State.CANCELLED, source)
        return {"cancelled": str(theirs.id)}
    changed = {"moved": str(theirs.id)}
    if ours is not None:
        _set_clock(ours, SlaTimer.State.CANCELLED, target)
        changed["cancelled"] = str(ours.id)
    _set_clock(theirs, SlaTimer.State.RUNNING, target)
    target.waiting_since, target.response_due_at = theirs.started_at, theirs.due_at
    return changed


def _part_clocks(source: CommunicationThread, target: CommunicationThread, clocks: dict[str, str]) -> None:
    """Give each conversation its clock back, as far as nobody answered meanwhile."""
    timers = {
        str(timer.id): timer
        for timer in SlaTimer.objects.filter(id__in=[UUID(key) for key in clocks.values()])
        .order_by("id")
        .select_for_update(of=("self",))
    }
    moved, cancelled = timers.get(clocks.get("moved", "")), timers.get(clocks.get("cancelled", ""))
    if source.status == Status.RESOLVED or target.waiting_since is None:
        return
    if moved is not None and moved.state == SlaTimer.State.RUNNING and moved.thread_id == target.id:
        _set_clock(moved, SlaTimer.State.RUNNING, source)
        source.waiting_since, source.response_due_at = moved.started_at, moved.due_at
        target.waiting_since = target.response_due_at = None
        if cancelled is not None and cancelled.state == SlaTimer.State.CANCELLED:
            _set_clock(cancelled, SlaTimer.State.RUNNING, target)
            target.waiting_since, target.response_due_at = cancelled.started_at, cancelled.due_at
    elif moved is None and cancelled is not None and cancelled.state == SlaTimer.State.CANCELLED:
        _set_clock(cancelled, SlaTimer.State.RUNNING, source)
        source.waiting_since, source.response_due_at = cancelled.started_at, cancelled.due_at


def _set_clock(timer: SlaTimer, state: SlaTimer.State, thread: CommunicationThread) -> None:
    timer.state, timer.thread = state, thread
    timer.save(update_fields=["state", "thread"])


def _merge_escalations(source: CommunicationThread, target: CommunicationThread) -> None:
    """What calls for somebody still does; of two for the same cause the target's stays."""
    present = Escalation.objects.filter(thread=target, state=Escalation.State.OPEN).values_list(
        "cause", flat=True
    )
    Escalation.objects.filter(thread=source, state=Escalation.State.OPEN).exclude(
        cause__in=list(present)
    ).update(thread=target)
    escalations_close(source)


def _close_source(source: CommunicationThread, target: CommunicationThread, now: datetime) -> None:
    source.merged_into = target
    source.status, source.resolved_at, source.updated_at = Status.RESOLVED, source.resolved_at or now, now
    source.waiting_since = source.response_due_at = source.snoozed_until = None
    source.assignee = None
    source.suggested_code = ""
    source.save()


def _extend_target(
    target: CommunicationThread, source: CommunicationThread, source_status: str, now: datetime
) -> None:
    target.labels = list(dict.fromkeys([*target.labels, *source.labels]))
    target.is_urgent = target.is_urgent or source.is_urgent
    target.last_message_at = max(target.last_message_at, source.last_message_at)
    for name, choose in (("last_inbound_at", max), ("last_outbound_at", max), ("first_response_at", min)):
        moments = [at for at in (getattr(target, name), getattr(source, name)) if at is not None]
        setattr(target, name, choose(moments) if moments else None)
    if target.status == Status.RESOLVED and source_status != Status.RESOLVED:
        target.status, target.resolved_at, target.set_aside = Status.OPEN, None, False
    target.updated_at = now
    target.save()
