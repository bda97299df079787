"""`manage.py up` as a person meets it: it answers, it survives a kill, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

_CHECKOUT = Path(__file__).resolve().parents[2]
_OWN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FERNET_KEYS", "PUBLIC_BASE_URL", "ALLOWED_HOSTS",
        "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_API_BASE", "DEMO")  # fmt: skip


class _Product:
    """One installation: a state directory, a port, and the `up` process that runs now."""

    def __init__(self, state: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._environment = {name: value for name, value in os.environ.items() if name not in _OWN} | {
            "STATE_DIR": str(state), "PORT": str(self.port), "WEB_CONCURRENCY": "1", "WORKER_CONCURRENCY": "1",
        }  # fmt: skip
        self.state = state
        self._log = state.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=_CHECKOUT, env=self._environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + 120
        while "ready after" not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)
        return self.process

    def answers(self, path: str = "healthz") -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def processes(self) -> list[psutil.Process]:
        """Every process of this installation: they all have its state directory in their environment or
        in their open files."""
        mine = []
        for process in psutil.process_iter():
            try:
                if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                    continue
                if self._environment["STATE_DIR"] in (
                    process.environ().get("STATE_DIR", ""),
                    _parent(process),
                ):
                    mine.append(process)
            except psutil.Error:
                continue
        return mine


def _parent(process: psutil.Process) -> str:
    """Engines work in a directory below the state directory and inherit no environment."""
    return str(Path(process.cwd()).parent)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Product]:
    """Made once: only its first start migrates and collects."""
    product = _Product(tmp_path_factory.mktemp("up") / "state")
    yield product
    for process in product.processes():
        process.kill()
    if product.process is not None:
        product.process.wait(5)


@pytest.fixture
def product(installation: _Product) -> _Product:
    """It runs, started anew only if a test before has stopped it."""
    if installation.process is None or installation.process.poll() is not None:
        installation.start()
    return installation


def test_one_command_starts_everything(product: _Product) -> None:
    assert product.answers("readyz")
    assert product.answers("admin/login/")
    deadline = time.monotonic() + 60
    while not {"up", "worker", "courier"} <= {
        line.partition("|")[0].strip() for line in product.log.splitlines()
    }:
        assert time.monotonic() < deadline, product.log
        time.sleep(0.1)


def test_a_process_that_dies_is_started_again(product: _Product) -> None:
    assert product.process is not None
    (web,) = [
        process
        for process in psutil.Process(product.process.pid).children()
        if "chargecars.wsgi" in process.cmdline()
    ]
    web.kill()
    deadline = time.monotonic() + 30
    while "web ended with status -9; starts again" not in product.log or not product.answers():
        assert time.monotonic() < deadline, product.log
        time.sleep(0.1)


@pytest.mark.parametrize(("engine", "program"), [("PostgreSQL", "postgres"), ("Valkey", "valkey")])
def test_an_engine_that_dies_alone_is_started_again(product: _Product, engine: str, program: str) -> None:
    pid = int((product.state / "run" / f"{program}.pid").read_text())
    psutil.Process(pid).kill()
    deadline = time.monotonic() + 60
    while f"{engine} had died and was started again" not in product.log or not product.answers("readyz"):
        assert time.monotonic() < deadline, product.log
        time.sleep(0.1)


def test_an_engine_that_cannot_be_kept_running_stops_everything_in_words(product: _Product) -> None:
    assert product.process is not None
    revived = "Valkey had died and was started again"
    before, kills = product.log.count(revived), 0
    deadline = time.monotonic() + 60
    while product.process.poll() is None:
        assert time.monotonic() < deadline, product.log
        if (
            product.log.count(revived) - before == kills
        ):  # it runs: one that dies while starting is another story
            with suppress(psutil.NoSuchProcess, FileNotFoundError, ValueError):
                psutil.Process(int((product.state / "run" / "valkey.pid").read_text())).kill()
                kills += 1
        time.sleep(0.05)
    assert product.process.returncode == 1
    assert "everything was stopped: Valkey keeps dying; its log: " in product.log
    assert product.processes() == []


def test_what_a_killed_run_left_behind_is_stopped_by_the_next(product: _Product) -> None:
    assert product.process is not None
    product.process.kill()
    product.process.wait()
    orphans = {process.pid for process in product.processes()}
    assert orphans
    product.start()
    assert "stopped web, left behind by an earlier run" in product.log
    assert not orphans & {process.pid for process in product.processes() if "gunicorn" in process.cmdline()}


def test_one_signal_stops_everything(product: _Product) -> None:
    assert product.process is not None
    product.process.send_signal(signal.SIGTERM)
    assert product.process.wait(20) == 0
    assert product.processes() == []
