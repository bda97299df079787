from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.utils import timezone

from channels_app.models import OutboxItem
from routing.models import Escalation, EscalationStep
from routing.services.acknowledgement import acknowledgement_url, escalation_acknowledge
from routing.services.escalation_steps import escalation_steps_take
from tests.factories import Brand
from tests.routing.tools.conftest import Write

pytestmark = pytest.mark.django_db


@pytest.fixture
def escalation(chargecars: Brand, laderthuis: Brand, write: Write) -> Escalation:
    """An open emergency at ChargeCars, and one at LaderThuis that nobody touches."""
    return [raised(brand, write) for brand in (laderthuis, chargecars)][1]


def raised(brand: Brand, write: Write) -> Escalation:
    thread = write(brand, "mijn laadpaal is kapot")
    opened = Escalation.objects.create(
        business_entity=brand.entity, thread=thread, channel=thread.channel, cause="emergency"
    )
    for position, state in enumerate(("done", "pending", "pending")):
        EscalationStep.objects.create(
            escalation=opened, position=position, by="teams", to="channel:emergency", due_at=timezone.now(),
            state=state,
        )  # fmt: skip
    return opened


def path_of(url: str) -> str:
    return url.removeprefix("http://testserver")


def everything() -> list[Any]:
    return [list(model.objects.order_by("id").values()) for model in (Escalation, EscalationStep)]


def test_opening_the_link_changes_nothing_and_asks(escalation: Escalation, chargecars: Brand) -> None:
    before = everything()
    client = Client(enforce_csrf_checks=True)

    for method in (client.get, client.head):
        answer = method(path_of(acknowledgement_url(escalation.id)))
        assert answer.status_code == 200

    assert everything() == before
    page = client.get(path_of(acknowledgement_url(escalation.id))).content.decode()
    assert chargecars.entity.brand_colour in page
    assert "ChargeCars" in page
    assert escalation.thread.reference_number in page
    assert "LaderThuis" not in page


def test_pressing_the_button_acknowledges_and_strikes_what_was_planned(escalation: Escalation) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post(path_of(acknowledgement_url(escalation.id)), {"name": "  Jan  de Vries "})

    escalation.refresh_from_db()
    assert answer.status_code == 200
    assert "Jan de Vries" in answer.content.decode()
    assert (escalation.state, escalation.acknowledged_by) == ("acknowledged", "Jan de Vries")
    assert escalation.acknowledged_at is not None
    steps = EscalationStep.objects.filter(escalation=escalation).order_by("position")
    assert [step.state for step in steps] == ["done", "skipped", "skipped"]
    other = EscalationStep.objects.exclude(escalation=escalation)
    assert {step.escalation.state for step in other} == {"open"}
    assert sorted(step.state for step in other) == ["done", "pending", "pending"]


def test_the_first_to_acknowledge_stays_on_record(escalation: Escalation) -> None:
    path = path_of(acknowledgement_url(escalation.id))
    Client().post(path, {"name": "Jan"})
    before = everything()

    again = Client().post(path, {"name": "Piet"})

    assert again.status_code == 200
    assert "Jan" in again.content.decode()
    assert everything() == before
    escalation_acknowledge(escalation_id=escalation.id, by="Piet", now=timezone.now())
    assert everything() == before


def test_the_name_comes_from_the_link_when_none_is_typed(escalation: Escalation) -> None:
    nameless = Client().post(path_of(acknowledgement_url(escalation.id)), {"name": " "})
    assert nameless.status_code == 400
    escalation.refresh_from_db()
    assert escalation.state == "open"

    Client().post(path_of(acknowledgement_url(escalation.id, "Els (wachtdienst)")), {})

    escalation.refresh_from_db()
    assert escalation.acknowledged_by == "Els (wachtdienst)"


def test_an_expired_link_says_so_and_does_nothing(escalation: Escalation) -> None:
    path = path_of(acknowledgement_url(escalation.id))
    before = everything()

    with time_machine.travel(timezone.now() + timedelta(days=8)):
        answers = [Client().get(path), Client().post(path, {"name": "Jan"})]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "ChargeCars" not in answers[0].content.decode()
    assert everything() == before


def test_a_forged_link_does_nothing(escalation: Escalation) -> None:
    path = path_of(acknowledgement_url(escalation.id))
    other = signing.TimestampSigner(salt="other").sign_object({"escalation": escalation.id.hex, "to": ""})
    odd = signing.TimestampSigner(salt="routing.acknowledgement").sign_object(["x"])
    before = everything()

    for forged in (f"{path[:-3]}xx/", f"/ack/{other}/", f"/ack/{odd}/", "/ack/x/"):
        assert Client().get(forged).status_code == 404
        assert Client().post(forged, {"name": "Jan"}).status_code == 404
    assert everything() == before


def test_the_address_is_kept_from_others(escalation: Escalation) -> None:
    answer = Client().get(path_of(acknowledgement_url(escalation.id)))

    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]


def test_the_card_of_an_emergency_carries_the_link(
    chargecars: Brand, laderthuis: Brand, write: Write
) -> None:
    thread = write(chargecars, "er komt rook uit de laadpaal, brand!")
    card = OutboxItem.objects.filter(payload__event="emergency").get()
    url = dict(card.payload["actions"])["Ik pak het op"]

    Client().post(path_of(url), {"name": "Jan"})

    assert Escalation.objects.get(thread=thread).acknowledged_by == "Jan"
    assert set(EscalationStep.objects.values_list("state", flat=True)) == {"skipped"}


def test_the_card_of_a_later_step_carries_the_link_until_somebody_acknowledges(
    chargecars: Brand, laderthuis: Brand, write: Write
) -> None:
    write(chargecars, "er komt rook uit de laadpaal, brand!")
    now = timezone.now()
    escalation_steps_take(now=now)
    # One for the team, one that says that nobody is on call.
    card, _ = OutboxItem.objects.filter(payload__event="escalation")
    assert set(EscalationStep.objects.values_list("state", flat=True)) == {"pending"}

    Client().post(path_of(dict(card.payload["actions"])["Ik pak het op"]), {"name": "Jan"})

    assert escalation_steps_take(now=now + timedelta(hours=1)) == (0, 0)
    assert set(EscalationStep.objects.values_list("state", flat=True)) == {"skipped"}
