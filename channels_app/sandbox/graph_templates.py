"""The message templates that the stand-in of the Graph API starts with, in Meta's shape."""

from __future__ import annotations

from typing import Any

TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "id": "900000000000001",
        "name": "vervolg_op_uw_vraag",
        "language": "nl",
        "status": "APPROVED",
        "category": "UTILITY",
        "quality_score": {"score": "GREEN"},
        "components": [
            {
                "type": "BODY",
                "text": "Hallo {{1}}, we hebben een antwoord op uw vraag {{2}}. Zullen we verder praten?",
            },
            {"type": "FOOTER", "text": "U kunt gewoon op dit bericht antwoorden."},
        ],
    },
    {
        "id": "900000000000002",
        "name": "afspraak_herinnering",
        "language": "nl",
        "status": "PENDING",
        "category": "UTILITY",
        "quality_score": {"score": "UNKNOWN"},
        "components": [{"type": "BODY", "text": "Morgen om {{1}} komt onze monteur bij u langs."}],
    },
    {
        "id": "900000000000003",
        "name": "zomeractie",
        "language": "nl",
        "status": "REJECTED",
        "category": "MARKETING",
        "rejected_reason": "TAG_CONTENT_MISMATCH",
        "components": [{"type": "BODY", "text": "Nu {{1}} korting op een laadpaal!"}],
    },
)
