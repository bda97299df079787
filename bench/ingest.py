"""From the inbox to the outbox: two draining workers, beside five plain SQL statements per message.

Both sides write to the same server, in turns, each to a database of its own; rows are counted on both. The
second commit mode ("1 ms flush") makes every flush wait a millisecond, as a real disk does.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.databases import ADMIN, connected, environment, fresh
from bench.engine import services
from bench.results import Result, ratio_at_least, rounds
from chargecars.embedded.postgres import USER, installed_programs

MESSAGES = 10_000
CLIENTS = 16
WORKERS = 2
_FLOOR = Path(__file__).resolve().parent / "floor"
_TEXT = (
    "Goedemiddag, mijn laadpaal aan de Hoofdstraat 12 in Utrecht werkt niet meer sinds gisteravond. De storing "
    "geeft een rode lamp en de auto laadt niet. Kunnen jullie iemand langs sturen voor een afspraak deze week? "
    "Ik heb ook nog een vraag over de factuur van vorige maand, die klopt volgens mij niet."
)


def measure() -> list[Result]:
    _make("ingest_all", MESSAGES, channels=25)
    _make("ingest_one", MESSAGES // 2, channels=1)
    results = [_compared("ingest and route, as is", "ingest_all", MESSAGES, channels=50, target=0.5)]
    with _slow_flush():
        results.append(
            _compared("ingest and route, 1 ms flush", "ingest_all", MESSAGES, channels=50, target=0.5)
        )
        results.append(
            _compared("one busy channel, 1 ms flush", "ingest_one", MESSAGES // 2, channels=1, target=0.4)
        )
    return results


def _compared(name: str, template: str, messages: int, *, channels: int, target: float) -> Result:
    ours, floor = [], []
    for _ in range(rounds()):
        floor.append(_floor_rate(messages, channels))
        ours.append(_drain_rate(template, messages))
    return ratio_at_least(
        name,
        statistics.median(ours),
        "msg/s",
        peer=f"five statements, {CLIENTS} clients",
        peer_value=statistics.median(floor),
        target=target,
    )


def _make(template: str, messages: int, *, channels: int) -> None:
    """A database with a company and a full inbox, which every round copies."""
    fresh(template)
    subprocess.run(
        [sys.executable, "-m", "bench.drain_side", "prepare", str(messages), str(channels)],
        env=environment(template), check=True,
    )  # fmt: skip


def _drain_rate(template: str, messages: int) -> float:
    """Messages per second of two workers that empty the inbox."""
    fresh("ingest", template=template)
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.drain_side", "drain"],
            env=environment("ingest"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(WORKERS)
    ]  # fmt: skip
    for worker in workers:
        if worker.stdout is None or worker.stdout.readline().strip() != "ready":
            raise RuntimeError("a draining worker did not start")
    began = time.perf_counter()
    for worker in workers:
        if worker.stdin is not None:
            worker.stdin.write("go\n")
            worker.stdin.flush()
    if any(worker.wait() for worker in workers):
        raise RuntimeError("a draining worker failed")
    seconds = time.perf_counter() - began
    with connected("ingest") as database:
        _counted(database, "communication_messages WHERE direction = 'inbound'", messages)
        _counted(database, "message_routing_logs", messages)
        _counted(database, "inbound_receipts WHERE state = 'done'", messages)
        _counted(database, "outbox_items", messages * 9 // 10, at_least=True)
    return messages / seconds


def _floor_rate(messages: int, channels: int) -> float:
    fresh("floor")
    with connected("floor") as database:
        database.execute((_FLOOR / "schema.sql").read_text())
    script = (_FLOOR / "message.sql").read_text().replace(":text", _TEXT).replace(":payload", _payload())
    path = _FLOOR.parent / "floor-message.tmp.sql"
    path.write_text(script)
    each = messages // CLIENTS
    with connected(ADMIN) as server:
        server.execute("CHECKPOINT")
    try:
        began = time.perf_counter()
        subprocess.run(
            [str(installed_programs() / "pgbench"), "-n", "-h", str(services().postgres.host), "-U", USER,
             "-f", str(path), "-c", str(CLIENTS), "-j", "2", "-t", str(each), "-D", f"channels={channels}",
             "floor"],
            check=True, capture_output=True,
        )  # fmt: skip
        seconds = time.perf_counter() - began
    finally:
        path.unlink()
    with connected("floor") as database:
        for table in ("message", "log", "outbox"):
            _counted(database, f"floor.{table}", each * CLIENTS)
    return each * CLIENTS / seconds


def _payload() -> str:
    from bench.million import UNTIL
    from channels_app.sandbox.payloads import whatsapp_text

    payload = whatsapp_text(
        account="102290129340398", number=("123456789012345", "31612345001"), sender="31687654321",
        external_id="wamid.HBgLMzE2ODc2NTQzMjEVAgASGBQzQTdCNEY1QzJEMUU4Rjk2QTdCOAA=", name="Jan de Vries",
        text=_TEXT, at=UNTIL,
    )  # fmt: skip
    return json.dumps(payload).replace("'", "''")


def _counted(database: psycopg.Connection, rows: str, expected: int, *, at_least: bool = False) -> None:
    found = database.execute(f"SELECT count(*) FROM {rows}").fetchone()
    count = found[0] if found else 0
    if count < expected or (count != expected and not at_least):
        raise AssertionError(f"{rows}: {count}, expected {expected}")


@contextmanager
def _slow_flush() -> Iterator[None]:
    with connected(ADMIN) as server:
        server.execute("ALTER SYSTEM SET commit_delay = 1000")
        server.execute("ALTER SYSTEM SET commit_siblings = 0")
        server.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        with connected(ADMIN) as server:
            server.execute("ALTER SYSTEM RESET commit_delay")
            server.execute("ALTER SYSTEM RESET commit_siblings")
            server.execute("SELECT pg_reload_conf()")
