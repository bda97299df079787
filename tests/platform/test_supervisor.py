"""In which order programs start, and what one that is slow, or never ready, does to the others."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from chargecars.supervisor import Program, Supervisor

_LONGEST = 20.0


def _program(
    name: str, marks: Path, *, ready: Callable[[], bool] = lambda: True, lives: float = 60
) -> Program:
    """It leaves its name in `marks` each time it starts."""
    return Program(name, ["sh", "-c", f"echo {name} >> '{marks}'; exec sleep {lives}"], ready=ready)


def _run(programs: Sequence[Program], directory: Path, *, until: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + _LONGEST

    def stop_in_the_end() -> None:
        if until() or time.monotonic() > deadline:
            os.kill(os.getpid(), signal.SIGTERM)

    Supervisor(programs, directory, cwd=directory, patience=patience).run(on_tick=stop_in_the_end)


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    path = tmp_path / "started"
    path.touch()
    return path


def _started(marks: Path) -> list[str]:
    return marks.read_text().split()


def test_programs_start_once_those_before_them_are_ready(tmp_path: Path, marks: Path) -> None:
    seen_while_waiting: list[list[str]] = []

    def ready() -> bool:
        """At the third time of asking."""
        seen_while_waiting.append(_started(marks))
        return len(seen_while_waiting) == 3

    programs = [_program("web", marks, ready=ready), _program("worker", marks), _program("beat", marks)]
    _run(programs, tmp_path, until=lambda: len(_started(marks)) == 3, patience=_LONGEST)
    assert sorted(_started(marks)) == ["beat", "web", "worker"]
    assert len(seen_while_waiting) == 3, "asked no more once it was ready"
    assert not any("worker" in seen or "beat" in seen for seen in seen_while_waiting)


def test_a_program_that_is_never_ready_does_not_keep_the_others_from_starting(
    tmp_path: Path, marks: Path
) -> None:
    programs = [_program("web", marks, ready=lambda: False), _program("worker", marks)]
    _run(programs, tmp_path, until=lambda: "worker" in _started(marks), patience=0.5)
    assert _started(marks) == ["web", "worker"]


def test_patience_is_counted_from_the_first_start_of_a_program_that_keeps_dying(
    tmp_path: Path, marks: Path
) -> None:
    programs = [_program("web", marks, ready=lambda: False, lives=0), _program("worker", marks)]
    _run(programs, tmp_path, until=lambda: "worker" in _started(marks), patience=1)
    assert _started(marks).count("web") > 1
    assert "worker" in _started(marks)


def test_a_program_that_was_ready_and_dies_holds_up_nobody(tmp_path: Path, marks: Path) -> None:
    answers = iter([True])
    programs = [
        _program("web", marks, ready=lambda: next(answers, False), lives=0.3),
        _program("worker", marks, lives=0.3),
    ]
    _run(programs, tmp_path, until=lambda: _started(marks).count("worker") == 2, patience=_LONGEST)
    assert _started(marks).count("worker") == 2
