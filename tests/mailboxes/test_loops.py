"""Two machines that answer each other stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from channels_app.models import CommunicationMessage, CommunicationThread, OutboxItem
from tests.factories import Brand
from tests.mailboxes.conftest import Receive, letter


def answers() -> list[CommunicationMessage]:
    return list(CommunicationMessage.objects.filter(message_type="auto_response").order_by("id"))


def test_two_brands_whose_desks_answer_automatically_exchange_at_most_two_mails_in_a_day(
    chargecars: Brand, laderthuis: Brand, receive: Receive
) -> None:
    """A colleague writes from one desk to the other, and every answer is delivered, without its loop headers."""
    brands = [laderthuis, chargecars]
    raw = letter("Vraag van de buren", sender="support@chargecars.nl", to="support@laderthuis.nl")
    exchanged = 0
    for turn in range(10):
        brand = brands[turn % 2]
        exchanged += 1
        received = receive(brand, raw)
        assert received is not None
        answer = CommunicationMessage.objects.filter(answers=received).first()
        if answer is None:
            break
        raw = letter(
            answer.subject, answer.body, sender=answer.sender, to=answer.recipients[0],
            In_Reply_To=received.external_id,
        )  # fmt: skip

    assert exchanged <= 2
    assert not OutboxItem.objects.exists()  # desks of this house do not answer each other at all


@pytest.mark.parametrize("threaded", [True, False])
def test_a_robot_that_hides_being_one_gets_one_answer_in_a_day(
    chargecars: Brand, receive: Receive, threaded: bool
) -> None:
    robot = "desk@elders.example"
    raw = letter("Uw bericht", "Wij hebben uw bericht ontvangen.", sender=robot)
    for _ in range(8):
        received = receive(chargecars, raw)
        assert received is not None
        # Without references each of its mails begins a new conversation.
        fields = {"In_Reply_To": received.external_id} if threaded else {}
        raw = letter("Uw bericht", "Wij hebben uw bericht ontvangen.", sender=robot, **fields)

    assert CommunicationThread.objects.count() == (1 if threaded else 8)
    assert len(answers()) == 1


def test_the_next_day_a_sender_is_answered_again(chargecars: Brand, receive: Receive) -> None:
    receive(chargecars, letter("Een"))
    receive(chargecars, letter("Twee"))
    assert len(answers()) == 1
    CommunicationThread.objects.update(auto_responded_at=timezone.now() - timedelta(hours=25))
    receive(chargecars, letter("Drie"))
    assert len(answers()) == 2


def test_the_limit_counts_per_brand_and_per_sender(
    chargecars: Brand, laderthuis: Brand, receive: Receive
) -> None:
    receive(chargecars, letter())
    receive(laderthuis, letter(to="support@laderthuis.nl"))
    receive(chargecars, letter(sender="piet@klant.example"))
    assert len(answers()) == 3


def test_in_danger_the_safety_text_comes_although_an_answer_was_sent_today_but_not_for_ever(
    chargecars: Brand, receive: Receive
) -> None:
    chargecars.entity.auto_routing_rules = {"emergency_keywords": ["brand", "rook"]}
    chargecars.entity.save()
    receive(chargecars, letter("Vraag"))
    for number in range(6):
        receive(chargecars, letter(f"Rook {number}", "Er komt rook uit de laadpaal!"))

    kinds = [answer.data["situation"] for answer in answers()]
    assert kinds == ["first_contact", "emergency", "emergency"]


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"},
        {"List_Id": "<nieuws.example>"},
        {"Return_Path": "<>"},
        {"sender": "mailer-daemon@elders.example"},
        {"sender": "noreply@elders.example"},
        {"sender": "sales@chargecars.nl"},
        {"sender": "planning@laderthuis.nl"},
        {"Reply_To": "planning@chargecars.nl"},
    ],
)
def test_what_must_not_be_answered_is_not(
    chargecars: Brand, laderthuis: Brand, receive: Receive, fields: dict[str, str]
) -> None:
    assert receive(chargecars, letter(**fields)) is not None  # type: ignore[arg-type]
    assert not answers()


@pytest.mark.parametrize(
    "fields", [{"Auto_Submitted": "no"}, {"Precedence": "normal"}, {"X_Auto_Response_Suppress": "None"}]
)
def test_what_only_looks_like_it_is_answered(
    chargecars: Brand, receive: Receive, fields: dict[str, str]
) -> None:
    receive(chargecars, letter(**fields))  # type: ignore[arg-type]
    assert len(answers()) == 1


def test_a_mail_from_an_address_too_long_to_answer_is_stored_unanswered(
    chargecars: Brand, receive: Receive
) -> None:
    sender = f"Jan <{'j' * 400}@klant.example>"
    message = receive(chargecars, letter(sender=sender))

    assert message is not None
    assert message.thread.status == "new"
    assert not OutboxItem.objects.filter(message__answers=message).exists()
