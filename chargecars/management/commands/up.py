"""`manage.py up`: the whole product with one command, stopped with one Ctrl-C."""

from __future__ import annotations

import compileall
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.tasks import rollup_late_data
from channels_app.demo.accounts import ADMIN_USERNAME, PASSWORD
from chargecars.embedded.postgres import EmbeddedEngineError
from chargecars.embedded.services import EmbeddedServices
from chargecars.environment import BASE_DIR, embedded_broker, embedded_database, state
from chargecars.processes import programs
from chargecars.supervisor import Supervisor
from chargecars.translations import compile_translations

_OWN_PACKAGES = ("chargecars", "channels_app", "routing", "analytics")


class Command(BaseCommand):
    help = (
        "Run everything: the engines that DATABASE_URL and REDIS_URL do not name, migrations, web, worker and "
        "beat. One Ctrl-C stops all."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="with demo brands, in the sandbox: nothing leaves"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # also while it prepares
        try:
            self._run(demo=options["demo"])
        except KeyboardInterrupt:
            self.stderr.write("stopped before it was ready")

    def _run(self, *, demo: bool) -> None:
        began = time.monotonic()
        state.prepare()
        extra = settings.DEMO_PROCESSES if demo else {}
        web = _Web()
        supervisor = Supervisor(
            programs(state.run, extra=extra, web_ready=web.answers), state.run, cwd=BASE_DIR
        )
        with state.locked("up"):
            for name in supervisor.stop_orphans():
                supervisor.say(f"stopped {name}, left behind by an earlier run")
            _refuse_taken_port()
            engines = EmbeddedServices(state, database=embedded_database, broker=embedded_broker)
            with engines.running():
                self._prepare(demo=demo)
                greeting = _Greeting(supervisor, web, began, demo=demo)
                watch = _Watch(supervisor, engines)

                def tick() -> None:
                    greeting.once_ready()
                    watch.revive_engines()

                try:
                    supervisor.run(on_tick=tick)
                except EmbeddedEngineError as error:
                    raise CommandError(f"everything was stopped: {error}") from error

    def _prepare(self, *, demo: bool) -> None:
        _compile_own_modules()
        with _static_files_collected():  # by another process, on the other core
            compile_translations()
            call_command("migrate", verbosity=0, interactive=False)
            if demo:
                call_command("seed_demo")
                # The sample conversations lie in the past: the worker counts them as soon as it is there.
                rollup_late_data.delay()


def _refuse_taken_port() -> None:
    host, port = _address()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"{host}:{port} is taken ({error.strerror}); choose another: PORT=8010"
            ) from error


def _address() -> tuple[str, int]:
    return os.environ.get("HOST") or "127.0.0.1", settings.PORT


def _compile_own_modules() -> None:
    """Where Python may not do so when it imports, as in many containers: else each of our processes reads the
    source of every module, at every start."""
    if sys.dont_write_bytecode:
        for package in _OWN_PACKAGES:
            compileall.compile_dir(BASE_DIR / package, quiet=2)


@contextmanager
def _static_files_collected() -> Iterator[None]:
    """Collected once the block is left, unless nothing they come from has changed since the last time."""
    mark = Path(settings.STATIC_ROOT) / ".collected-from"
    sources = _fingerprint_of_static_sources()
    if mark.is_file() and mark.read_text() == sources:
        yield
        return
    collecting = subprocess.Popen(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--clear", "--verbosity=0"], cwd=BASE_DIR
    )
    try:
        yield
    finally:
        if collecting.wait() == 0:
            mark.write_text(sources)
    if collecting.returncode:
        raise CommandError("collectstatic failed")


def _fingerprint_of_static_sources() -> str:
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list(None):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


class _Watch:
    """Starts engines again that died alone; what uses them connects anew by itself."""

    def __init__(self, supervisor: Supervisor, engines: EmbeddedServices) -> None:
        self._supervisor = supervisor
        self._engines = engines
        self._next = 0.0

    def revive_engines(self) -> None:
        """Look once a second. Raises EmbeddedEngineError for one that cannot be kept running."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + 1
        for name in self._engines.revive():
            self._supervisor.say(f"{name} had died and was started again")


class _Web:
    """Whether the web process has come up."""

    def __init__(self) -> None:
        self._answered = False

    def answers(self) -> bool:
        """Whether it answers, or has done so before."""
        self._answered = self._answered or self._asked()
        return self._answered

    def _asked(self) -> bool:
        host, port = _address()
        connection = HTTPConnection("127.0.0.1" if host in {"0.0.0.0", "::"} else host, port, timeout=0.5)  # noqa: S104
        try:
            connection.request("GET", "/healthz", headers={"Host": settings.ALLOWED_HOSTS[0]})
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


class _Greeting:
    """Says once, as soon as the web process answers, where the product is and what to try.

    The worker starts then: what a customer writes in that moment waits in the inbox for a second or two.
    """

    def __init__(self, supervisor: Supervisor, web: _Web, began: float, *, demo: bool) -> None:
        self._supervisor = supervisor
        self._web = web
        self._began = began
        self._demo = demo
        self._said = False

    def once_ready(self) -> None:
        if self._said or not self._web.answers():
            return
        self._said = True
        host, port = _address()
        address = f"http://{host}:{port}/"
        lines = [f"ready after {time.monotonic() - self._began:.1f} s: {address}"]
        if self._demo:
            lines += [
                f"sign in:       {address}admin/  as  {ADMIN_USERNAME} / {PASSWORD}",
                f"be a customer: {address}sandbox/",
                "try first:     write something as a customer, then open the conversation in the admin and see",
                "               why it went where it went; add a keyword to a channel and write again.",
                f"API:           {address}api/v1/docs/",
            ]
        lines.append("Ctrl-C stops everything")
        for line in lines:
            self._supervisor.say(line)
