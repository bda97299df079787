"""A process that outlives its starter, and is found again by whoever comes next.

The process inherits an open file with an exclusive lock. As long as it or a descendant lives the lock is
held, whatever became of the starter; once they are gone it is free, whatever a stale pid file says.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO


class LockedProcess:
    """At most one process of this name per state directory."""

    def __init__(self, name: str, run_directory: Path) -> None:
        self.name = name
        self._lock_path = run_directory / f"{name}.process.lock"
        self._pid_path = run_directory / f"{name}.pid"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process started last, by us or by another; it lives if `alive()`."""
        try:
            return int(self._pid_path.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def alive(self) -> bool:
        """Whether the process or one of its descendants lives."""
        if self._child is not None:
            self._child.poll()  # reap, so that a dead child of ours is not a zombie
        try:
            with self._lock_path.open("a") as lock:
                return not _locked(lock)
        except FileNotFoundError:
            return False

    def start(
        self,
        command: Sequence[str | Path],
        *,
        output: IO[bytes] | int,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        user: int | None = None,
        group: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start it in a session of its own. Raises RuntimeError if one is alive already."""
        with self._lock_path.open("a") as lock:
            if not _locked(lock):
                raise RuntimeError(f"{self.name} is running already")
            self._child = subprocess.Popen(  # noqa: S603 our own commands
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=env,
                user=user,
                group=group,
                extra_groups=[] if user is not None else None,
                pass_fds=(lock.fileno(),),
                start_new_session=True,
            )
            self._pid_path.write_text(str(self._child.pid))
        return self._child

    def send(self, number: signal.Signals) -> None:
        """Signal the process itself; its descendants are its own affair."""
        if self.pid is not None and self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self, *, signals: Sequence[tuple[signal.Signals, float]]) -> None:
        """Send each signal in turn with its seconds of grace; at last kill the whole session."""
        for number, grace in signals:
            if not self.alive():
                return
            self.send(number)
            if self.wait(grace):
                return
        if self.pid is not None and self.alive():
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.wait(5)

    def wait(self, seconds: float) -> bool:
        """Whether it and its descendants were gone within that time."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def _locked(file: IO[str]) -> bool:
    """Whether the lock was free, and is ours until the file is closed by us and by every heir."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
