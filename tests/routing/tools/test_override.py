from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.utils import timezone

from channels_app.models import CommunicationChannel, CommunicationThread, OutboxItem
from channels_app.models.configuration import ConfigurationVersion
from routing.models import Escalation, MessageRoutingLog, SlaTimer
from routing.selectors.overrides import wrong_routes
from routing.services.anonymising import anonymised
from routing.services.override import (
    MoveRefused,
    thread_move,
    thread_move_to_code,
    thread_take_runner_up,
    thread_take_suggestion,
)
from tests.api.conftest import client_of
from tests.factories import Brand, make_member
from tests.routing.tools.conftest import Write

pytestmark = pytest.mark.django_db


def state_of(thread: CommunicationThread) -> Any:
    thread.refresh_from_db()
    timer = SlaTimer.objects.filter(thread=thread).values().first()
    return thread.channel_id, thread.response_due_at, timer, MessageRoutingLog.objects.count()


def test_a_move_is_logged_with_its_reason_and_the_new_team_is_told(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    CommunicationThread.objects.filter(pk=thread.pk).update(
        labels=["garantie"], is_unsure=True, runner_up_code="admin", assignee=agent
    )
    before = thread.channel
    target = chargecars.channel("email", "admin")
    OutboxItem.objects.all().delete()

    move = thread_move(
        thread=thread, channel=target, user=agent, reason="  Gaat over de rekening ", now=timezone.now()
    )

    thread.refresh_from_db()
    log = MessageRoutingLog.objects.get(manual_override=True)
    assert move.log == log
    assert (log.override_reason, log.overridden_by) == ("Gaat over de rekening", agent)
    assert (log.source_channel, log.target_channel, log.thread) == (before, target, thread)
    assert log.communication_message == thread.messages.get(direction="inbound")
    assert log.explanation["nl"] == "Door agent verplaatst naar administratie: Gaat over de rekening"
    assert (thread.channel, thread.labels, thread.is_unsure, thread.assignee) == (
        target, ["garantie"], False, None,
    )  # fmt: skip
    card = OutboxItem.objects.get()
    assert card.channel_id == move.told
    assert card.business_entity == chargecars.entity
    assert thread.reference_number in card.payload["title"]
    assert "Gaat over de rekening" in json.dumps(card.payload)


def test_before_the_first_answer_the_new_promise_counts_from_the_same_start(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    started = SlaTimer.objects.get(thread=thread).started_at
    now = started + timedelta(minutes=40)
    SlaTimer.objects.filter(thread=thread).update(breached_at=started + timedelta(minutes=30))

    thread_move_to_code(thread=thread, code="admin", user=agent, reason="rekening", now=now)

    timer = SlaTimer.objects.get(thread=thread)
    thread.refresh_from_db()
    assert (timer.started_at, timer.state) == (started, "running")
    assert timer.due_at == thread.response_due_at == started + timedelta(minutes=240)
    assert timer.channel == chargecars.channel("email", "admin")
    assert timer.breached_at is None


def test_once_somebody_answered_the_promise_to_the_customer_stands(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    CommunicationThread.objects.filter(pk=thread.pk).update(first_response_at=timezone.now())
    thread.refresh_from_db()
    due = SlaTimer.objects.get(thread=thread).due_at

    thread_move_to_code(thread=thread, code="admin", user=agent, reason="rekening", now=timezone.now())

    timer = SlaTimer.objects.get(thread=thread)
    assert (timer.due_at, timer.channel.channel_code) == (due, "admin")


def test_a_conversation_that_is_answered_gets_no_new_clock(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    SlaTimer.objects.filter(thread=thread).update(state="met", answered_at=timezone.now())

    thread_move_to_code(thread=thread, code="admin", user=agent, reason="rekening", now=timezone.now())

    assert list(SlaTimer.objects.values_list("state", flat=True)) == ["met"]


@pytest.mark.parametrize("reason", ["", "   ", "\x00"])
def test_without_a_reason_nothing_moves(chargecars: Brand, agent: Any, write: Write, reason: str) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    before = state_of(thread)

    with pytest.raises(MoveRefused):
        thread_move_to_code(thread=thread, code="admin", user=agent, reason=reason, now=timezone.now())

    assert state_of(thread) == before


def test_a_conversation_never_moves_to_another_brand_to_a_team_or_to_where_it_is(
    chargecars: Brand, laderthuis: Brand, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    both = make_member("both", "agent", chargecars, laderthuis)
    before = state_of(thread)

    for channel in (
        laderthuis.channel("email", "admin"),
        chargecars.channel("teams", "support"),
        chargecars.channel("whatsapp", "support"),
    ):
        with pytest.raises(MoveRefused):
            thread_move(thread=thread, channel=channel, user=both, reason="x", now=timezone.now())
    assert state_of(thread) == before


def test_a_desk_that_serves_the_brand_may_take_its_conversations(
    chargecars: Brand, laderthuis: Brand, agent: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    desk = laderthuis.channel("email", "emergency")
    CommunicationChannel.objects.filter(business_entity_channel=desk).update(entity_scope="global")
    ConfigurationVersion.objects.update(number=ConfigurationVersion.objects.get().number + 1)

    thread_move(thread=thread, channel=desk, user=agent, reason="vlammen", now=timezone.now())

    thread.refresh_from_db()
    assert (thread.channel, thread.business_entity) == (desk, chargecars.entity)


def test_only_who_works_for_the_brand_may_move(
    chargecars: Brand, laderthuis: Brand, stranger: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    before = state_of(thread)

    for user in (stranger, make_member("analyst", "analyst", chargecars)):
        with pytest.raises(PermissionDenied):
            thread_move_to_code(thread=thread, code="admin", user=user, reason="x", now=timezone.now())
    assert state_of(thread) == before


def test_the_second_choice_and_the_suggestion_are_taken_with_one_click(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    unsure, turned = write(chargecars, "kapot"), write(chargecars, "kapot")
    with pytest.raises(MoveRefused):
        thread_take_runner_up(thread=unsure, user=agent, now=timezone.now())
    with pytest.raises(MoveRefused):
        thread_take_suggestion(thread=turned, user=agent, now=timezone.now())
    unsure.is_unsure, unsure.runner_up_code, turned.suggested_code = True, "sales", "admin"

    thread_take_runner_up(thread=unsure, user=agent, now=timezone.now())
    thread_take_suggestion(thread=turned, user=agent, now=timezone.now())

    unsure.refresh_from_db()
    turned.refresh_from_db()
    assert unsure.channel is not None
    assert unsure.channel == chargecars.channel("whatsapp", "sales")  # the medium it came by
    assert turned.channel == chargecars.channel("email", "admin")
    assert all(
        MessageRoutingLog.objects.filter(manual_override=True).values_list("override_reason", flat=True)
    )


def test_moving_an_emergency_acknowledges_it(chargecars: Brand, agent: Any, write: Write) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    escalation = Escalation.objects.create(
        business_entity=chargecars.entity, thread=thread, channel=thread.channel, cause="emergency"
    )
    overdue = Escalation.objects.create(
        business_entity=chargecars.entity, thread=thread, channel=thread.channel, cause="breach"
    )

    thread_move_to_code(thread=thread, code="admin", user=agent, reason="vals alarm", now=timezone.now())

    escalation.refresh_from_db()
    overdue.refresh_from_db()
    assert (escalation.state, escalation.acknowledged_by, overdue.state) == ("acknowledged", "agent", "open")


def test_the_api_moves_and_says_what_is_wrong(
    chargecars: Brand, agent: Any, stranger: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    url, body = f"/api/v1/threads/{thread.id}/move/", {"channel_code": "admin", "reason": "rekening"}
    analyst = make_member("analyst", "analyst", chargecars)

    assert client_of(stranger).post(url, body, format="json").status_code == 404
    assert client_of(analyst).post(url, body, format="json").status_code == 403
    for wrong in ({"channel_code": "admin"}, body | {"reason": " "}, body | {"channel_code": "nobody"}):
        answer = client_of(agent).post(url, wrong, format="json")
        assert answer.status_code == 400
        assert answer.json()
    answer = client_of(agent).post(url, body, format="json")

    assert answer.status_code == 200
    assert answer.json()["channel_code"] == "admin"
    assert client_of(agent).post(url, body, format="json").status_code == 400  # it is there already
    thread.refresh_from_db()
    assert thread.channel == chargecars.channel("email", "admin")


def test_the_page_of_a_conversation_moves_it(
    chargecars: Brand, agent: Any, stranger: Any, write: Write, page: Any
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    CommunicationThread.objects.filter(pk=thread.pk).update(is_unsure=True, runner_up_code="sales")
    url = f"/admin/channels_app/communicationthread/{thread.id}/"
    analyst = make_member("analyst", "analyst", chargecars)

    assert 'value="runner_up"' in page(agent).get(f"{url}change/").content.decode()
    assert f"{url}move/" not in page(analyst).get(f"{url}change/").content.decode()
    assert page(stranger).post(f"{url}move/", {"take": "runner_up"}).status_code == 404
    assert page(analyst).post(f"{url}move/", {"take": "runner_up"}).status_code == 403
    assert page(agent).get(f"{url}move/").status_code == 403
    refused = page(agent).post(f"{url}move/", {"channel_code": "admin", "reason": ""}, follow=True)
    assert MessageRoutingLog.objects.filter(manual_override=True).count() == 0
    assert [message.level_tag for message in refused.context["messages"]] == ["error"]
    page(agent).post(f"{url}move/", {"take": "runner_up"})

    thread.refresh_from_db()
    assert thread.channel == chargecars.channel("whatsapp", "sales")
    assert 'value="runner_up"' not in page(agent).get(f"{url}change/").content.decode()


def test_overrides_become_training_rows_without_personal_data(
    chargecars: Brand, laderthuis: Brand, agent: Any, stranger: Any, write: Write, tmp_path: Path
) -> None:
    thread = write(
        chargecars, "kapot, bel 06-12345678 of mail jan@example.nl, rekening NL91 ABNA 0417 1643 00"
    )
    other = write(laderthuis, "waar blijft de offerte")
    now = timezone.now()
    thread_move_to_code(thread=thread, code="sales", user=agent, reason="eerst hier", now=now)
    thread_move_to_code(thread=thread, code="admin", user=agent, reason="toch hier", now=now)
    thread_move_to_code(thread=other, code="admin", user=stranger, reason="factuur", now=now)

    call_command("export_overrides", str(tmp_path / "one.jsonl"), entity="chargecars")
    call_command("export_overrides", str(tmp_path / "all.jsonl"))

    rows = [json.loads(line) for line in (tmp_path / "one.jsonl").read_text().splitlines()]
    text = "kapot, bel [phone] of mail [mail], rekening [iban]"
    assert rows == [{"text": text, "department": "admin", "lang": "nl"}]
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bel +31 6 12345678!", "bel [phone]!"),
        ("0031612345678 of (020) 123 45 67", "[phone] of [phone]"),
        ("Tel. +32 (0)475/12.34.56", "Tel. [phone]"),
        ("BE71 0961 2345 6769", "[iban]"),
        ("nl91abna0417164300", "[iban]"),
        ("Jan.de-Vries+laadpaal@mail.example.nl,", "[mail],"),
        ("op 22-11-2026 om 14:05, 11 kW, € 1.250,00", "op 22-11-2026 om 14:05, 11 kW, € 1.250,00"),
        ("CC-MSG-2026-000123 en order 4711", "CC-MSG-2026-000123 en order 4711"),
    ],
)
def test_only_what_points_at_a_person_is_taken_out(text: str, expected: str) -> None:
    assert anonymised(text) == expected


def test_wrong_routes_are_counted_by_what_decided(
    chargecars: Brand, laderthuis: Brand, agent: Any, stranger: Any, write: Write
) -> None:
    now = timezone.now()
    wrong = [write(chargecars, "kapot"), write(chargecars, "kapot en defect")]
    write(chargecars, "defect")
    theirs = write(laderthuis, "kapot")
    for thread in wrong:
        thread_move_to_code(thread=thread, code="admin", user=agent, reason="x", now=now)
    thread_move_to_code(thread=theirs, code="admin", user=stranger, reason="x", now=now)

    span = {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}
    found = {
        (row.kind, row.subject): (row.routed, row.moved)
        for row in wrong_routes([chargecars.entity.id], **span)
    }

    assert found == {("keywords", "kapot"): (2, 2), ("keywords", "defect"): (2, 1)}
    assert wrong_routes([], **span) == []
    assert wrong_routes([chargecars.entity.id], since=now + timedelta(hours=1), until=span["until"]) == []
