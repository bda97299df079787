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
_LABELS = {"fire_safety": SAFETY} | {sign: label for label, signs in TOPICS.items() for sign in signs}
_ORDER = {label: place for place, label in enumerate((SAFETY, *TOPICS))}
_DANGER = 0.5


def topics_of(concepts: Set[str], emergency: float) -> tuple[str, ...]:
    """The topics of a message, safety first, then in the order of `TOPICS`.

    concepts: as `Reading` has them. A concept counts when it is mentioned without denial, and not only
    before a "but": "de factuur klopt, maar de paal doet het niet" is about a fault.
    """

    mentioned = {
        _LABELS[sign]
        for sign in _LABELS.keys() & concepts
        if f"{sign}<" not in concepts or f">{sign}" in concepts
    }
    if emergency >= _DANGER:
        mentioned.add(SAFETY)
    return tuple(sorted(mentioned, key=_ORDER.__getitem__))
