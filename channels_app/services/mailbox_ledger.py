"""The books of reading mailboxes: how it went, up to where, and trouble that lasts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from channels_app.bulk import clean_text
from channels_app.models import BusinessEntityChannel, Incident, Mailbox
from channels_app.models.base import new_id
from channels_app.services.incidents import incident_open, incidents_close

INTERVAL = timedelta(seconds=45)  # less than the sweep takes to come round, or every other sweep would miss
LONGEST_PAUSE = timedelta(minutes=15)  # between attempts at a mailbox that refuses us
FAILURES_BEFORE_INCIDENT = 2
WARN_BEFORE_EXPIRY = timedelta(days=30)


@dataclass(slots=True)
class Tally:
    """What a step of reading brought. `skipped`: reason -> number."""

    seen: int = 0
    imported: int = 0
    headers_only: int = 0
    quarantined: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.seen += other.seen
        self.imported += other.imported
        self.headers_only += other.headers_only
        self.quarantined += other.quarantined
        self.skipped += other.skipped


def mailbox_of(channel: BusinessEntityChannel) -> Mailbox:
    """The books of a channel's mailbox, opened when there are none yet."""
    return Mailbox.objects.get_or_create(channel=channel)[0]


def day_add(mailbox_id: UUID, tally: Tally, *, now: datetime, fetches: int = 0, failures: int = 0) -> None:
    """Add to a mailbox's day, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO mailbox_days AS day (id, created_at, mailbox_id, day, fetches, failures, seen, imported,
                                             headers_only, quarantined, skipped)
            VALUES (%s, %s, %s, (%s AT TIME ZONE 'UTC')::date, %s, %s, %s, %s, %s, %s, %s::text::jsonb)
            ON CONFLICT (mailbox_id, day) DO UPDATE
               SET fetches = day.fetches + EXCLUDED.fetches,
                   failures = day.failures + EXCLUDED.failures,
                   seen = day.seen + EXCLUDED.seen,
                   imported = day.imported + EXCLUDED.imported,
                   headers_only = day.headers_only + EXCLUDED.headers_only,
                   quarantined = day.quarantined + EXCLUDED.quarantined,
                   skipped = (SELECT coalesce(jsonb_object_agg(reason, number), '{}')
                                FROM (SELECT key AS reason, sum(value::bigint) AS number
                                        FROM (SELECT * FROM jsonb_each_text(day.skipped)
                                              UNION ALL SELECT * FROM jsonb_each_text(EXCLUDED.skipped)) AS added
                                       GROUP BY key) AS reasons)
            """,
            [
                new_id(), now, mailbox_id, now, fetches, failures, tally.seen, tally.imported,
                tally.headers_only, tally.quarantined, json.dumps(tally.skipped),
            ],
        )  # fmt: skip


def reading_succeeded(mailbox: Mailbox, *, now: datetime) -> None:
    """Write down that the mailbox was read; what was open because it could not be is closed."""
    day_add(mailbox.id, Tally(), now=now, fetches=1)
    troubled = mailbox.failures > 0
    mailbox.attempted_at = mailbox.last_success_at = now
    mailbox.next_attempt_at = now + INTERVAL
    mailbox.failures = 0
    mailbox.last_error = ""
    mailbox.save(
        update_fields=["attempted_at", "last_success_at", "next_attempt_at", "failures", "last_error"]
    )
    if troubled:
        incidents_close(kind=Incident.Kind.UNREACHABLE, now=now, channel_id=mailbox.channel_id)


def reading_not_possible(mailbox: Mailbox, explanation: str, *, now: datetime) -> None:
    """Write down that the mailbox is not set up yet, which is no trouble."""
    mailbox.attempted_at = now
    mailbox.next_attempt_at = now + LONGEST_PAUSE
    mailbox.last_error = clean_text(explanation)[:1000]
    mailbox.save(update_fields=["attempted_at", "next_attempt_at", "last_error"])


def reading_failed(mailbox: Mailbox, explanation: str, *, now: datetime) -> None:
    """Write down a failure, in words for staff. From the second in a row on an incident is open, and the
    attempts grow rare, since a service may lock an account that keeps knocking."""
    day_add(mailbox.id, Tally(), now=now, failures=1)
    mailbox.attempted_at = mailbox.last_error_at = now
    mailbox.failures += 1
    mailbox.last_error = clean_text(explanation)[:1000]
    mailbox.next_attempt_at = now + min(INTERVAL * 2 ** min(mailbox.failures - 1, 10), LONGEST_PAUSE)
    mailbox.save(update_fields=["attempted_at", "last_error_at", "next_attempt_at", "failures", "last_error"])
    if mailbox.failures >= FAILURES_BEFORE_INCIDENT:
        incident_open(
            kind=Incident.Kind.UNREACHABLE, now=now, detail=mailbox.last_error,
            entity_id=mailbox.channel.business_entity_id, channel_id=mailbox.channel_id,
        )  # fmt: skip


def expiry_watched(mailbox: Mailbox, *, now: datetime, explanation: str) -> None:
    """Open an incident when the mailbox's credentials expire soon, once, and close it when they are renewed."""
    soon = mailbox.expires_on is not None and mailbox.expires_on - now.date() <= WARN_BEFORE_EXPIRY
    is_open = Incident.objects.filter(
        channel_id=mailbox.channel_id, kind=Incident.Kind.CREDENTIALS, closed_at__isnull=True
    ).exists()
    if soon and not is_open:
        incident_open(
            kind=Incident.Kind.CREDENTIALS, now=now, detail=explanation,
            entity_id=mailbox.channel.business_entity_id, channel_id=mailbox.channel_id,
        )  # fmt: skip
    elif is_open and not soon:
        incidents_close(kind=Incident.Kind.CREDENTIALS, now=now, channel_id=mailbox.channel_id)
