from __future__ import annotations

from routing.engine.case import Analyze


def content_analysis() -> Analyze:
    """The content classifier in use."""
    from routing.engine.content import analyze  # 11 MB with its numerics, for whoever decides

    return analyze


def classifier_load() -> None:
    """Read the classifier's model, which otherwise the first message waits for."""
    from routing.engine.content import load_default_model

    load_default_model()
