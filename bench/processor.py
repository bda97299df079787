"""Processor time of a piece of work: of this process and of its database backend, from the kernel's accounting.

Unlike elapsed time it hardly moves when other programs use the machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

WARM_UP = 6  # statements are prepared at the fifth time


def processor_time() -> float:
    """Milliseconds so far of this process and its database backend."""
    return time.process_time() * 1000 + database_time()


def database_time() -> float:
    """Milliseconds so far of the database backend."""
    from django.db import connection

    connection.ensure_connection()
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(backend.read_text().split()[0]) / 1e6


def cost(work: Callable[[], object], *, of: Callable[[], float] = processor_time, times: int = 9) -> float:
    """Milliseconds that a piece of work takes, the median; `of` says of what."""
    for _ in range(WARM_UP):
        work()
    taken = []
    for _ in range(times):
        before = of()
        work()
        taken.append(of() - before)
    return statistics.median(taken)
