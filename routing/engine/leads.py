"""How promising a message is for sales, as points that add up to at most 100."""

from __future__ import annotations

import re
from collections.abc import Sequence

from routing.engine.evidence import ContentOpinion
from routing.engine.text import pad

NEW_SENDER = 15
PER_SALES_KEYWORD = 20
MOST_FOR_KEYWORDS = 40
SOUNDS_LIKE_SALES = 15  # times the classifier's probability
LEFT_NUMBER = 10
BUSINESS = 20

_NUMBER = re.compile(r"(?:\+|00|\b0)\d[\d \-]{7,}\d")
_BUSINESS_WORDS = tuple(
    f" {word} "
    for word in (
        "zakelijk", "bedrijf", "wagenpark", "vve", "kantoor", "parkeerplaatsen", "leaseauto", "werknemers",
        "business", "company", "fleet", "office", "employees",
    )
)  # fmt: skip


def lead_score(
    text: str, *, is_new: bool, sales_keywords: Sequence[str], opinion: ContentOpinion | None
) -> tuple[int, tuple[str, ...]]:
    """(points, reasons); reasons are codes: new_sender, sales_keywords, sounds_like_sales,
    left_number, business."""
    padded = pad(text)
    probability = opinion.departments.get("sales", 0.0) if opinion else 0.0
    parts = {
        "new_sender": NEW_SENDER if is_new else 0,
        "sales_keywords": min(MOST_FOR_KEYWORDS, PER_SALES_KEYWORD * len(sales_keywords)),
        "sounds_like_sales": round(SOUNDS_LIKE_SALES * probability),
        "left_number": LEFT_NUMBER if _NUMBER.search(text) else 0,
        "business": BUSINESS if any(word in padded for word in _BUSINESS_WORDS) else 0,
    }
    return min(100, sum(parts.values())), tuple(name for name, points in parts.items() if points)
