"""Named points on the way of a message, so that a test can stop a worker exactly there."""

from __future__ import annotations

import os
import signal
from pathlib import Path

_DIE_AT = os.environ.get("CHARGECARS_DIE_AT", "")
_SWITCHES = os.environ.get("CHARGECARS_KILL_SWITCHES", "")

INTAKE_POINTS = ("claimed", "stored", "before_commit", "after_commit")
DELIVERY_POINTS = ("outbox_claimed", "before_provider_call", "after_provider_call")


def reached(point: str) -> None:
    """Mark a point. The process is killed there, as if by the kernel, in two cases, both for tests.

    With CHARGECARS_DIE_AT naming the point; or with CHARGECARS_KILL_SWITCHES naming a directory in which a
    file has the point's name: whoever takes the file away dies, so one file is one death among many workers.
    """
    if not _DIE_AT and not _SWITCHES:
        return
    if point == _DIE_AT or _switched(point):
        os.kill(os.getpid(), signal.SIGKILL)


def _switched(point: str) -> bool:
    if not _SWITCHES:
        return False
    try:
        Path(_SWITCHES, point).unlink()
    except FileNotFoundError:
        return False
    return True
