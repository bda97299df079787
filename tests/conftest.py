"""What every test has: no network but this machine, the corpus, and no silent skips where all must run."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from hypothesis import settings

_CHECKOUT = Path(__file__).resolve().parent.parent
_REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"

# CI tries the same examples every time, so that a red run can be repeated; elsewhere every run tries others.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_configure() -> None:
    """Passwords of test users are hashed in no time; how slowly production does it is Django's business."""
    from django.conf import settings as django_settings

    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _refuse_strangers(address: Any) -> None:
    """Raise unless the address is a unix socket's or on this machine."""
    if not isinstance(address, tuple):
        return
    host = str(address[0])
    if host == "localhost":
        return
    try:
        near = ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        near = False
    if not near:
        raise RuntimeError(f"A test tried to reach {address}: tests reach this machine only")


@pytest.fixture(autouse=True, scope="session")
def only_this_machine() -> Iterator[None]:
    """No test leaves the machine, by address or by name."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            original = getattr(socket.socket, name)

            def guarded(self: socket.socket, *arguments: Any, _original: Any = original) -> Any:
                _refuse_strangers(arguments[-1])
                return _original(self, *arguments)

            patch.setattr(socket.socket, name, guarded)
        yield


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The collection of real messages; it stands beside the checkout, or at CORPUS_DIR."""
    path = Path(os.environ.get("CORPUS_DIR") or _CHECKOUT.parent / "shared" / "corpus")
    if not path.is_dir():
        pytest.skip(f"the corpus is not at {path}; set CORPUS_DIR")
    return path


@pytest.fixture
def site(live_server: Any, transactional_db: None) -> Iterator[Any]:
    """pytest-django's live server, whose last requests end before the database is emptied under them.

    A browser that is closed leaves requests behind; emptying the tables meanwhile may end in a deadlock.
    """
    running = 0
    changed = threading.Condition()

    def began(**_: Any) -> None:
        nonlocal running
        with changed:
            running += 1

    def ended(**_: Any) -> None:
        nonlocal running
        with changed:
            running -= 1
            changed.notify_all()

    request_started.connect(began)
    request_finished.connect(ended)
    yield live_server
    with changed:
        all_ended = changed.wait_for(lambda: running <= 0, timeout=30)
    request_started.disconnect(began)
    request_finished.disconnect(ended)
    assert all_ended, f"{running} requests have not ended"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With REQUIRE_ALL=1 a skipped test is a failed one."""
    report = yield
    if _REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where REQUIRE_ALL=1: {report.longrepr}"
    return report
