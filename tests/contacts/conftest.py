from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories import Brand, make_brand, make_member


@pytest.fixture
def chargecars(db: None) -> Brand:
    return make_brand("chargecars", "ChargeCars", "CC", {"support": "100000000000001"})


@pytest.fixture
def laderthuis(db: None) -> Brand:
    return make_brand("laderthuis", "LaderThuis", "LT", {"support": "200000000000001"})


@pytest.fixture
def manager(chargecars: Brand, laderthuis: Brand) -> Any:
    """A channel manager of ChargeCars; LaderThuis is none of their business."""
    return make_member("manager", "manager", chargecars)


@pytest.fixture
def browser(manager: Any) -> Client:
    client = Client()
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    return client
