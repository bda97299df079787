"""Background work of routing. Tasks are thin and may run twice."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from channels_app.services.bells import answered, ring
from channels_app.tasks import media_waiting, outgoing_waiting
from routing.services.backtest import backtest_step
from routing.services.daily_summaries import summaries_send
from routing.services.desk.auto_assignment import conversations_assign
from routing.services.desk.failures import failed_answers_return
from routing.services.desk.files import draft_files_clear
from routing.services.drain import DrainOutcome, drain_batch
from routing.services.escalation_steps import escalation_steps_take
from routing.services.giving_back import threads_give_back_of_absent
from routing.services.incident_alerts import backlog_watch, capacity_watch, incidents_alert
from routing.services.ratings.asking import ratings_ask
from routing.services.rule_uses import rule_uses_count
from routing.services.silent_departments import fallbacks_take_over
from routing.services.sla_sweep import clocks_sweep
from routing.services.upkeep import clocks_follow_configuration, threads_resolve_idle, threads_wake

BATCHES_PER_TASK = 40
INBOX_BELL = "inbox"
ASSIGNMENT_BELL = "assignment"


@shared_task
def drain_inbox() -> int:
    """Store and route what waits in the inbox; how many receipts were processed."""
    answered(INBOX_BELL)
    receipts = 0
    for _ in range(BATCHES_PER_TASK):
        outcome = drain_and_ring()
        if not outcome.receipts:
            return receipts
        receipts += outcome.receipts
    ring(drain_inbox, key=INBOX_BELL)
    return receipts


def drain_and_ring() -> DrainOutcome:
    """Process one batch and ring for what it left to send and to fetch."""
    outcome = drain_batch()
    if outcome.batch.sending_channels:
        outgoing_waiting(sorted(outcome.batch.sending_channels))
    if outcome.batch.media_to_fetch:
        media_waiting()
    if outcome.batch.stored:
        ring(assign_conversations, key=ASSIGNMENT_BELL)
    return outcome


@shared_task
def sweep_clocks() -> int:
    """Follow changed hours, warn, record broken promises, take escalation steps, let fallbacks take over; how
    many of all these."""
    now = timezone.now()
    moved = clocks_follow_configuration(now=now)
    clocks = clocks_sweep(now=now)
    done, _ = escalation_steps_take(now=now)
    return moved + clocks.warned + clocks.breached + done + fallbacks_take_over(now=now)


@shared_task
def sweep_threads() -> int:
    """Wake snoozed conversations and resolve silent ones; how many."""
    now = timezone.now()
    return threads_wake(now=now) + threads_resolve_idle(now=now)


@shared_task
def assign_conversations() -> int:
    """Give waiting conversations to people at work; how many."""
    answered(ASSIGNMENT_BELL)
    return conversations_assign(now=timezone.now())


@shared_task
def return_failed_answers() -> int:
    """Open again what a failed answer was meant to settle; how many answers."""
    return failed_answers_return(now=timezone.now())


@shared_task
def clear_draft_files() -> int:
    """Throw away uploads that were never sent; how many."""
    return draft_files_clear(now=timezone.now())


@shared_task
def watch_inbox() -> int:
    """Open or close the backlog's incident, and tell the teams of every open incident once."""
    now = timezone.now()
    backlog_watch(now=now)
    capacity_watch(now=now)
    return incidents_alert(now=now)


@shared_task
def run_backtest(*, backtest_id: str) -> None:
    """Replay some batches of a backtest, and ring for the rest of it."""
    answered(f"backtest:{backtest_id}")
    for _ in range(BATCHES_PER_TASK):
        if not backtest_step(backtest_id=UUID(backtest_id), now=timezone.now()):
            return
    backtest_waiting(UUID(backtest_id))


def backtest_waiting(backtest_id: UUID) -> None:
    """Ring for a backtest that has work to do, once the transaction has been committed."""
    transaction.on_commit(
        partial(ring, run_backtest, key=f"backtest:{backtest_id}", backtest_id=str(backtest_id))
    )


@shared_task
def give_back_of_absent() -> int:
    """The sweep: conversations of people who left go back to their team; how many."""
    return threads_give_back_of_absent(now=timezone.now())


@shared_task
def count_rule_uses() -> int:
    """Count how often each rule had a say; how many counts changed."""
    return rule_uses_count(now=timezone.now())


@shared_task
def ask_for_ratings() -> int:
    """Ask customers what they thought of conversations that were resolved; how many were asked."""
    asked = ratings_ask(now=timezone.now())
    outgoing_waiting(list(asked.channels))
    return asked.sent


@shared_task
def send_summaries() -> int:
    """The day's summary for every team whose time has come; how many."""
    return summaries_send(now=timezone.now())
