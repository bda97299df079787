from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chargecars.keys import refuse_weak_keys

_GOOD = "Zq3vT9wLx2Rk7Yb5Nc8Hd4Jf6Mg1Ps0aUeVoXiCtB-_="
_CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "weak", ["", "short", "abcdefghij-0123456789", "a" * 64, "django-insecure-" + _GOOD, "change-me-" + _GOOD]
)
def test_production_refuses_a_missing_short_or_example_key(weak: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        refuse_weak_keys(weak, [_GOOD], debug=False)
    with pytest.raises(ImproperlyConfigured, match="FERNET_KEYS"):
        refuse_weak_keys(_GOOD, [_GOOD, weak], debug=False)


def test_production_refuses_an_empty_list_of_keys() -> None:
    with pytest.raises(ImproperlyConfigured, match="FERNET_KEYS"):
        refuse_weak_keys(_GOOD, [], debug=False)


def test_good_keys_are_accepted_and_debug_accepts_weak_ones() -> None:
    refuse_weak_keys(_GOOD, [_GOOD], debug=False)
    refuse_weak_keys("weak", ["weak"], debug=True)


def _start(**environment: str) -> subprocess.CompletedProcess[str]:
    keep = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL", "STATE_DIR", "ENV_FILE")}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=_CHECKOUT, env=keep | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_installation_with_its_own_database_does_not_start_without_keys() -> None:
    refused = _start()
    assert refused.returncode != 0
    assert "SECRET_KEY is not set" in refused.stderr
    assert _start(SECRET_KEY=_GOOD, FERNET_KEYS=_GOOD).returncode == 0
