"""What is done to a running installation: deaths at named stages and anywhere, and other trouble."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import redis

from channels_app.sandbox.graph_faults import Fault
from channels_app.sandbox.teams_webhook import TeamsFault
from channels_app.stages import DELIVERY_POINTS, INTAKE_POINTS
from tests.faults.installation import Installation

STAGES = (*INTAKE_POINTS, *DELIVERY_POINTS)
ANYWHERE = ("worker", "worker's child", "courier", "web", "web's child", "beat", "postgres", "valkey")
TROUBLE = ("flush", "clock ahead", "clock back", "disk full", "provider fails")
STAGE_SECONDS = 30.0
PROVIDER_FAULTS = (
    Fault("http", status=429, times=3), Fault("http", status=500, times=3), Fault("http", status=503, times=2),
    Fault("http", status=504, times=2), Fault("error", code=131016, times=3), Fault("error", code=80007, times=3),
    Fault("drop", times=3), Fault("keep_and_drop", times=3), Fault("drip", seconds=4.0, times=4),
    Fault("hang", seconds=25.0, times=1), Fault("drip", seconds=25.0, times=1),
)  # fmt: skip


def plan(kills: int, *, seed: int) -> list[str]:
    """So many deaths, each stage equally often for a third of them and at least once, and trouble between.

    With 100 or more each stage gets at least five.
    """
    rng = random.Random(seed)
    each = max(1, kills // 3 // len(STAGES), 5 if kills >= 100 else 1)
    deaths = [stage for stage in STAGES for _ in range(each)]
    deaths += [ANYWHERE[number % len(ANYWHERE)] for number in range(max(0, kills - len(deaths)))]
    rng.shuffle(deaths)
    blows: list[str] = []
    for number, death in enumerate(deaths):
        blows.append(death)
        if number % 3 == 1:
            blows.append(TROUBLE[number // 3 % len(TROUBLE)])
    return blows


class Blows:
    """Strikes an installation, and stands in for whoever starts again what has died (systemd, `manage.py up`)."""

    def __init__(self, installation: Installation, *, seed: int) -> None:
        self._installation = installation
        self._rng = random.Random(seed)
        self._over = threading.Event()
        self._tending = threading.Thread(target=self._tend, daemon=True)
        self._timers: list[threading.Timer] = []
        self.struck: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.restarts: Counter[str] = Counter()

    def start(self) -> None:
        self._tending.start()

    def stop(self) -> None:
        """No more trouble: the disk is free, the providers answer, what died runs again."""
        for stage in STAGES:
            self._installation.controls.disarm(stage)
        for timer in self._timers:
            timer.join()
        self._installation.controls.free_disk()
        self._installation.stand_ins.graph.forgive()

    def close(self) -> None:
        self._over.set()
        self._tending.join(10)

    def strike(self, blow: str) -> bool:
        """Do it; False when there was nothing to hit."""
        hit = self._at_stage(blow) if blow in STAGES else self._anywhere(blow)
        (self.struck if hit is not False else self.missed)[blow] += 1
        return hit is not False

    def _at_stage(self, stage: str) -> bool:
        controls = self._installation.controls
        controls.arm(stage)
        deadline = time.monotonic() + STAGE_SECONDS
        while controls.armed(stage):
            if time.monotonic() > deadline:
                return not controls.disarm(stage)
            time.sleep(0.02)
        return True

    def _anywhere(self, blow: str) -> bool | None:
        """`blow` may end in the number of a machine ("web 2"); otherwise chance picks one."""
        installation, controls = self._installation, self._installation.controls
        name, _, number = blow.rpartition(" ")
        if number.isdigit():
            blow, machine = name, installation.machines[int(number) - 1]
        else:
            machine = self._rng.choice(installation.machines)
        deeds: dict[str, Callable[[], bool | None]] = {
            "worker": lambda: machine.kill("worker"),
            "worker's child": lambda: machine.kill_child("worker"),
            "courier": lambda: machine.kill("courier"),
            "web": lambda: machine.kill("web"),
            "web's child": lambda: machine.kill_child("web"),
            "beat": lambda: machine.kill("beat"),
            "postgres": installation.kill_postgres,
            "valkey": installation.kill_valkey,
            "flush": self._flush,
            "clock ahead": lambda: controls.move_clock(timedelta(minutes=7)),
            "clock back": lambda: controls.move_clock(timedelta(minutes=-7)),
            "disk full": self._fill_disk,
            "provider fails": self._fail_provider,
        }
        return deeds[blow]()

    def _flush(self) -> None:
        with suppress(redis.RedisError):
            self._installation.valkey().flushall()

    def _fill_disk(self) -> None:
        self._installation.controls.fill_disk()
        self._later(self._rng.uniform(1, 4), self._installation.controls.free_disk)

    def _fail_provider(self) -> None:
        for fault in self._rng.sample(PROVIDER_FAULTS, 3):
            self._installation.stand_ins.graph.fail_next(
                Fault(fault.kind, fault.code, fault.status, fault.seconds, times=fault.times)
            )
        self._installation.stand_ins.teams.fail_next(TeamsFault(status=429, retry_after=1))

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, action)
        timer.start()
        self._timers.append(timer)

    def _tend(self) -> None:
        while not self._over.wait(0.1):
            for machine in self._installation.machines:
                for name in machine.programs:
                    if not machine.alive(name) and not self._over.is_set():
                        machine.start(name)
                        self.restarts[name] += 1
