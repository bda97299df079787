from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from channels_app.services.bells import Ringer


def test_everybody_who_asked_is_heard_by_a_ring_that_began_afterwards() -> None:
    asked, begun = 0, []
    ringer = Ringer(lambda: begun.append(asked))

    for asked in range(1, 501):
        ringer.ask()
        if asked % 100 == 0:
            time.sleep(0.01)

    deadline = time.monotonic() + 10
    while begun[-1:] != [500] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert begun[-1] == 500
    assert len(begun) < 500


def test_whoever_asks_does_not_wait_for_the_ring() -> None:
    goes_on, rung = threading.Event(), threading.Event()

    def hangs() -> None:
        goes_on.wait(10)
        rung.set()

    Ringer(hangs).ask()

    assert not rung.is_set()
    goes_on.set()
    assert rung.wait(10)


def test_a_process_that_ends_at_once_has_rung_and_so_has_its_child() -> None:
    program = """
import os, sys
from channels_app.services.bells import Ringer

ringer = Ringer(lambda: os.write(1, b"rung\\n"))
ringer.ask()
if os.fork() == 0:
    ringer.ask()
    sys.exit()
os.wait()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.splitlines() == ["rung", "rung"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_ring_that_failed_does_not_silence_the_next() -> None:
    attempts: list[int] = []

    def fails_once() -> None:
        attempts.append(len(attempts))
        if len(attempts) == 1:
            raise RuntimeError("not foreseen")

    ringer = Ringer(fails_once)
    deadline = time.monotonic() + 10
    while len(attempts) < 2 and time.monotonic() < deadline:
        ringer.ask()
        time.sleep(0.01)

    assert len(attempts) >= 2
