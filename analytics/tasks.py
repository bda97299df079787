"""Background work of analytics. Tasks are thin and may run twice."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from analytics.services.late_data import rollup_changes
from analytics.services.reports import reports_send_due
from analytics.services.rollup import rollup
from analytics.services.silence import silence_watch

# Messages of the last minutes of an hour are still being sent when the next has begun.
AFTERMATH = timedelta(minutes=10)


@shared_task
def rollup_current_hour() -> int:
    """Bring the hour that is going on up to date; how many rows changed."""
    now = timezone.now()
    outcome = rollup(since=now - AFTERMATH, until=now + timedelta(microseconds=1))
    return outcome.written + outcome.removed


@shared_task
def rollup_late_data() -> int:
    """Count again the hours of what was stored or changed since the last look; how many rows changed."""
    outcome = rollup_changes(now=timezone.now())
    return outcome.written + outcome.removed


@shared_task
def watch_silence() -> int:
    """Open or close the incidents of channels that are unusually quiet; how many are open."""
    return silence_watch(now=timezone.now())


@shared_task
def send_reports() -> int:
    """Mail the reports of the week or month that is over; how many mails went out."""
    return reports_send_due(now=timezone.now())
