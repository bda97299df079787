"""Topic labels for the option `auto_categorize`: what a message is about, in staff's words."""

from __future__ import annotations

from routing.engine.content.analysis import ContentAnalysis
from routing.engine.content.reading import clean, read

TOPICS: dict[str, tuple[str, ...]] = {
    "storing": ("fault", "fails", "trips", "plug_stuck"),
    "app": ("app", "network"),
    "laadpas": ("card",),
    "offerte": ("quote",),
    "subsidie": ("subsidy",),
    "factuur": ("invoice", "dunning", "refund"),
    "vergoeding": ("reimburse",),
    "afspraak": ("appointment", "reschedule"),
    "annulering": ("cancellation",),
    "klacht": ("complaint",),
    "garantie": ("warranty",),
    "privacy": ("privacy",),
}
"""Label -> the concepts of the lexicon any of which makes it."""

SAFETY = "veiligheid"
_SAFETY_CONCEPTS = ("fire_safety",)
_DANGER = 0.5


def labels(text: str, analysis: ContentAnalysis) -> tuple[str, ...]:
    """The topics of a message, safety first, then in the order of `TOPICS`.

    A concept counts when it is mentioned without denial, and not only before a "but": "de factuur klopt,
    maar de paal doet het niet" is about a fault.
    """
    concepts = read(clean(text)).concepts

    def mentioned(concept: str) -> bool:
        closed = f"{concept}<" in concepts and f">{concept}" not in concepts
        return concept in concepts and not closed

    found = [label for label, signs in TOPICS.items() if any(mentioned(concept) for concept in signs)]
    if analysis.emergency >= _DANGER or any(mentioned(concept) for concept in _SAFETY_CONCEPTS):
        found.insert(0, SAFETY)
    return tuple(found)
