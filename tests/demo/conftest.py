from __future__ import annotations

from typing import Any

import pytest

from tests.ports import free_ports


@pytest.fixture
def demo_settings(settings: Any) -> Any:
    """The settings of `up --demo`, on free ports."""
    names = (
        "SANDBOX_GRAPH_PORT",
        "SANDBOX_TWILIO_PORT",
        "SANDBOX_TEAMS_PORT",
        "SANDBOX_SMTP_PORT",
        "SANDBOX_MAIL_PORT",
    )
    for name, port in zip(names, free_ports(len(names)), strict=True):
        setattr(settings, name, port)
    settings.DEMO = True
    settings.WHATSAPP_API_BASE = f"http://127.0.0.1:{settings.SANDBOX_GRAPH_PORT}"
    settings.TWILIO_API_BASE = f"http://127.0.0.1:{settings.SANDBOX_TWILIO_PORT}"
    settings.OUTBOUND_ALLOWED_HOSTS = [f"127.0.0.1:{getattr(settings, name)}" for name in names]
    # Hashing the demo users' password is not what is tested.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return settings
