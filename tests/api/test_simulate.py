from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from channels_app.models import CommunicationMessage, CommunicationThread, Contact
from channels_app.services.contact_edit import contact_save
from routing.models import MessageRoutingLog
from tests.factories import KEYWORDS, MAILBOXES, Brand

URL = "/api/v1/routing/simulate/"
MONDAY_NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC).isoformat()


def simulate(client: APIClient, **changes: Any) -> Any:
    request: dict[str, Any] = {
        "entity": "chargecars",
        "channel": {"type": "email", "code": "support"},
        "sender": {"email": "jan@example.nl"},
        "subject": "",
        "body": "",
        "received_at": MONDAY_NOON,
    }
    return client.post(URL, request | changes, format="json")


@pytest.mark.parametrize("arrival", MAILBOXES)
@pytest.mark.parametrize(
    ("department", "word"), [(code, word) for code, words in KEYWORDS.items() for word in words]
)
def test_every_configured_keyword_alone_goes_to_its_department_wherever_it_arrives(
    manager: APIClient, arrival: str, department: str, word: str
) -> None:
    answer = simulate(manager, body=word, channel={"type": "email", "code": arrival})

    assert answer.status_code == 200
    assert answer.json()["target_channel"]["channel_code"] == department
    assert answer.json()["keyword_matches"] == {department: [word]}


def test_a_keyword_just_added_works_at_once(manager: APIClient, chargecars: Brand) -> None:
    before = simulate(manager, body="zonnepanelen").json()["target_channel"]["channel_code"]
    channel = chargecars.channel("email", "support")
    url = f"/api/v1/channels/{channel.id}/"
    change = manager.patch(
        url, {"auto_routing_rules": {"keywords": {"sales": ["zonnepanelen"]}}}, format="json"
    )

    assert change.status_code == 200
    assert before != "sales"
    for arrival in MAILBOXES:
        answer = simulate(manager, body="zonnepanelen", channel={"type": "email", "code": arrival})
        assert answer.json()["target_channel"]["channel_code"] == "sales"


def test_nothing_is_stored(manager: APIClient) -> None:
    assert simulate(manager, body="mijn factuur klopt niet").status_code == 200

    for model in (CommunicationMessage, CommunicationThread, Contact, MessageRoutingLog):
        assert not model.objects.exists()


def test_the_answer_has_every_part_of_the_interface(manager: APIClient) -> None:
    answer = simulate(manager, body="Mijn laadpaal is kapot en ik heb een vraag over de factuur").json()

    assert set(answer) == {
        "target_channel", "action", "urgency", "sender_classification", "routing_reason", "explanation",
        "routing_confidence", "unsure", "runner_up", "labels", "keyword_matches", "applied_rules",
        "auto_response", "candidates",
    }  # fmt: skip
    assert set(answer["target_channel"]) == {"id", "channel_code", "channel_type", "channel_address"}
    assert set(answer["explanation"]) == {"nl", "en"}
    for candidate in answer["candidates"]:
        assert set(candidate) == {
            "channel_code",
            "channel_type",
            "raw_score",
            "score",
            "components",
            "status",
        }
        assert set(candidate["components"]) == {"priority", "content", "sender", "urgency", "load"}
        assert 0 <= candidate["score"] <= 100
    assert answer["keyword_matches"] == {"support": ["kapot"], "admin": ["factuur"]}


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ({"email": "jan@example.nl"}, "new_email"),
        ({"phone": "06 12345678"}, "new_email"),
        ({"email": "piet@chargecars.nl"}, "internal"),
        ({"email": "piet@werk.partner-chargecars.nl"}, "partner_domain"),
        ({"email": "piet@nietpartner-chargecars.nl"}, "new_email"),
        ({"email": "jan@example.nl", "kind": "existing_customer"}, "existing_customer"),
        ({"email": "jan@example.nl", "kind": "partner"}, "partner_domain"),
    ],
)
def test_senders_are_classified(manager: APIClient, sender: dict[str, str], expected: str) -> None:
    assert simulate(manager, sender=sender, body="hallo").json()["sender_classification"] == expected


def test_a_known_customer_is_looked_up_whatever_the_spelling(manager: APIClient, chargecars: Brand) -> None:
    contact_save(
        contact=Contact(business_entity=chargecars.entity, name="Jan", kind="customer"),
        emails=["jan@example.nl"], phones=["0612345678"],
    )  # fmt: skip

    for sender in ({"email": "Jan@Example.NL"}, {"phone": "+31 6 12345678"}, {"phone": "0031612345678"}):
        assert simulate(manager, sender=sender).json()["sender_classification"] == "existing_customer"


def test_an_automatic_reply_is_only_labelled(manager: APIClient) -> None:
    answer = simulate(manager, body="Ik ben op vakantie", headers={"Auto-Submitted": "auto-replied"}).json()

    assert (answer["action"], answer["sender_classification"]) == ("label_only", "automated")
    assert answer["auto_response"] is None


def test_only_what_the_customer_wrote_this_time_counts(manager: APIClient) -> None:
    body = "Mijn laadpaal is kapot.\n\nOp ma 1 juni 2026 om 10:00 schreef Sales <sales@chargecars.nl>:\n> Hierbij uw offerte\n"

    assert simulate(manager, body=body).json()["keyword_matches"] == {"support": ["kapot"]}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"channel": {"type": "sms", "code": "sales"}}, 400),
        ({"channel": {"type": "telegram", "code": "support"}}, 400),
        ({"entity": "laderthuis"}, 404),
        ({"entity": "nobody"}, 404),
        ({"sender": {"kind": "alien"}}, 400),
        ({"received_at": "yesterday"}, 400),
        ({"channel": None}, 400),
    ],
)
def test_a_request_that_cannot_be_answered_says_so(
    manager: APIClient, laderthuis: Brand, changes: dict[str, Any], status: int
) -> None:
    answer = simulate(manager, **changes)

    assert answer.status_code == status
    assert answer.json()


def test_strangers_are_turned_away(chargecars: Brand) -> None:
    assert simulate(APIClient()).status_code in (401, 403)
