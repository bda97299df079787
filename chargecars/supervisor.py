"""Runs several processes as one: started in their order, their output with a name before each line, restarted
when they die, stopped together.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from types import FrameType
from typing import cast

from chargecars.embedded.process import LockedProcess

_GRACE_SECONDS = 12.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
# Who lived this long starts again with the shortest pause.
_STEADY_SECONDS = 60.0
_COLOURS = (36, 35, 33, 32, 34, 31)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: a name of its own, arguments, and what to add to the environment.

    ready: asked several times a second until it says so; only then do the programs listed behind it start, so
    that they do not take its processor while somebody waits. They do not wait forever.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True


class _Child:
    def __init__(self, program: Program, run_directory: Path, *, patience: float) -> None:
        self.program = program
        self.process = LockedProcess(f"up-{program.name}", run_directory)
        self.running: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.due_at = 0.0
        self.pause = _FIRST_PAUSE
        self.line = b""
        self._patience = patience
        self._awaited_until: float | None = None
        self._lets_others_start = False

    def lets_others_start(self, now: float) -> bool:
        """Whether it has been ready, or has had its time. Once only: its later deaths hold up nobody."""
        if self._awaited_until is None:
            self._awaited_until = now + self._patience
        if not self._lets_others_start:
            self._lets_others_start = self.program.ready() or now > self._awaited_until
        return self._lets_others_start


class Supervisor:
    """`run` returns when a signal has asked for it and every process is gone.

    patience: for how many seconds the programs behind one that is not ready wait for it.
    """

    def __init__(
        self, programs: Sequence[Program], run_directory: Path, *, cwd: Path, patience: float = 10.0
    ) -> None:
        self._children = [_Child(program, run_directory, patience=patience) for program in programs]
        self._cwd = cwd
        self._width = max((len(program.name) for program in programs), default=0)
        self._selector = selectors.DefaultSelector()
        self._asked_to_stop = False

    def stop_orphans(self) -> list[str]:
        """Stop what a killed supervisor left running; answers the names."""
        orphans = [child for child in self._children if child.process.alive()]
        self._stop(orphans)
        return [child.program.name for child in orphans]

    def run(self, *, on_tick: Callable[[], None] = lambda: None) -> None:
        """Start everything and keep it running. `on_tick` is called several times a second."""
        former = {
            number: signal.signal(number, self._ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            while not self._asked_to_stop:
                self._start_due()
                self._read(0.2)
                self._notice_deaths()
                on_tick()
            self.say("stopping")
        finally:
            self._stop([child for child in self._children if child.process.alive()])
            self._read(0)
            for key in list(self._selector.get_map().values()):
                self._close(key.data, cast(FileIO, key.fileobj))
            for number, handler in former.items():
                signal.signal(number, handler)

    def say(self, text: str) -> None:
        """A line of the supervisor itself."""
        self._print("up", text.encode(), colour=37)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_stop = True

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.running is None and now >= child.due_at:
                self._start(child)
            if not child.lets_others_start(now):
                return

    def _start(self, child: _Child) -> None:
        reading, writing = os.pipe()
        try:
            child.running = child.process.start(
                child.program.command,
                output=writing,
                cwd=self._cwd,
                env=os.environ | child.program.environment,
            )
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        child.started_at = time.monotonic()
        self._selector.register(FileIO(reading), selectors.EVENT_READ, child)

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            child: _Child = key.data
            output = cast(FileIO, key.fileobj)
            received: bytes | None = output.read(65536)
            if received is None:
                continue
            if not received:
                self._close(child, output)
                continue
            *lines, child.line = (child.line + received).split(b"\n")
            for line in lines:
                self._print(child.program.name, line, colour=self._colour(child))

    def _notice_deaths(self) -> None:
        for child in self._children:
            if child.running is None or child.running.poll() is None:
                continue
            status, child.running = child.running.returncode, None
            child.process.stop(signals=())  # its descendants, if it left any
            now = time.monotonic()
            if now - child.started_at > _STEADY_SECONDS:
                child.pause = _FIRST_PAUSE
            child.due_at = now + child.pause
            self.say(f"{child.program.name} ended with status {status}; starts again in {child.pause:g} s")
            child.pause = min(child.pause * 2, _LONGEST_PAUSE)

    def _close(self, child: _Child, output: FileIO) -> None:
        """The last writer of this pipe is gone."""
        self._selector.unregister(output)
        output.close()
        if child.line:
            self._print(child.program.name, child.line, colour=self._colour(child))
            child.line = b""

    def _stop(self, children: list[_Child]) -> None:
        """Ask all, wait for all, and kill who has not gone by then."""
        for child in children:
            child.process.send(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while any(child.process.alive() for child in children) and time.monotonic() < deadline:
            self._read(0.1)
        for child in children:
            child.process.stop(signals=())
            if child.running is not None:
                with suppress(subprocess.TimeoutExpired):
                    child.running.wait(1)  # its lock is free a moment before it is gone

    def _colour(self, child: _Child) -> int:
        return _COLOURS[self._children.index(child) % len(_COLOURS)]

    def _print(self, name: str, line: bytes, *, colour: int) -> None:
        prefix = f"{name:<{self._width}} | "
        if sys.stdout.isatty():
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        sys.stdout.write(prefix + line.decode(errors="replace") + "\n")
        sys.stdout.flush()
