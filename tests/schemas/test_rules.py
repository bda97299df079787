"""Routing rules as staff write them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from channels_app.schemas import AutoRoutingRules, MessageRoutingRule

SPECIFICATION = {
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
}


def test_the_specifications_example_is_read_and_written_back() -> None:
    rules = AutoRoutingRules.model_validate(SPECIFICATION)
    assert rules.sender_patterns.department("partner_domain") == "operations"
    assert rules.sender_patterns.department("internal") is None
    assert rules.model_dump(mode="json", exclude_defaults=True) == {
        **SPECIFICATION,
        "sender_patterns": {key: value for key, value in SPECIFICATION["sender_patterns"].items() if value},
    }


@pytest.mark.parametrize(
    "given", [{}, None, {"keywords": None}, {"sender_patterns": None, "emergency_keywords": None}]
)
def test_missing_parts_are_empty(given: Any) -> None:
    assert AutoRoutingRules.model_validate(given) == AutoRoutingRules()


def test_chips_are_trimmed_and_doubles_under_folding_keep_the_first_spelling() -> None:
    rules = AutoRoutingRules.model_validate(
        {
            "keywords": {"support": ["  Één  vraag ", "", "een vraag", "EEN-VRAAG", "kapot"]},
            "emergency_keywords": ["Brand", "brand "],
        }
    )
    assert rules.keywords == {"support": ("Één vraag", "kapot")}
    assert rules.emergency_keywords == ("Brand",)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"keyword": {}}, "Extra inputs"),
        ({"keywords": {"Support Desk": ["x"]}}, "not a channel code"),
        ({"keywords": {"support": "help, kapot"}}, "expected a list of words"),
        ({"keywords": {"support": [3]}}, "3 is not a word"),
        ({"keywords": {"support": ["!!!"]}}, "no letter or digit"),
        ({"sender_patterns": {"existing_customer": "support"}}, "route_to_"),
        ({"sender_patterns": {"existing_customer": "route_to_"}}, "route_to_"),
        ({"sender_patterns": {"friend": "route_to_support"}}, "Extra inputs"),
        ({"time_based": {"outside_hours": "drop"}}, "queue_for_next_day"),
    ],
)
def test_unknown_parts_are_refused(given: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        AutoRoutingRules.model_validate(given)


def rule(conditions: dict[str, Any], consequence: dict[str, Any]) -> MessageRoutingRule:
    return MessageRoutingRule.model_validate(
        {"id": "1", "name": "Regel", "conditions": conditions, "consequence": consequence}
    )


SENTENCES = [
    (
        {"senders": ["partner_domain"]},
        {"route_to": "operations"},
        "Als de afzender een partner is, stuur naar planning",
        "If the sender is a partner, send to planning",
    ),
    (
        {"keywords": ["storing", "geen stroom"], "hours": "outside"},
        {"route_to": "emergency", "raise_urgency": True},
        "Als het bericht “storing” of “geen stroom” bevat en het buiten openingstijd is, "
        "stuur naar de spoeddienst en behandel als urgent",
        "If the message contains “storing” or “geen stroom” and it is outside opening hours, "
        "send to the emergency desk and treat as urgent",
    ),
    (
        {"sender_domains": ["@Nieuwsbrief.NL"], "media": ["email"]},
        {"label_only": True, "add_labels": ["nieuwsbrief"]},
        "Als de afzender mailt vanaf nieuwsbrief.nl en het binnenkomt via e-mail, "
        "geef label “nieuwsbrief” en bewaar alleen, zonder antwoord en zonder klok",
        "If the sender mails from nieuwsbrief.nl and it arrives by email, "
        "add label “nieuwsbrief” and only keep it, without answer and without clock",
    ),
    (
        {
            "senders": ["existing_customer", "internal"],
            "arrival_channels": ["sales", "vve"],
            "subject_contains": ["RMA"],
        },
        {"add_labels": ["retour", "garantie"]},
        "Als de afzender een bestaande klant of een collega is, het binnenkomt bij verkoop of vve en "
        "het onderwerp “RMA” bevat, geef label “retour” en “garantie”",
        "If the sender is an existing customer or a colleague, it arrives at sales or vve and "
        "the subject contains “RMA”, add label “retour” and “garantie”",
    ),
]


@pytest.mark.parametrize(("conditions", "consequence", "dutch", "english"), SENTENCES)
def test_a_rule_reads_as_a_sentence(
    conditions: dict[str, Any], consequence: dict[str, Any], dutch: str, english: str
) -> None:
    one = rule(conditions, consequence)
    assert one.sentence("nl") == dutch
    assert one.sentence("en") == english


@pytest.mark.parametrize(
    ("conditions", "consequence", "message"),
    [
        ({}, {"route_to": "support"}, "at least one condition"),
        ({"hours": "within"}, {}, "needs a consequence"),
        ({"hours": "within"}, {"label_only": True, "raise_urgency": True}, "both keep a message silent"),
        ({"sender_domains": ["geen domein"]}, {"route_to": "support"}, "not a domain"),
        ({"senders": ["automated"]}, {"route_to": "support"}, "existing_customer"),
        ({"hours": "sometimes"}, {"route_to": "support"}, "within"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    conditions: dict[str, Any], consequence: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        rule(conditions, consequence)
