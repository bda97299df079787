"""The product as a newcomer runs it: how soon `up` is ready, what its processes weigh, how soon a message is decided."""

from __future__ import annotations

import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from bench.engine import STATE, untouched_environment
from bench.results import Result, at_most
from bench.web import free_port
from chargecars.embedded.postgres import DATABASE, USER, EmbeddedPostgres
from chargecars.embedded.state import StateDirectory

_ROOT = Path(__file__).resolve().parent.parent
_HOME = STATE / "up"
_STARTING_SECONDS = 180.0
MESSAGES = 60
PAUSE_SECONDS = 0.25
SECRET = "bench-app-secret"


def measure() -> list[Result]:
    shutil.rmtree(_HOME, ignore_errors=True)
    port = free_port()
    with _up(port, "--demo") as (first, _):
        pass
    with _up(port, "--demo") as (later, parent):
        waits = _waits(port)
        web, worker = _weights(parent)
    return [
        at_most("up --demo ready, the first time", first, "s", target=20),
        at_most("up --demo ready, later", later, "s", target=5),
        at_most("webhook to decision, low load, p50", statistics.median(waits), "ms", target=150),
        at_most("webhook to decision, low load, p99", sorted(waits)[-1], "ms", target=500),
        at_most("memory of a web process", web, "MB", target=150),
        at_most("memory of a worker with the model", worker, "MB", target=300),
    ]


@contextmanager
def _up(port: int, *arguments: str) -> Iterator[tuple[float, psutil.Process]]:
    """`manage.py up` on that port: the seconds until it answered, and its process."""
    environment = untouched_environment() | {
        "STATE_DIR": str(_HOME), "PORT": str(port), "WHATSAPP_APP_SECRET": SECRET,
    }  # fmt: skip
    began = time.perf_counter()
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up", *arguments], cwd=_ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not _healthy(port):
            if up.poll() is not None or time.perf_counter() - began > _STARTING_SECONDS:
                raise RuntimeError("up did not become ready")
            time.sleep(0.05)
        yield time.perf_counter() - began, psutil.Process(up.pid)
    finally:
        up.send_signal(signal.SIGINT)
        up.wait()


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _waits(port: int) -> list[float]:
    """Milliseconds from a signed webhook call to the committed decision, one message at a time."""
    from django.utils import timezone

    from bench.texts import distinct_texts
    from channels_app.sandbox.graph_callbacks import signed
    from channels_app.sandbox.payloads import whatsapp_text

    waits = []
    with psycopg.connect(
        host=str(EmbeddedPostgres(StateDirectory(_HOME)).host), user=USER, dbname=DATABASE, autocommit=True
    ) as database:
        found = database.execute(
            "SELECT provider_account, channel_address FROM business_entity_channels"
            " WHERE channel_type = 'whatsapp' ORDER BY id LIMIT 1"
        ).fetchone()
        if found is None:
            raise AssertionError("the demo has no WhatsApp channel")
        for serial, text in enumerate(distinct_texts(MESSAGES, seed=12)):
            external_id = f"wamid.bench.{serial}"
            body, headers = signed(
                whatsapp_text(
                    account="1", number=(found[0], found[1]), external_id=external_id,
                    sender=f"3165{serial:07d}", name="Jan de Vries", text=text, at=timezone.now(),
                ),
                SECRET,
            )  # fmt: skip
            call = urllib.request.Request(f"http://127.0.0.1:{port}/webhooks/whatsapp/", body, headers)
            began = time.perf_counter()
            urllib.request.urlopen(call, timeout=10).close()
            while not database.execute(
                "SELECT 1 FROM communication_messages WHERE external_id = %s", [external_id]
            ).fetchone():
                if time.perf_counter() - began > 20:
                    raise RuntimeError("a message was not decided within 20 s")
                time.sleep(0.002)
            waits.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE_SECONDS)
    return waits[5:]  # the first ones wake processes that have only just started


def _weights(parent: psutil.Process) -> tuple[float, float]:
    """The heaviest web process and worker, in MB of their own and shared memory."""
    heaviest = {"gunicorn": 0.0, "celery": 0.0}
    for process in parent.children(recursive=True):
        line = " ".join(process.cmdline())
        for name in heaviest:
            if name in line and " beat" not in line:
                heaviest[name] = max(heaviest[name], process.memory_info().rss / 2**20)
    return heaviest["gunicorn"], heaviest["celery"]
