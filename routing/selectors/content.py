from __future__ import annotations

from routing.engine.case import Analyze
from routing.engine.content import analyze


def content_analysis() -> Analyze:
    """The content classifier in use."""
    return analyze
