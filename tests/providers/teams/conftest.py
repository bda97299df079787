from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from channels_app.providers.base import Account
from channels_app.providers.teams import TeamsConfig
from channels_app.sandbox.graph_server import running
from channels_app.sandbox.teams_webhook import TeamsSandbox


@pytest.fixture
def account() -> Callable[..., Account]:
    def make(webhook_url: str = "", brand: str = "chargecars", **config: Any) -> Account:
        return Account(
            channel_id=UUID("00000000-0000-4000-8000-000000000003"),
            entity_code=brand,
            address=f"{brand}-operations",
            display_name="operations",
            config=TeamsConfig.model_validate({"webhook_url": webhook_url, **config}),
        )

    return make


@pytest.fixture
def teams() -> TeamsSandbox:
    return TeamsSandbox()


@pytest.fixture
def workflow(teams: TeamsSandbox, settings: Any) -> Iterator[str]:
    """The address of a workflow that the stand-in serves."""
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    with running(teams) as base:
        yield f"{base}/workflows/operations/triggers/manual/paths/invoke?sig=geheime-handtekening"


@pytest.fixture(scope="session")
def corpus(corpus: Path) -> Path:
    return corpus / "teams"
