"""The embedded engines as the first run meets them: fresh, orphaned, killed, half made."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from chargecars.embedded import postgres
from chargecars.embedded.process import LockedProcess
from chargecars.embedded.services import EmbeddedServices
from chargecars.embedded.state import LONGEST_DIRECTORY, StateDirectory
from tests.engines import sweep

_CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDirectory]:
    state = StateDirectory(tmp_path / "state")
    yield state
    services = EmbeddedServices(state)
    services.postgres.stop()
    services.valkey.stop()


def _ask(services: EmbeddedServices) -> int:
    """A round trip to both engines; answers the process id of the PostgreSQL server."""
    assert redis.Redis.from_url(services.valkey.url()).ping()
    _execute(services, "SELECT 1")
    pid = LockedProcess("postgres", services.postgres.directory.parent / "run").pid
    assert pid is not None
    return pid


def _lives(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _leave_orphans(state: StateDirectory) -> None:
    """A user of the engines that is killed without a chance to stop them."""
    program = f"""
        import os, signal
        from pathlib import Path
        from chargecars.embedded.services import EmbeddedServices
        from chargecars.embedded.state import StateDirectory
        with EmbeddedServices(StateDirectory(Path({str(state.root)!r})), durable=False).running():
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=_CHECKOUT, check=False)
    assert done.returncode == -signal.SIGKILL


def test_the_engines_run_while_somebody_uses_them_and_keep_what_they_were_given(
    state: StateDirectory,
) -> None:
    services = EmbeddedServices(state, durable=False)
    with services.running():
        first = _ask(services)
        with EmbeddedServices(state, durable=False).running():
            assert _ask(services) == first
        assert _ask(services) == first
        _execute(services, "CREATE TABLE kept (n int)")
    assert not services.postgres.running()
    assert not services.valkey.running()
    with services.running():
        _execute(services, "INSERT INTO kept VALUES (1)")


def test_orphans_of_a_killed_user_are_reused_and_stopped_by_the_next(state: StateDirectory) -> None:
    _leave_orphans(state)
    services = EmbeddedServices(state)
    assert services.postgres.running()
    orphan = LockedProcess("postgres", state.run).pid
    with services.running():
        assert _ask(services) == orphan
    assert not _lives(orphan)


def test_a_killed_server_and_its_stale_pid_file_do_not_hinder_a_start(state: StateDirectory) -> None:
    _leave_orphans(state)
    services = EmbeddedServices(state)
    for name in ("postgres", "valkey"):
        os.kill(LockedProcess(name, state.run).pid or 0, signal.SIGKILL)
    assert (state.root / "postgres" / "postmaster.pid").exists()
    with services.running():
        _ask(services)


def test_a_pid_file_that_names_a_living_stranger_hinders_no_start_and_harms_no_stranger(
    state: StateDirectory,
) -> None:
    services = EmbeddedServices(state, durable=False)
    with services.running():
        pass
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file = state.root / "postgres" / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n/elsewhere\n")
        (state.run / "postgres.pid").write_text(str(stranger.pid))
        services.postgres.stop()
        with services.running():
            _ask(services)
        assert stranger.poll() is None
        stranger.kill()


def test_a_half_made_cluster_is_made_again(state: StateDirectory) -> None:
    state.prepare()
    (state.root / "postgres.new").mkdir()
    (state.root / "postgres.new" / "PG_VERSION").write_text("18\n")
    services = EmbeddedServices(state, durable=False)
    with services.running():
        _ask(services)


def test_a_checkout_with_a_long_path_is_reached_through_a_short_one(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / ("long" * 30))
    services = EmbeddedServices(state, durable=False)
    with services.running():
        _ask(services)
        assert len(str(services.postgres.host)) <= LONGEST_DIRECTORY
        short = services.postgres.host.parent
        assert short.stat().st_mode & 0o077 == 0
    assert not short.exists()


def test_a_short_path_that_another_user_may_enter_is_refused(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / ("long" * 31))
    short = state.socket_directory("postgres").parent
    short.mkdir(mode=0o777)
    short.chmod(0o777)
    with pytest.raises(PermissionError, match="not a private directory"):
        state.link_socket_directory("postgres")
    short.rmdir()


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root has directories that PostgreSQL's account cannot enter"
)
def test_root_runs_it_below_a_directory_that_others_cannot_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    services = EmbeddedServices(StateDirectory(closed / "state"), durable=False)
    with services.running():
        assert psutil.Process(_ask(services)).uids().effective != 0


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root has directories that PostgreSQL's account cannot enter"
)
def test_root_runs_it_from_a_virtualenv_that_others_cannot_enter(
    tmp_path: Path, state: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = postgres.installed_programs().parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True)
    programs = closed / package.name / "pginstall" / "bin"
    monkeypatch.setattr(postgres, "installed_programs", lambda: programs)
    with tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", open_to_all)
        services = EmbeddedServices(state, durable=False)
        with services.running():
            program = Path(psutil.Process(_ask(services)).exe())
    assert closed not in program.parents


def test_the_files_are_for_the_owner_alone(state: StateDirectory) -> None:
    state.write_environment({"SECRET_KEY": "x", "FERNET_KEYS": "a=b="})
    assert state.read_environment() == {"SECRET_KEY": "x", "FERNET_KEYS": "a=b="}
    assert (state.root / "environment").stat().st_mode & 0o777 == 0o600
    assert state.root.stat().st_mode & 0o777 == 0o700


def test_a_killed_test_run_is_swept_by_the_next_and_a_living_one_is_not(tmp_path: Path) -> None:
    dead, living = StateDirectory(tmp_path / "run-dead"), StateDirectory(tmp_path / "run-living")
    for run in (dead, living):
        run.prepare()
        (run.root / "owner.lock").touch()
    _leave_orphans(dead)
    holder = subprocess.Popen(
        [sys.executable, "-c",
         "import fcntl,sys,time; f=open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); time.sleep(60)",
         str(living.root / "owner.lock")],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    sweep(tmp_path)
    assert not dead.root.exists()
    assert living.root.exists()
    holder.kill()
    holder.communicate()


def _execute(services: EmbeddedServices, statement: str) -> None:
    with psycopg.connect(host=str(services.postgres.host), user="app", dbname="chargecars") as connection:
        connection.execute(statement)
