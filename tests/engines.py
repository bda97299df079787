"""Starts PostgreSQL and Valkey for a test run, before any setting is read (`addopts = -p tests.engines`).

One pair of engines per run, shared by the workers of pytest-xdist: pytest-django gives each worker its own
database, and each has its own database number in Valkey. A run that was killed leaves engines behind; the
next run on this checkout finds and stops them.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from chargecars.embedded.services import EmbeddedServices
from chargecars.embedded.state import StateDirectory
from chargecars.embedded.valkey import DATABASES
from chargecars.translations import compile_translations

_RUNS = Path(__file__).resolve().parent.parent / ".state" / "test-runs"
_RUN_ROOT = "TEST_RUN_ROOT"
_opened = ExitStack()


def _begin() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        root = _start_engines()
        os.environ[_RUN_ROOT] = str(root)
    state = StateDirectory(Path(os.environ[_RUN_ROOT]))
    number = 0 if worker is None else 1 + int(worker.removeprefix("gw")) % (DATABASES - 1)
    services = EmbeddedServices(state)
    for name in ("SENTRY_DSN", "OUTBOUND_ALLOWED_HOSTS", "PORT", "HOST", "S3_BUCKET", "METRICS_TOKEN"):
        os.environ.pop(name, None)
    os.environ |= {
        "ENV_FILE": "none",
        "STATE_DIR": str(state.root),
        "DATABASE_URL": services.postgres.url,
        "REDIS_URL": services.valkey.url(number),
        "SECRET_KEY": "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz",
        "FERNET_KEYS": "tests-only-9876543210-zyxwvutsrqponmlkjihgfedcba",
        "DEBUG": "0",
        "DEMO": "0",
        "PUBLIC_BASE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "WHATSAPP_APP_SECRET": "whatsapp-app-secret-of-the-tests",
        "WHATSAPP_VERIFY_TOKEN": "whatsapp-verify-token-of-the-tests",
        "WHATSAPP_API_BASE": "https://graph.facebook.com",
        "STATIC_MANIFEST": "0",
        "PUBLIC_LIMITS": "0",
        "LOG_JSON": "0",
        "LOG_LEVEL": "INFO",
        "CONN_MAX_AGE": "0",
    }


def _start_engines() -> Path:
    _RUNS.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(_RUNS)
    root = Path(tempfile.mkdtemp(prefix="run-", dir=_RUNS))
    owner = _opened.enter_context((root / "owner.lock").open("w"))
    fcntl.flock(owner, fcntl.LOCK_EX)
    _opened.callback(shutil.rmtree, root, ignore_errors=True)
    (root / "static").mkdir()
    _opened.enter_context(EmbeddedServices(StateDirectory(root), durable=False).running())
    return root


def sweep(runs: Path) -> None:
    """Stop the engines of runs whose process is gone, and remove what they left."""
    for root in runs.glob("run-*"):
        try:
            with (root / "owner.lock").open("r+") as owner:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                services = EmbeddedServices(StateDirectory(root))
                services.postgres.stop()
                services.valkey.stop()
                shutil.rmtree(root, ignore_errors=True)
        except (BlockingIOError, FileNotFoundError):
            continue  # that run lives, has only begun, or another swept it


# At exit, not in a hook: a run that fails before its configuration is done calls none.
atexit.register(_opened.close)
# On import, not in a hook: pytest-django reads the settings in its own first hook.
_begin()
compile_translations()
