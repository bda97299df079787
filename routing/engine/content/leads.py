"""How promising a message is for sales (option `lead_scoring`): points for what it says, 100 at most."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from routing.engine.content.analysis import ContentAnalysis
from routing.engine.content.reading import clean, read

POINTS: Mapping[str, int] = {
    "asks_for_quote": 20,
    "ready_to_sign": 20,
    "wants_to_buy": 10,
    "asks_price": 10,
    "several_charge_points": 15,
    "business": 10,
    "car_is_coming": 10,
    "left_number": 5,
}
"""Points per reason; the classifier's probability of sales adds up to `SOUNDS_LIKE_SALES`."""

SOUNDS_LIKE_SALES = 25
_SALES = "sales"
_LEAST_PROBABLE = 0.3

_CONCEPTS: Mapping[str, tuple[str, ...]] = {
    "asks_for_quote": ("quote",),
    "ready_to_sign": ("accept",),
    "wants_to_buy": ("buy",),
    "asks_price": ("price",),
    "business": ("business", "association"),
    "car_is_coming": ("new_car",),
}
_SEVERAL = re.compile(
    r"\b(?:[2-9]|[1-9]\d{1,2}|twee|drie|vier|vijf|zes|acht|tien|two|three|four|five|six|eight|ten|zwei|drei|vier"
    r"|sechs|deux|trois|quatre|six)\s+(?:\w+\s+)?(?:laadpalen|laadpunten|palen|laders|laadstations|parkeerplaatsen"
    r"|charge points|chargers|charging (?:points|stations)|ladepunkte|ladestationen|wallboxen|bornes|plekken"
    r"|appartementen|apartments)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:\+|00|\b0)\d[\d \-]{7,}\d")


@dataclass(frozen=True, slots=True)
class LeadScore:
    """score: 0 to 100. reasons: codes from `POINTS`, and "sounds_like_sales"; () when it is no lead."""

    score: int
    reasons: tuple[str, ...]


def lead_score(text: str, analysis: ContentAnalysis) -> LeadScore:
    """Rate a message that may come from a buyer; one that sales would not get scores 0."""
    probability = analysis.departments.get(_SALES, 0.0)
    if probability < _LEAST_PROBABLE:
        return LeadScore(0, ())
    readable = clean(text)
    concepts = read(readable).concepts
    reasons = [
        reason
        for reason in POINTS
        if not concepts.isdisjoint(_CONCEPTS.get(reason, ()))
        or (reason == "several_charge_points" and _SEVERAL.search(readable))
        or (reason == "left_number" and _NUMBER.search(readable))
    ]
    points = round(SOUNDS_LIKE_SALES * probability) + sum(POINTS[reason] for reason in reasons)
    return LeadScore(min(100, points), ("sounds_like_sales", *reasons))
