"""How far a conversation is: snoozed until a moment, resolved, open again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.models import CommunicationThread
from routing.models import Escalation, EscalationStep, SlaTimer, ThreadEvent
from routing.services.clocks import clocks_cancel
from routing.services.desk.errors import DeskRefused
from routing.services.desk.trail import locked, refuse_merged, written

Status = CommunicationThread.Status
Kind = ThreadEvent.Kind

SNOOZE_AT_MOST = timedelta(days=366)


@transaction.atomic
def thread_snooze(
    *, thread: CommunicationThread, user: Any, until: datetime, now: datetime
) -> CommunicationThread:
    """Put it out of sight until a moment, or until the customer writes. The promised answer stays due.

    Raises DeskRefused, PermissionDenied.
    """
    thread = locked(thread, user)
    if thread.status == Status.RESOLVED:
        raise DeskRefused(_("A resolved conversation cannot be snoozed; reopen it first."))
    if not now < until <= now + SNOOZE_AT_MOST:
        raise DeskRefused(_("Choose a moment in the coming year."))
    thread.status, thread.snoozed_until, thread.updated_at = Status.SNOOZED, until, now
    thread.save(update_fields=["status", "snoozed_until", "updated_at"])
    written(thread, Kind.SNOOZED, user=user, now=now, until=until)
    return thread


@transaction.atomic
def thread_wake(*, thread: CommunicationThread, user: Any, now: datetime) -> CommunicationThread:
    """End a snooze early. Raises DeskRefused when it is not snoozed, PermissionDenied."""
    thread = locked(thread, user)
    if thread.status != Status.SNOOZED:
        raise DeskRefused(_("This conversation is not snoozed."))
    thread.status, thread.snoozed_until, thread.updated_at = Status.OPEN, None, now
    thread.save(update_fields=["status", "snoozed_until", "updated_at"])
    written(thread, Kind.WOKEN, user=user, now=now)
    return thread


@transaction.atomic
def thread_resolve(*, thread: CommunicationThread, user: Any, now: datetime) -> CommunicationThread:
    """It is done: the clock ends, and so do its escalations. Already resolved stays as it is.

    Raises PermissionDenied.
    """
    thread = locked(thread, user)
    if thread.status == Status.RESOLVED:
        return thread
    unanswered = thread.waiting_since is not None
    put_to_rest(thread, now)
    thread.save(update_fields=["status", *_REST])
    written(thread, Kind.RESOLVED, user=user, now=now, unanswered=unanswered)
    return thread


@transaction.atomic
def thread_reopen(*, thread: CommunicationThread, user: Any, now: datetime) -> CommunicationThread:
    """Work on it again; a clock that was cancelled by resolving runs on from where it started.

    Raises DeskRefused when it is not resolved, when it was merged into another, or when the contact has
    another open conversation on a medium that allows one; PermissionDenied.
    """
    thread = locked(thread, user)
    if thread.status != Status.RESOLVED:
        raise DeskRefused(_("This conversation is open already."))
    bring_back(thread, now)
    thread.save(update_fields=["status", "set_aside", *_REST])
    written(thread, Kind.REOPENED, user=user, now=now)
    return thread


_REST = ("resolved_at", "snoozed_until", "waiting_since", "response_due_at", "suggested_code", "updated_at")
"""The fields that `put_to_rest` and `bring_back` change, beside the status."""


def put_to_rest(thread: CommunicationThread, now: datetime) -> None:
    """Resolve a locked conversation: no clock, no escalation, no snooze. The caller saves it."""
    clocks_cancel([thread.id])
    escalations_close(thread)
    thread.status, thread.resolved_at, thread.updated_at = Status.RESOLVED, now, now
    thread.snoozed_until = thread.waiting_since = thread.response_due_at = None
    thread.suggested_code = ""


def bring_back(thread: CommunicationThread, now: datetime) -> None:
    """Reopen a locked conversation, with the clock that resolving cancelled. The caller saves it.

    Raises DeskRefused.
    """
    refuse_merged(thread)
    refuse_second_open(thread)
    thread.status, thread.resolved_at, thread.updated_at = Status.OPEN, None, now
    thread.set_aside = False
    clock = SlaTimer.objects.filter(thread=thread).order_by("-started_at", "-id").select_for_update().first()
    if clock is not None and clock.state == SlaTimer.State.CANCELLED:
        clock.state = SlaTimer.State.RUNNING
        clock.save(update_fields=["state"])
        thread.waiting_since, thread.response_due_at = clock.started_at, clock.due_at


def refuse_second_open(thread: CommunicationThread) -> None:
    """Raise DeskRefused when another conversation of this contact is open where only one can be."""
    if not thread.single_open:
        return
    other = (
        CommunicationThread.objects.unresolved()
        .filter(
            business_entity_id=thread.business_entity_id, contact_id=thread.contact_id, medium=thread.medium,
            single_open=True,
        )
        .exclude(id=thread.id)
        .first()
    )  # fmt: skip
    if other is not None:
        raise DeskRefused(
            _("%(reference)s with this customer is open on the same medium; work there, or merge the two.")
            % {"reference": other.reference_number}
        )


def escalations_close(thread: CommunicationThread) -> None:
    """Nobody has to act any more. Steps before escalations, as everywhere else."""
    planned = EscalationStep.objects.filter(
        escalation__thread=thread, state=EscalationStep.State.PENDING
    ).order_by("id")
    list(planned.select_for_update(of=("self",)).values_list("id", flat=True))
    planned.update(state=EscalationStep.State.SKIPPED)
    Escalation.objects.filter(thread=thread, state=Escalation.State.OPEN).update(
        state=Escalation.State.CLOSED
    )
