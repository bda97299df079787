"""The engines of the measurements: PostgreSQL and Valkey as the product starts them, durable, kept between runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chargecars.embedded.services import EmbeddedServices
from chargecars.embedded.state import StateDirectory

STATE = Path(os.environ.get("BENCH_STATE") or Path(__file__).resolve().parent.parent / ".state" / "bench")


def services() -> EmbeddedServices:
    """The engines of this directory, running or not."""
    return EmbeddedServices(StateDirectory(STATE))


def untouched_environment() -> dict[str, str]:
    """As it was before the measurements set theirs: what a newcomer's processes start with. No proxy either."""
    ours = _environment().keys()
    return {
        name: value for name, value in os.environ.items() if name not in ours and "proxy" not in name.lower()
    }


def _environment() -> dict[str, str]:
    embedded = services()
    return {
        "ENV_FILE": "none",
        "STATE_DIR": str(STATE),
        "DATABASE_URL": embedded.postgres.url,
        "REDIS_URL": embedded.valkey.url(),
        "SECRET_KEY": "bench-only-0123456789-abcdefghijklmnopqrstuvwxyz",
        "FERNET_KEYS": "bench-only-9876543210-zyxwvutsrqponmlkjihgfedcba",
        "DJANGO_SETTINGS_MODULE": "chargecars.settings",
        "PUBLIC_BASE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver",
        "STATIC_MANIFEST": "0",
        "LOG_LEVEL": "WARNING",
    }


@contextmanager
def engines() -> Iterator[None]:
    """Running, migrated, and Django set up against them."""
    STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
    embedded = services()
    with embedded.running():
        os.environ |= _environment()
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield
