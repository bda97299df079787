"""Topic labels for the option `auto_categorize`: what a message is about, in staff's words."""

from __future__ import annotations

from collections.abc import Set

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


def topics_of(concepts: Set[str], emergency: float) -> tuple[str, ...]:
    """The topics of a message, safety first, then in the order of `TOPICS`.

    concepts: as `Reading` has them. A concept counts when it is mentioned without denial, and not only
    before a "but": "de factuur klopt, maar de paal doet het niet" is about a fault.
    """

    def mentioned(signs: tuple[str, ...]) -> bool:
        return any(
            sign in concepts and (f"{sign}<" not in concepts or f">{sign}" in concepts) for sign in signs
        )

    found = [label for label, signs in TOPICS.items() if mentioned(signs)]
    if emergency >= _DANGER or mentioned(_SAFETY_CONCEPTS):
        found.insert(0, SAFETY)
    return tuple(found)
