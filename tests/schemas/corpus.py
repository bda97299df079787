"""The collected test vectors, which lie outside the repository."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_BESIDE_CHECKOUT = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"


def corpus_json(name: str) -> Any:
    """The parsed file, or a skip where the corpus is absent. For use at import time of a test module."""
    path = Path(os.environ.get("CORPUS_DIR", _BESIDE_CHECKOUT)) / name
    if not path.exists():
        pytest.skip(f"the corpus file {name} is not on this machine", allow_module_level=True)
    return json.loads(path.read_text(encoding="utf-8"))
