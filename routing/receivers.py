"""Routing listens: receipts wait, so the inbox must be drained; a worker starts, so it reads the classifier."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_init
from django.dispatch import receiver

from channels_app.services.bells import Ringer, ring
from channels_app.signals import receipts_waiting
from routing.selectors.content import classifier_load
from routing.tasks import INBOX_BELL, drain_inbox

_ringer = Ringer(lambda: ring(drain_inbox, key=INBOX_BELL))


@receiver(receipts_waiting)
def drain_when_receipts_wait(sender: Any, **kwargs: Any) -> None:
    _ringer.ask()


@worker_init.connect
def load_classifier_before_the_worker_forks(sender: Any, **kwargs: Any) -> None:
    """Its processes share one model, and no customer's message waits until it is read."""
    amqp = sender.app.amqp
    if amqp.router.route({}, drain_inbox.name)["queue"].name in amqp.queues.consume_from:
        classifier_load()
