from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import CHECKOUT, Installation, temporary_directory


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """Two machines, so two web processes, four workers and two beats, on one PostgreSQL and one Valkey."""
    with temporary_directory(Path(CHECKOUT / ".state"), keep=False) as root:
        product = Installation(root, machines=2, workers=1)
        with product.running():
            yield product
