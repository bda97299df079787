"""The words of the demo's templates, filled in as customers read them."""

from __future__ import annotations

import pytest

from channels_app.services.rendering import render
from channels_app.standard import texts_en, texts_nl
from channels_app.standard.texts import Text

FILLED = {
    "entity_name": "ChargeCars",
    "expected_response_time": "30 minuten",
    "business_hours": "ma t/m vr 09:00-17:00",
    "next_opening": "maandag 30 november om 09:00",
    "emergency_contact": "+31852345002",
    "reference_number": "CC-MSG-2026-000123",
}
TEXTS = (*texts_nl.TEXTS, *texts_en.TEXTS)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.code}-{text.language}")
def test_a_customer_without_a_name_is_greeted_without_a_gap(text: Text) -> None:
    rendered = render(text.content, FILLED)
    assert "  " not in rendered
    assert " ," not in rendered
    assert "{{" not in rendered


@pytest.mark.parametrize(
    "text",
    [text for text in TEXTS if text.situation == "emergency"],
    ids=lambda text: f"{text.code}-{text.language}",
)
def test_an_emergency_text_says_what_keeps_people_safe(text: Text) -> None:
    rendered = render(text.content, FILLED)
    assert "112" in rendered
    assert "+31852345002" in rendered
    assert "meterkast" in rendered or "meter cupboard" in rendered


@pytest.mark.parametrize("text", [text for text in TEXTS if text.medium == "sms"], ids=lambda text: text.code)
def test_a_filled_in_text_message_is_two_segments_at_most(text: Text) -> None:
    assert len(render(text.content, FILLED)) <= 306
    assert not text.subject


def test_only_mails_have_a_subject() -> None:
    assert all(bool(text.subject) == (text.medium == "email") for text in TEXTS)
