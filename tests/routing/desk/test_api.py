"""The desk over REST: every action thin over its service, scoped by brand, refusals in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from channels_app.models import CommunicationMessage, CommunicationThread, Membership, OutboxItem
from routing.api.desk.urls import ACTIONS
from routing.models import StaffNotice, StaffPresence, ThreadDraft, ThreadEvent
from tests.api.conftest import client_of
from tests.factories import Brand, make_member
from tests.routing.desk.conftest import Write

pytestmark = pytest.mark.django_db

Mail = Callable[..., CommunicationThread]
BODIES: dict[str, dict[str, Any]] = {
    "assign": {"user": None},
    "snooze": {"until": (timezone.now() + timedelta(days=2)).isoformat()},
    "escalate": {"reason": "x"},
    "note": {"body": "x"},
    "merge": {"into": str(uuid4())},
    "reply": {"body": "x", "key": "k"},
    "reply/check": {"body": "x", "key": "k"},
    "forward": {"body": "x", "key": "k", "to": "a@b.example"},
}
READING = {"read", "unread"}


@pytest.fixture
def client(agent: Any) -> APIClient:
    return client_of(agent)


def url(thread: CommunicationThread, action: str) -> str:
    return f"/api/v1/threads/{thread.id}/{action}/"


def test_every_action_answers_404_to_another_brand_and_403_to_who_only_reads(
    chargecars: Brand, analyst: Any, stranger: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    for action in (*ACTIONS, "reply", "reply/check", "forward"):
        body = BODIES.get(action, {})
        assert client_of(stranger).post(url(thread, action), body, format="json").status_code == 404, action
        allowed = 200 if action in READING else 403
        assert client_of(analyst).post(url(thread, action), body, format="json").status_code == allowed, (
            action
        )
        assert APIClient().post(url(thread, action), body, format="json").status_code == 401, action
    for page, status in (("composer", 403), ("draft", 403), ("events", 200), ("viewers", 200)):
        assert client_of(stranger).get(url(thread, page)).status_code == 404, page
        assert client_of(analyst).get(url(thread, page)).status_code == status, page
    assert client_of(stranger).put(url(thread, "draft"), {"body": "x"}, format="json").status_code == 404
    assert not ThreadEvent.objects.exists()


def test_a_day_at_the_desk(
    chargecars: Brand, agent: Any, colleague: Any, client: APIClient, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot", sender="31680001111")

    def post(action: str, body: dict[str, Any] | None = None) -> Any:
        answer = client.post(url(thread, action), body or {}, format="json")
        assert answer.status_code == 200, (action, answer.json())
        return answer.json()

    assert post("take")["assignee"] == agent.pk
    assert client_of(colleague).post(url(thread, "take"), {}, format="json").json()["detail"]
    post("labels", {"add": ["garantie"]})
    post("note", {"body": "@colleague kijk jij mee?"})
    assert post("escalate", {"reason": "klant staat stil"})["is_urgent"]
    assert post("snooze", BODIES["snooze"])["status"] == "snoozed"
    assert post("wake")["status"] == "open"
    composer = client.get(url(thread, "composer")).json()
    assert (composer["recipient"], composer["free_text"], composer["can_cc"]) == ("+31680001111", True, False)
    sent = post("reply", {"body": "We komen.", "key": "one", "seen": composer["seen"]})
    assert (sent["message"]["body"], sent["thread"]["status"], sent["repeated"]) == (
        "We komen.",
        "waiting",
        False,
    )
    assert post("reply", {"body": "We komen.", "key": "one", "seen": composer["seen"]})["repeated"]
    undone = client.post(f"/api/v1/messages/{sent['message']['id']}/undo/", {}, format="json")
    assert (undone.status_code, undone.json()["status"]) == (200, "open")
    assert client.get(url(thread, "draft")).json()["body"] == "We komen."
    post("assign", {"user": colleague.pk, "note": "Neem jij het over?"})
    assert post("resolve")["status"] == "resolved"
    assert post("reopen")["status"] == "open"
    assert post("spam")["set_aside"]
    post("not-spam")
    post("read")
    trail = client.get(url(thread, "events"), headers={"accept-language": "en"}).json()
    assert [entry["kind"] for entry in trail] == [
        "taken", "labelled", "noted", "escalated", "snoozed", "woken", "replied", "reply_undone", "handed_over",
        "resolved", "reopened", "marked_spam", "unmarked_spam",
    ]  # fmt: skip
    assert trail[8]["sentence"] == "agent handed it over to Sanne Bakker: “Neem jij het over?”"
    notices = client_of(colleague).get("/api/v1/notices/").json()["results"]
    assert [notice["kind"] for notice in notices] == ["handed_over", "mentioned"]
    assert client.get("/api/v1/notices/").json()["count"] == 0
    assert client_of(colleague).post("/api/v1/notices/read/", {}, format="json").json() == {"read": 2}


def test_who_answers_past_a_message_gets_a_conflict_that_shows_it(
    chargecars: Brand, client: APIClient, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot", sender="31680001111")
    seen = client.get(url(thread, "composer")).json()["seen"]
    write(chargecars, "laat maar", sender="31680001111")

    conflict = client.post(url(thread, "reply"), {"body": "x", "key": "a", "seen": seen}, format="json")
    assert conflict.status_code == 409
    assert [(news["kind"], news["text"]) for news in conflict.json()["news"]] == [("customer", "laat maar")]
    again = {"body": "x", "key": "a", "seen": conflict.json()["seen"]}
    assert client.post(url(thread, "reply"), again, format="json").status_code == 200


def test_a_leak_is_a_400_that_names_it(
    chargecars: Brand, laderthuis: Brand, agent: Any, client: APIClient, mail: Mail
) -> None:
    thread = mail(chargecars)
    seen = client.get(url(thread, "composer")).json()["seen"]
    body = {"body": "Zie laderthuis.nl", "key": "a", "seen": seen}
    checked = client.post(url(thread, "reply/check"), body, format="json").json()["leaks"]
    refused = client.post(url(thread, "reply"), body, format="json")
    assert refused.status_code == 400
    assert refused.json()["leaks"] == checked
    assert refused.json()["can_be_confirmed"]
    copied = client.post(url(thread, "reply"), body | {"cc": ["x@laderthuis.nl"]}, format="json").json()
    assert not copied["can_be_confirmed"]
    assert (
        client.post(url(thread, "reply"), body | {"confirmed_leaks": True}, format="json").status_code == 200
    )


@pytest.mark.parametrize(("language", "word"), [("nl", "afgesloten"), ("en", "resolved")])
def test_a_refusal_is_in_the_users_language(
    chargecars: Brand, client: APIClient, write: Write, language: str, word: str
) -> None:
    thread = write(chargecars, "kapot")
    client.post(url(thread, "resolve"), {}, format="json")
    answer = client.post(
        url(thread, "snooze"), BODIES["snooze"], format="json", headers={"accept-language": language}
    )
    assert answer.status_code == 400
    assert word in answer.json()["detail"].lower()


def test_a_draft_is_kept_and_cleared(chargecars: Brand, client: APIClient, write: Write) -> None:
    thread = write(chargecars, "kapot")
    assert client.get(url(thread, "draft")).status_code == 404
    body = {"body": "Beste", "content": {"subject": "S", "cc": []}}
    assert client.put(url(thread, "draft"), body, format="json").status_code == 204
    kept = client.get(url(thread, "draft")).json()
    assert (kept["body"], kept["content"]) == ("Beste", {"subject": "S", "cc": []})
    assert client.delete(url(thread, "draft")).status_code == 204
    assert not ThreadDraft.objects.exists()


def test_a_file_is_uploaded_sent_or_thrown_away(
    chargecars: Brand, laderthuis: Brand, client: APIClient, mail: Mail
) -> None:
    def upload(entity: str) -> Any:
        file = SimpleUploadedFile("foto.png", b"png", content_type="image/png")
        return client.post("/api/v1/draft-files/", {"entity": entity, "file": file}, format="multipart")

    assert upload("laderthuis").status_code == 400
    first, second = upload("chargecars").json(), upload("chargecars").json()
    assert client.delete(f"/api/v1/draft-files/{second['id']}/").status_code == 204
    thread = mail(chargecars)
    body = {"body": "", "key": "a", "confirmed": True, "attachments": [first["id"]]}
    sent = client.post(url(thread, "reply"), body, format="json").json()
    assert [file["name"] for file in sent["message"]["attachments"]] == ["foto.png"]


def test_a_conversation_is_begun_and_forwarded(
    chargecars: Brand, laderthuis: Brand, client: APIClient
) -> None:
    body = {
        "entity": "chargecars", "medium": "email", "address": "nieuw@klant.example", "name": "Nina", "subject": "Afspraak",
        "body": "Dag", "key": "a",
    }  # fmt: skip
    assert (
        client.post("/api/v1/threads/start/", body | {"entity": "laderthuis"}, format="json").status_code
        == 400
    )
    begun = client.post("/api/v1/threads/start/", body, format="json")
    assert begun.status_code == 200, begun.json()
    thread = CommunicationThread.objects.get(pk=begun.json()["thread"]["id"])
    forward = {"to": "monteur@extern.example", "body": "Kijk", "key": "b"}
    assert client.post(url(thread, "forward"), forward, format="json").status_code == 200
    assert OutboxItem.objects.filter(thread_id=thread.id).count() == 2


def test_many_at_once_each_in_its_own_brand(
    chargecars: Brand, laderthuis: Brand, agent: Any, colleague: Any, client: APIClient, write: Write
) -> None:
    mine = [write(chargecars, "kapot") for _ in range(3)]
    theirs = write(laderthuis, "kapot")
    CommunicationThread.objects.filter(pk=mine[0].pk).update(status="resolved")

    def bulk(action: str, **fields: Any) -> Any:
        threads = [str(thread.id) for thread in (*mine, theirs)]
        return client.post(
            "/api/v1/threads/bulk/", {"threads": threads, "action": action, **fields}, format="json"
        )

    assert bulk("label", add=["actie"]).json() == {"done": 3, "missing": 1, "refused": []}
    snoozed = bulk("snooze", until=(timezone.now() + timedelta(days=1)).isoformat()).json()
    assert (snoozed["done"], snoozed["refused"][0]["reference_number"]) == (2, mine[0].reference_number)
    assert bulk("assign").status_code == 400
    assert bulk("assign", user=999).status_code == 400
    assert bulk("assign", user=colleague.pk).json()["done"] == 3
    assert bulk("move", code="admin", reason="rekening").json()["done"] == 3
    assert bulk("dance").status_code == 400
    theirs.refresh_from_db()
    assert (theirs.labels, theirs.assignee) == (theirs.labels, None)
    assert "actie" not in theirs.labels


def test_a_bulk_action_of_somebody_who_only_reads_one_brand_is_refused_there(
    chargecars: Brand, laderthuis: Brand, write: Write
) -> None:
    user = make_member("half", "agent", laderthuis)
    Membership.objects.create(user=user, business_entity=chargecars.entity, role="analyst")
    threads = [write(chargecars, "kapot"), write(laderthuis, "kapot")]
    answer = client_of(user).post(
        "/api/v1/threads/bulk/", {"threads": [str(t.id) for t in threads], "action": "resolve"}, format="json"
    )
    assert answer.json()["done"] == 1
    assert [refusal["reference_number"] for refusal in answer.json()["refused"]] == [
        threads[0].reference_number
    ]


def test_who_has_it_open_is_shown_to_colleagues_and_the_switch_is_ones_own(
    chargecars: Brand, agent: Any, colleague: Any, client: APIClient, write: Write
) -> None:
    thread = write(chargecars, "kapot")
    assert client.post(url(thread, "viewers"), {"writing": True}, format="json").json() == []
    assert client_of(colleague).get(url(thread, "viewers")).json() == [
        {"user_id": agent.pk, "name": "agent", "writing": True}
    ]
    client.post(url(thread, "viewers"), {"open": False}, format="json")
    assert client_of(colleague).get(url(thread, "viewers")).json() == []
    assert client.get("/api/v1/availability/").json() == {"available": True, "capacity": None}
    client.put("/api/v1/availability/", {"available": True, "capacity": 3}, format="json")
    CommunicationThread.objects.filter(pk=thread.pk).update(assignee=agent)
    away = client.put("/api/v1/availability/", {"available": False, "give_back": True}, format="json").json()
    assert away == {"available": False, "given_back": 1}
    presence = StaffPresence.objects.get(user=agent)
    assert (presence.is_available, presence.capacity) == (False, 3)
    thread.refresh_from_db()
    assert thread.assignee is None


def test_notices_are_ones_own_in_ones_own_brands(
    chargecars: Brand, agent: Any, colleague: Any, client: APIClient, write: Write
) -> None:
    thread = write(chargecars, "kapot")
    for user in (agent, colleague):
        StaffNotice.objects.create(
            business_entity=chargecars.entity, thread=thread, user=user, kind="mentioned"
        )
    assert client.get("/api/v1/notices/").json()["count"] == 1
    Membership.objects.filter(user=agent).delete()
    del agent._brand_roles
    assert client.get("/api/v1/notices/").status_code == 403


def test_the_schema_tells_of_every_action(client: APIClient) -> None:
    schema = client.get("/api/v1/schema/", headers={"accept": "application/json"}).json()
    for action in (*ACTIONS, "reply", "reply/check", "forward", "composer", "draft", "events", "viewers"):
        path = schema["paths"][f"/api/v1/threads/{{thread_id}}/{action}/"]
        assert path, action
        if action in (*ACTIONS, "reply", "forward"):
            assert "400" in path["post"]["responses"], action
    assert "409" in schema["paths"]["/api/v1/threads/{thread_id}/reply/"]["post"]["responses"]
    assert CommunicationMessage.objects.count() == 0
