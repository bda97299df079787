"""Where settings come from: the environment, then `.env`, then what the embedded first run keeps itself.

Read before Django is configured (manage.py must know which engines to start), so nothing here imports it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import environ
from cryptography.fernet import Fernet

from chargecars.embedded.state import StateDirectory

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
# A test run names everything itself: a developer's .env must not leak into it.
if os.environ.get("ENV_FILE", "") != "none" and (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

state = StateDirectory(Path(os.environ.get("STATE_DIR") or BASE_DIR / ".state").absolute())

embedded_database = not env.str("DATABASE_URL", default="")
embedded_broker = not env.str("REDIS_URL", default="")


def keep_secrets() -> None:
    """Give an installation on the embedded database its own secrets, kept in a file only it may read.

    What the environment says comes first. Every command in this state directory sees the same values.
    """
    kept = state.read_environment()
    made: dict[str, Callable[[], str]] = {
        "SECRET_KEY": lambda: Fernet.generate_key().decode() + Fernet.generate_key().decode(),
        "FERNET_KEYS": lambda: Fernet.generate_key().decode(),
        "WHATSAPP_APP_SECRET": lambda: secrets.token_hex(16),
        "WHATSAPP_VERIFY_TOKEN": lambda: secrets.token_hex(16),
        "DEMO": lambda: "0",
    }
    wanted = {name: kept.get(name) or make() for name, make in made.items()}
    if wanted != kept:
        state.write_environment(wanted)
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def switch_sandbox(*, on: bool) -> None:
    """Decide for this process and its children, and with an embedded database for all that come later."""
    os.environ["DEMO"] = str(int(on))
    if embedded_database:
        keep_secrets()
        state.write_environment(state.read_environment() | {"DEMO": os.environ["DEMO"]})
