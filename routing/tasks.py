"""Background work of routing. Tasks are thin and may run twice."""

from __future__ import annotations

from celery import shared_task

from channels_app.services.bells import answered, ring
from channels_app.tasks import media_waiting, outgoing_waiting
from routing.services.drain import DrainOutcome, drain_batch

BATCHES_PER_TASK = 40
INBOX_BELL = "inbox"


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
    return outcome
