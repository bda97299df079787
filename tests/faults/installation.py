"""A product to be broken: engines and processes of its own, as `manage.py up` runs them, on one machine or on
several that share the engines. Stand-ins take the place of the providers and keep what they are given.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import psycopg
import redis

from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_server import make_graph_server
from channels_app.sandbox.mail_server import MailOutbox, SmtpServer
from channels_app.sandbox.teams_webhook import TeamsSandbox
from channels_app.sandbox.twilio_api import TwilioSandbox
from chargecars.embedded.postgres import DATABASE, USER
from chargecars.embedded.services import EmbeddedServices
from chargecars.embedded.state import StateDirectory
from chargecars.processes import programs
from chargecars.supervisor import Program
from tests.faults.controls import Controls
from tests.faults.invariants import Accepted, Send, message_of_mail
from tests.ports import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
APP_SECRET = "app-secret-of-the-fault-programme"
EVERYTHING = 10**6
STARTING_SECONDS = 120.0


class StandIns:
    """The providers, in this process, which nobody kills."""

    def __init__(self) -> None:
        self.graph = GraphSandbox(keep=EVERYTHING)
        self.twilio = TwilioSandbox(keep=EVERYTHING, statuses=())
        self.teams = TeamsSandbox(keep=EVERYTHING)
        self.mail = MailOutbox(keep=EVERYTHING)
        self.ports: dict[str, int] = {}

    @contextmanager
    def serving(self) -> Iterator[None]:
        with ExitStack() as stack:
            for name, server in {
                "GRAPH": make_graph_server(self.graph, "127.0.0.1", 0),
                "TWILIO": make_graph_server(self.twilio, "127.0.0.1", 0),
                "TEAMS": make_graph_server(self.teams, "127.0.0.1", 0),
                "SMTP": SmtpServer(self.mail, "127.0.0.1", 0),
            }.items():
                stack.enter_context(server)
                threading.Thread(
                    target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
                ).start()
                stack.callback(server.shutdown)
                self.ports[name] = server.server_address[1]
            yield

    def sends(self) -> list[Send]:
        """Everything that a provider accepted, whether or not its answer arrived."""
        return [
            *(
                Send(
                    "whatsapp",
                    sent["phone_number_id"],
                    sent["request"].get("biz_opaque_callback_data", ""),
                    "+" + str(sent["request"]["to"]).removeprefix("+"),
                    sent["request"].get("text", {}).get("body", ""),
                )
                for sent in self.graph.sent_to()
            ),
            *(
                Send(
                    "sms",
                    sent["request"]["From"],
                    sent["request"]["StatusCallback"].partition("message=")[2],
                    sent["to"],
                    sent["request"]["Body"],
                )
                for sent in self.twilio.sent()
                if "Body" in sent["request"]  # a call to a colleague belongs to no message
            ),
            *(
                Send(
                    "email",
                    _address(sent["sender"]),
                    message_of_mail(sent["message_id"]),
                    sent["to"],
                    sent["text"],
                )
                for sent in self.mail.sent()
            ),
            *(
                Send("teams", sent["workflow"].rpartition("/")[2], "", "", str(sent["card"]))
                for sent in self.teams.sent()
            ),
        ]


def _address(header: str) -> str:
    return header.rpartition("<")[2].rstrip("> ").lower()


@dataclass
class Machine:
    """One machine's processes; it shares nothing with the others but what the network brings."""

    name: str
    port: int
    environment: dict[str, str]
    programs: dict[str, Program]
    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        program = self.programs[name]
        with (self.logs / f"{self.name}-{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                program.command,
                cwd=CHECKOUT,
                env=self.environment | dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def alive(self, name: str) -> bool:
        process = self.running.get(name)
        return process is not None and process.poll() is None

    def kill(self, name: str) -> None:
        """As if the plug was pulled: the process and everything it started."""
        process = self.running[name]
        _kill(_family(process.pid))
        process.wait(10)

    def kill_child(self, name: str) -> None:
        """Only one of the processes it works with, or itself when it has none at the moment."""
        process = self.running[name]
        _kill(_family(process.pid)[-1:])

    def ask_to_stop(self, name: str, seconds: float) -> int | None:
        """SIGTERM; the exit status, None when it had not ended in time."""
        process = self.running[name]
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def log(self, name: str) -> str:
        return (self.logs / f"{self.name}-{name}.log").read_text(errors="replace")


class Installation:
    """Engines, database, brands and machines below one directory."""

    def __init__(self, root: Path, *, machines: int = 1, workers: int = 1) -> None:
        self.root = root
        self.controls = Controls(root / "controls")
        self.stand_ins = StandIns()
        self.state = StateDirectory(root / "engines")
        self.engines = EmbeddedServices(self.state)
        self.media = root / "media"
        self.logs = root / "logs"
        self._workers = workers
        self._number_of_machines = machines
        self.machines: list[Machine] = []
        self.accepted: dict[str, Accepted] = {}  # by the provider's id, since the installation began

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything runs inside, and nothing is left running after."""
        self.logs.mkdir(parents=True)
        self.controls.prepare()
        with self.stand_ins.serving(), self.engines.running():
            self.machines = [self._machine(number) for number in range(1, self._number_of_machines + 1)]
            try:
                self._prepare_database()
                for machine in self.machines:
                    for name in machine.programs:
                        machine.start(name)
                self._await_webs()
                yield
            finally:
                for machine in self.machines:
                    for process in machine.running.values():
                        _kill(_family(process.pid))
                        process.wait(10)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.engines.postgres.host),
            user=USER,
            dbname=DATABASE,
            autocommit=True,
            connect_timeout=5,
        )

    def valkey(self) -> redis.Redis:
        return redis.Redis.from_url(self.engines.valkey.url(), socket_timeout=5)

    def kill_postgres(self) -> None:
        """The server with all its sessions, then a new start: recovery from the log."""
        self._crash("postgres")
        self.engines.postgres.ensure()

    def kill_valkey(self) -> None:
        self._crash("valkey")
        self.engines.valkey.ensure()

    def _crash(self, engine: str) -> None:
        pid = (self.engines.postgres if engine == "postgres" else self.engines.valkey).pid
        if pid is not None:
            _kill(_family(pid))

    def environment(self, machine: str, port: int) -> dict[str, str]:
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ
        }
        ports = {f"SANDBOX_{name}_PORT": str(number) for name, number in self.stand_ins.ports.items()}
        return kept | ports | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_CONTROLS": str(self.controls.directory),
            "CHARGECARS_KILL_SWITCHES": str(self.controls.switches),
            "ENV_FILE": "none",
            "STATE_DIR": str(self.root / machine),
            "MEDIA_ROOT": str(self.media),
            "DATABASE_URL": self.engines.postgres.url,
            "REDIS_URL": self.engines.valkey.url(),
            "SECRET_KEY": "faults-only-0123456789-abcdefghijklmnopqrstuvwxyz",
            "FERNET_KEYS": "faults-only-9876543210-zyxwvutsrqponmlkjihgfedcba",
            "WHATSAPP_APP_SECRET": APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": "verify-token-of-the-fault-programme",
            "DEMO": "1",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PUBLIC_BASE_URL": "http://desk.example",
            "ALLOWED_HOSTS": "127.0.0.1",
            "STATIC_MANIFEST": "0",
            "WEB_CONCURRENCY": "1",
            "WORKER_CONCURRENCY": str(self._workers),
            "LOG_LEVEL": "WARNING",
            "LOG_JSON": "0",
        }  # fmt: skip

    def manage(self, *arguments: str) -> None:
        """Run a command of manage.py to its end. Raises CalledProcessError."""
        (self.root / "manage").mkdir(exist_ok=True)
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=CHECKOUT, check=True, timeout=300,
            env=self.environment("manage", 8000), stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def _machine(self, number: int) -> Machine:
        name = f"machine{number}"
        state = StateDirectory(self.root / name)
        state.prepare()
        state.static.mkdir()
        port = free_port()
        return Machine(
            name=name,
            port=port,
            environment=self.environment(name, port),
            programs={
                program.name: _named_after(program, name) for program in programs(state.run, workers=self._workers)
            },
            logs=self.logs,
        )  # fmt: skip

    def _prepare_database(self) -> None:
        self.manage("migrate", "-v0")
        self.manage("seed_demo", "--no-conversations")

    def _await_webs(self) -> None:
        deadline = time.monotonic() + STARTING_SECONDS
        for machine in self.machines:
            while not answers(machine.port):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{machine.name} does not answer: {machine.log('web')[-2000:]}")
                time.sleep(0.1)


def answers(port: int) -> bool:
    """Whether a web process answers there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def temporary_directory(parent: Path, *, keep: bool) -> Iterator[Path]:
    """A fresh directory; removed afterwards unless it is to be kept."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    root = parent / f"faults-{os.getpid()}"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(mode=0o700)
    try:
        yield root
    finally:
        if not keep:
            shutil.rmtree(root, ignore_errors=True)


def _named_after(program: Program, machine: str) -> Program:
    """Workers of several machines need names of their own; here all have the same host name."""
    return Program(
        program.name, [part.replace("@%h", f"@{machine}") for part in program.command], program.environment
    )


def _family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    return []


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)
