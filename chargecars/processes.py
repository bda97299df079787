"""The processes that the product consists of, as `manage.py up` and the files in `deploy/` run them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from chargecars.beat import QUEUES, WAITING_QUEUES
from chargecars.supervisor import Program


def programs(
    run_directory: Path,
    *,
    workers: int = 0,
    extra: Mapping[str, list[str]] | None = None,
    web_ready: Callable[[], bool] = lambda: True,
) -> list[Program]:
    """Web, worker, courier and beat.

    run_directory: where the web processes of this machine keep what they measured. workers: processes of the
    worker; 0 for WORKER_CONCURRENCY. extra: further processes by name, as arguments of manage.py. web_ready: what the
    others wait for before they start, for a while.
    """
    python = sys.executable
    metrics = run_directory / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(mode=0o700, parents=True)
    # As root Celery warns that its input must be trusted; only our own processes reach this broker.
    quietly = [] if os.geteuid() else ["-W", "ignore::UserWarning:celery.platforms"]
    celery = [python, *quietly, "-m", "celery", "--app=chargecars", "--quiet"]
    worker = [*celery, "worker", "--without-mingle", "--without-gossip", "--loglevel=INFO"]
    concurrency = workers or int(os.environ.get("WORKER_CONCURRENCY") or 2)
    return [
        Program(
            "web",
            [python, "-m", "gunicorn", "--config=python:chargecars.gunicorn", "chargecars.wsgi"],
            {"PROMETHEUS_MULTIPROC_DIR": str(metrics)},
            ready=web_ready,
        ),
        Program("worker", [*worker, "-n=worker@%h", f"--queues={','.join(QUEUES)}", f"--concurrency={concurrency}"]),
        # Threads, since these tasks wait for others: a provider that hangs holds up its own channel only.
        Program(
            "courier",
            [*worker, "-n=courier@%h", f"--queues={','.join(WAITING_QUEUES)}", "--pool=threads",
             "--concurrency=16"],
        ),
        Program("beat", [*celery, "beat", "--pidfile=", "--loglevel=INFO"]),
        *(Program(name, [python, "manage.py", *arguments]) for name, arguments in (extra or {}).items()),
    ]  # fmt: skip
