"""What retention takes and what raw exchanges weigh: `python -m bench.retention [--messages 300000]`.

A made-up past, each incoming message with its raw exchange, in a PostgreSQL cluster of its own. Then every kind of
retention takes out all that is older than a day, and the result is written to `docs/performance.md` between its
marks. It is not a row of `make bench`: what is measured is gone afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- retention: made by python -m bench.retention -->", "<!-- /retention -->"
PER_DAY = 11_111
KINDS = ("raw", "files", "text")
# As they come through a reverse proxy.
HEADERS = {
    "host": "desk.example.com",
    "accept": "*/*",
    "user-agent": "facebookexternalua",
    "content-type": "application/json",
    "content-length": "650",
    "x-forwarded-for": "173.252.127.5",
    "x-forwarded-proto": "https",
    "accept-encoding": "deflate, gzip",
    "x-hub-signature": "sha1=" + 40 * "1",
    "x-hub-signature-256": "sha256=" + 64 * "2",
}


@dataclass
class Run:
    """What one kind of retention did: rows, seconds, and the longest batch in milliseconds."""

    rows: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    again: float = 0.0  # milliseconds of the next run, which finds nothing


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.retention", description=__doc__)
    parser.add_argument("--messages", type=int, default=300_000)
    options = parser.parse_args()
    state = ROOT / ".state" / "bench-retention"
    shutil.rmtree(state, ignore_errors=True)
    os.environ["BENCH_STATE"] = str(state)
    from bench.engine import engines

    with engines():
        _past(options.messages)
        before = _weight()
        runs = {kind: _run(kind) for kind in KINDS}
        after = _weight()
    shutil.rmtree(state, ignore_errors=True)
    publish(options.messages, runs, before, after)


def _past(messages: int) -> None:
    from django.db import connection

    from analytics.history.loading import history_make
    from bench.million import UNTIL
    from channels_app.sandbox.graph_callbacks import signed
    from channels_app.sandbox.payloads import whatsapp_text

    history_make(messages=messages, days=max(2, round(messages / PER_DAY)), channels=50, seed=1, until=UNTIL)
    body, _ = signed(
        whatsapp_text(
            account="102290129340398", number=("106540352242922", "31612345001"), external_id="wamid.ID",
            sender="31612345678", name="Fatima El Idrissi", text="TEXT", at=UNTIL,
        ),
        "bench",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inbound_receipts (provider, channel_id, headers, body, state, received_at, processed_at)
            SELECT 'whatsapp', channel_id, %s::jsonb,
                   convert_to(replace(replace(%s, 'wamid.ID', external_id), 'TEXT', body), 'UTF8'),
                   'done', sent_at, sent_at
              FROM communication_messages WHERE direction = 'inbound' ORDER BY sent_at
            """,
            [json.dumps(HEADERS), body.decode()],
        )
        cursor.execute("VACUUM ANALYZE")


def _weight() -> dict[str, int]:
    """Bytes per row of raw exchanges, of messages and of decisions, as stored."""
    from django.db import connection

    tables = ("inbound_receipts", "communication_messages", "message_routing_logs")
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT round(avg(pg_column_size(row_.*))) FROM {table} AS row_")
            found[table] = int(cursor.fetchone()[0])
    return found


def _run(kind: str) -> Run:
    from django.utils import timezone

    from channels_app.models import BusinessEntity, RetentionPolicy
    from channels_app.services.privacy.retention import retention_run

    done, now = Run(), timezone.now() + timedelta(days=3)
    last = time.perf_counter()

    def progress(label: str, rows: int) -> None:
        nonlocal last
        moment = time.perf_counter()
        done.longest, last = max(done.longest, 1000 * (moment - last)), moment

    for entity in BusinessEntity.objects.all():
        RetentionPolicy.objects.filter(business_entity=entity).delete()
        policy = RetentionPolicy.objects.create(business_entity=entity, **{f"{kind}_days": 1})
        began = last = time.perf_counter()
        counts = retention_run(policy=policy, now=now, progress=progress)
        done.seconds += time.perf_counter() - began
        done.rows += sum(counts.values())
        began = time.perf_counter()
        retention_run(policy=policy, now=now)
        done.again += 1000 * (time.perf_counter() - began)
    return done


def publish(messages: int, runs: dict[str, Run], before: dict[str, int], after: dict[str, int]) -> None:
    text = [
        BEGIN, "",
        f"{messages:,} messages, each incoming one with its raw exchange; everything older than a day goes.", "",
        "| kind | rows | rows/s | longest batch, ms | next run, ms |", "| --- | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    text += [
        f"| {kind} | {run.rows:,} | {run.rows / run.seconds if run.rows else 0:,.0f} | {run.longest:.0f} | {run.again:.0f} |"
        for kind, run in runs.items()
    ]
    text += ["", "| bytes per row | before | after |", "| --- | ---: | ---: |"]
    text += [f"| `{table}` | {size:,} | {after[table]:,} |" for table, size in before.items()]
    text += ["", END]
    print("\n".join(text))
    head, _, rest = DOCUMENT.read_text().partition(BEGIN)
    DOCUMENT.write_text(head + "\n".join(text) + rest.partition(END)[2])


if __name__ == "__main__":
    main()
