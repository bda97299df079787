"""Escalation settings."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from channels_app.schemas import EscalationConfig

ON_CALL = {"kind": "on_call"}


def test_the_specifications_info_text_alone_is_enough() -> None:
    config = EscalationConfig.model_validate({"info_text": "Bel bij spoed 085 000 0000."})
    assert config.info_text == "Bel bij spoed 085 000 0000."
    assert config.steps == ()


def test_steps_are_kept_in_order_of_time() -> None:
    config = EscalationConfig.model_validate(
        {
            "steps": [
                {"after_minutes": 30, "by": "sms", "to": ON_CALL, "repeat_minutes": 15},
                {"by": "teams", "to": {"kind": "mention_group", "value": "@support-team"}},
                {
                    "after_minutes": 10,
                    "by": "email",
                    "to": {"kind": "address", "value": "chef@chargecars.nl"},
                },
            ],
            "warn_before_minutes": 15,
            "fallback_after_minutes": 120,
        }
    )
    assert [(step.after_minutes, step.by) for step in config.steps] == [
        (0, "teams"),
        (10, "email"),
        (30, "sms"),
    ]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"by": "fax", "to": ON_CALL}, "teams"),
        ({"by": "sms", "to": {"kind": "on_call", "value": "Jan"}}, "takes no value"),
        ({"by": "sms", "to": {"kind": "channel"}}, "needs a value"),
        ({"by": "sms", "to": {"kind": "mention_group", "value": "@x"}}, "only be reached by teams"),
        ({"by": "sms", "to": {"kind": "address", "value": "chef@chargecars.nl"}}, "cannot be reached by sms"),
        ({"by": "email", "to": {"kind": "address", "value": "0612345678"}}, "cannot be reached by email"),
        ({"by": "teams", "to": {"kind": "address", "value": "chef@chargecars.nl"}}, "not an address"),
        ({"by": "sms", "to": ON_CALL, "after_minutes": -1}, "greater than or equal"),
        ({"by": "sms", "to": ON_CALL, "repeat_minutes": 0}, "greater than or equal"),
    ],
)
def test_a_step_that_reaches_nobody_is_refused(step: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EscalationConfig.model_validate({"steps": [step]})
