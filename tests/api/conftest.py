from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import Brand, make_brand, make_member


@pytest.fixture
def chargecars(db: None) -> Brand:
    return make_brand(
        "chargecars", "ChargeCars", "CC", {"support": "100000000000001", "sales": "100000000000002"}
    )


@pytest.fixture
def laderthuis(db: None) -> Brand:
    return make_brand("laderthuis", "LaderThuis", "LT", {"support": "200000000000001"})


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def manager(chargecars: Brand) -> APIClient:
    """A channel manager of ChargeCars only."""
    return client_of(make_member("manager", "manager", chargecars))


@pytest.fixture
def stranger(laderthuis: Brand) -> APIClient:
    """An administrator of LaderThuis only."""
    return client_of(make_member("stranger", "administrator", laderthuis))
