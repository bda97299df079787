"""The routing rules that a brand starts with, and who takes over from whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROUTING_RULES: dict[str, Any] = {
    "keywords": {
        "support": ["help", "probleem", "defect", "kapot", "werkt niet"],
        "sales": ["offerte", "quote", "prijs", "kosten", "bestellen"],
        "admin": ["factuur", "invoice", "betaling", "rekening"],
        "operations": ["afspraak", "planning", "bezoek", "technicus"],
    },
    "sender_patterns": {
        "existing_customer": "route_to_support",
        "new_email": "route_to_sales",
        "partner_domain": "route_to_operations",
    },
    "time_based": {
        "office_hours": "immediate_routing",
        "outside_hours": "queue_for_next_day",
        "emergency_keywords": "always_escalate",
    },
    "emergency_keywords": [
        "brand", "brandlucht", "schroeilucht", "vlammen", "rook", "rookt", "smeult", "vonken", "kortsluiting",
        "stroomschok", "elektrische schok", "onder stroom", "ontploft", "explosie", "levensgevaar",
        "on fire", "smoke", "sparks", "short circuit", "electric shock", "burning smell",
    ],
}  # fmt: skip

FALLBACKS: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    # (medium, code) -> who takes over, the first that the brand has.
    ("email", "sales"): (("email", "support"),),
    ("email", "admin"): (("email", "support"),),
    ("email", "operations"): (("email", "support"),),
    ("email", "emergency"): (("phone", "emergency"),),
    ("whatsapp", "support"): (("email", "support"),),
    ("whatsapp", "sales"): (("whatsapp", "support"),),
    ("whatsapp", "operations"): (("whatsapp", "support"),),
    ("sms", "support"): (("whatsapp", "support"),),
    ("sms", "operations"): (("email", "operations"), ("sms", "support")),
    ("phone", "support"): (("sms", "support"),),
    ("phone", "emergency"): (("phone", "support"),),
}
ROUTING_PRIORITIES = {"emergency": 90, "support": 70, "operations": 60, "sales": 50, "admin": 40}
