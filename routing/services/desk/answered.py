"""What an answer does to a conversation, and how that is undone when the answer is taken back in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime

from channels_app.models import CommunicationThread, OutboxItem
from routing.models import Escalation, EscalationStep, SlaTimer
from routing.services.clocks import clocks_stop
from routing.services.desk.assigning import escalations_acknowledge
from routing.services.desk.progress import put_to_rest

Status = CommunicationThread.Status

_MOMENTS = (
    "waiting_since", "response_due_at", "first_response_at", "last_outbound_at", "last_message_at",
    "resolved_at", "snoozed_until",
)  # fmt: skip
_CHANGED = (*_MOMENTS, "status", "set_aside", "assignee", "suggested_code", "updated_at")


def answered(thread: CommunicationThread, user: Any, now: datetime, *, resolve: bool) -> None:
    """A person answered in this locked conversation: the clock stops, the customer is waited for.

    Whoever answers a conversation that nobody had takes it, and acknowledges what called for somebody.
    """
    clocks_stop([(thread.id, now)])
    escalations_acknowledge(thread, user, now)
    thread.waiting_since = thread.response_due_at = thread.snoozed_until = thread.resolved_at = None
    thread.first_response_at = thread.first_response_at or now
    thread.last_outbound_at = now
    thread.last_message_at = max(thread.last_message_at, now)
    thread.set_aside = False
    thread.status, thread.updated_at = Status.WAITING, now
    if thread.assignee_id is None:
        thread.assignee = user
    if resolve:
        put_to_rest(thread, now)
    thread.save(update_fields=_CHANGED)


def answered_before(thread: CommunicationThread) -> dict[str, Any]:
    """How the conversation and its clock are now, as plain JSON: what `answer_undone` brings back."""
    clock = SlaTimer.objects.filter(thread=thread, state=SlaTimer.State.RUNNING).first()
    moments = {name: getattr(thread, name) for name in _MOMENTS}
    return {
        **{name: at.isoformat() if at is not None else None for name, at in moments.items()},
        "status": thread.status,
        "set_aside": thread.set_aside,
        "assignee": thread.assignee_id,
        "suggested_code": thread.suggested_code,
        "clock": str(clock.id) if clock is not None else None,
        "breached_at": clock.breached_at.isoformat() if clock is not None and clock.breached_at else None,
        **_calls(thread),
    }


def _calls(thread: CommunicationThread) -> dict[str, list[str]]:
    """What calls for somebody now: open escalations, their planned steps, and alerts that have not left."""
    escalations = list(
        Escalation.objects.filter(thread=thread, state=Escalation.State.OPEN).values_list("id", flat=True)
    )
    if not escalations:
        return {"escalations": [], "steps": [], "alerts": []}
    steps = EscalationStep.objects.filter(escalation__in=escalations, state=EscalationStep.State.PENDING)
    alerts = OutboxItem.objects.filter(
        state=OutboxItem.State.QUEUED,
        payload__alert=True,
        payload__escalation_id__in=list(map(str, escalations)),
    )
    found = {
        "escalations": escalations,
        "steps": steps.values_list("id", flat=True),
        "alerts": alerts.values_list("id", flat=True),
    }
    return {name: [str(key) for key in keys] for name, keys in found.items()}


def answer_undone(thread: CommunicationThread, before: dict[str, Any], now: datetime) -> None:
    """Bring a locked conversation back to how it was, its clock running since the same moment."""
    for name in _MOMENTS:
        setattr(thread, name, _moment(before[name]))
    thread.status, thread.set_aside = before["status"], before["set_aside"]
    thread.assignee_id, thread.suggested_code = before["assignee"], before["suggested_code"]
    thread.updated_at = now
    thread.save(update_fields=_CHANGED)
    if before["clock"] is not None:
        SlaTimer.objects.filter(id=UUID(before["clock"])).update(
            state=SlaTimer.State.RUNNING, answered_at=None, elapsed_minutes=None, business_minutes=None,
            breached_at=_moment(before["breached_at"]),
        )  # fmt: skip
    _call_again(thread, before)


def _call_again(thread: CommunicationThread, before: dict[str, Any]) -> None:
    """What the answer had silenced calls for somebody again; not where the same was called for anew since."""
    # Steps before their escalation, as the sweep that takes them locks both.
    steps = EscalationStep.objects.filter(
        id__in=before["steps"], state=EscalationStep.State.SKIPPED
    ).order_by("id")
    list(steps.select_for_update().values_list("id", flat=True))
    mine = Escalation.objects.filter(thread=thread).select_for_update().order_by("id")
    rows = list(mine)
    open_causes = {row.cause for row in rows if row.state == Escalation.State.OPEN}
    silenced = [
        row
        for row in rows
        if str(row.id) in before["escalations"]
        and row.state != Escalation.State.OPEN
        and row.cause not in open_causes
    ]
    for row in silenced:
        row.state, row.acknowledged_at, row.acknowledged_by = Escalation.State.OPEN, None, ""
        row.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
    ids = [row.id for row in silenced]
    steps.filter(escalation__in=ids).update(state=EscalationStep.State.PENDING)
    OutboxItem.objects.filter(
        id__in=before["alerts"],
        state=OutboxItem.State.CANCELLED,
        payload__escalation_id__in=list(map(str, ids)),
    ).update(state=OutboxItem.State.QUEUED, finished_at=None)


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None
