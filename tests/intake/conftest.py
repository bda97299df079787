from __future__ import annotations

import pytest

from tests.factories import Brand, make_brand


@pytest.fixture
def chargecars(db: None) -> Brand:
    return make_brand(
        "chargecars", "ChargeCars", "CC", {"support": "100000000000001", "sales": "100000000000002"}
    )


@pytest.fixture
def laderthuis(db: None) -> Brand:
    return make_brand("laderthuis", "LaderThuis", "LT", {"support": "200000000000001"})
