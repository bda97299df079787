from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels_app.models import (
    Attachment,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    OutboxItem,
)
from routing.inbox.actions import ACTIONS
from routing.inbox.mail_frame import framed_mail, has_remote_images
from routing.models import DraftFile, ReadMark, ThreadDraft, ThreadEvent
from routing.services.desk.seen import seen_token
from tests.admin.conftest import Staff
from tests.factories import Brand
from tests.inbox.conftest import MakeThread

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(staff: Staff) -> Client:
    return staff.agent


def act(browser: Client, thread: CommunicationThread, action: str, **given: Any) -> Any:
    return browser.post(reverse("inbox-act", args=[thread.pk, action]), given, headers=HTMX)


def said(answer: Any) -> dict[str, Any]:
    """What the page tells its reader."""
    told: dict[str, Any] = json.loads(answer["HX-Trigger"])["inbox:said"]
    return told


def write(browser: Client, thread: CommunicationThread, agent: User, **given: Any) -> Any:
    fields = {"mode": "reply", "body": "Dag!", "key": "k1", "seen": seen_token(thread, agent)}
    return browser.post(reverse("inbox-write", args=[thread.pk]), fields | given, headers=HTMX)


def test_a_conversation_costs_the_same_queries_however_long_it_is(
    browser: Client, thread: CommunicationThread
) -> None:
    url = reverse("inbox-thread", args=[thread.pk])
    pane = {**HTMX, "HX-Target": "ib-pane"}
    browser.get(url, headers=pane)
    with CaptureQueriesContext(connection) as short:
        browser.get(url, headers=pane)
    now = timezone.now()
    for number in range(30):
        message = CommunicationMessage.objects.create(
            business_entity=thread.business_entity, thread=thread, channel=thread.source_channel,
            direction="inbound", message_type="customer", state="received", body=f"bericht {number}",
            sender="+31687654321", sent_at=now + timedelta(minutes=number),
        )  # fmt: skip
        Attachment.objects.create(
            business_entity=thread.business_entity, message=message, name="foto.png", state="pending"
        )
        ThreadEvent.objects.create(
            business_entity=thread.business_entity, thread=thread, kind="taken", data={}
        )
    with CaptureQueriesContext(connection) as long:
        html = browser.get(url, headers=pane).content.decode()
    assert html.count("bericht ") >= 30
    assert len(long) == len(short) <= 25


def test_every_action_is_known_to_the_page_and_an_unknown_one_is_not_found(
    browser: Client, thread: CommunicationThread
) -> None:
    assert act(browser, thread, "explode").status_code == 404
    assert browser.get(reverse("inbox-act", args=[thread.pk, "take"])).status_code == 405
    html = browser.get(reverse("inbox-thread", args=[thread.pk])).content.decode()
    offered = {action for action in ACTIONS if reverse("inbox-act", args=[thread.pk, action]) in html}
    assert offered >= {
        "take",
        "assign",
        "move",
        "snooze",
        "resolve",
        "label",
        "escalate",
        "spam",
        "block",
        "unread",
    }


def test_actions_change_the_conversation_and_show_it_as_it_is_then(
    browser: Client, thread: CommunicationThread, agent: User
) -> None:
    taken = act(browser, thread, "take")
    assert b'hx-swap-oob="true"' in taken.content
    assert b"ib-composer" not in taken.content  # what somebody is writing is left alone
    until = (timezone.now() + timedelta(hours=3)).isoformat()
    for action, given in (
        ("label", {"labels": "garantie, spoed"}),
        ("snooze", {"until": until}),
        ("wake", {}),
        ("resolve", {}),
        ("reopen", {}),
        ("assign", {"to": "nobody"}),
    ):
        assert said(act(browser, thread, action, **given))["kind"] == "good", action
    thread.refresh_from_db()
    assert (thread.status, thread.assignee, thread.labels) == ("open", None, ["garantie", "spoed"])


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("snooze", {"until": "gisteren"}), ("snooze", {"own": "1", "at": "2020-01-01T10:00"}), ("snooze", {}),
        ("assign", {"to": "9" * 40}), ("assign", {"to": "x"}), ("move", {"to": "nope", "reason": "x"}),
        ("move", {"to": "sales", "reason": ""}), ("escalate", {"reason": " "}), ("wake", {}), ("reopen", {}),
        ("suggestion", {"take": "runner_up"}), ("unspam", {}), ("unmerge", {}),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_changes_nothing(
    action: str, given: dict[str, str], browser: Client, thread: CommunicationThread
) -> None:
    answer = act(browser, thread, action, **given)
    assert answer.status_code == 204
    assert said(answer)["kind"] == "bad"
    assert not ThreadEvent.objects.exists()


def test_without_scripts_an_action_leads_back_to_the_conversation(
    browser: Client, thread: CommunicationThread
) -> None:
    answer = browser.post(reverse("inbox-act", args=[thread.pk, "resolve"]) + "?view=mine")
    assert answer.status_code == 302
    assert answer["Location"] == reverse("inbox-thread", args=[thread.pk]) + "?view=mine"


def test_an_answer_is_queued_once_however_often_the_form_arrives(
    browser: Client, thread: CommunicationThread, agent: User
) -> None:
    for _attempt in range(2):
        answer = write(browser, thread, agent)
        assert json.loads(answer["HX-Trigger"])["inbox:changed"]["undo"]["seconds"] > 0
    message = CommunicationMessage.objects.get(message_type="reply")
    assert message.author == agent
    assert OutboxItem.objects.filter(message=message).count() == 1
    undone = browser.post(reverse("inbox-undo", args=[thread.pk, message.pk]), headers=HTMX)
    assert said(undone)["kind"] == "good"
    assert ThreadDraft.objects.get().body == "Dag!"


def test_send_and_resolve_and_send_and_snooze(
    browser: Client, thread: CommunicationThread, agent: User
) -> None:
    until = (timezone.now() + timedelta(days=1)).isoformat()
    write(browser, thread, agent, then="snooze", until=until)
    thread.refresh_from_db()
    assert thread.status == "snoozed"
    write(browser, thread, agent, then="resolve", key="k2")
    thread.refresh_from_db()
    assert thread.status == "resolved"
    refused = write(browser, thread, agent, then="snooze", until="ooit", key="k3")
    assert said(refused)["kind"] == "bad"
    assert CommunicationMessage.objects.filter(message_type="reply").count() == 2


def test_what_somebody_wrote_meanwhile_is_shown_before_an_answer_leaves(
    browser: Client, thread: CommunicationThread, agent: User
) -> None:
    before = seen_token(thread, agent)
    CommunicationMessage.objects.create(
        business_entity=thread.business_entity, thread=thread, channel=thread.source_channel, direction="inbound",
        message_type="customer", state="received", sender="+31687654321", body="Laat maar!", sent_at=timezone.now(),
    )  # fmt: skip
    stopped = write(browser, thread, agent, seen=before)
    assert stopped["HX-Retarget"] == "#ib-dialog"
    assert "Laat maar!" in stopped.content.decode()
    assert ThreadDraft.objects.get().body == "Dag!"
    assert not CommunicationMessage.objects.filter(message_type="reply").exists()
    write(browser, thread, agent, seen=before, confirmed="1")
    assert CommunicationMessage.objects.filter(message_type="reply").count() == 1


def test_words_of_another_brand_are_warned_of_while_writing_and_before_sending(
    browser: Client, thread: CommunicationThread, agent: User, beta: Brand
) -> None:
    form = {
        "mode": "reply",
        "body": "Mail naar support@beta.nl",
        "key": "k",
        "seen": seen_token(thread, agent),
    }
    facts = browser.post(reverse("inbox-draft", args=[thread.pk]), form).json()
    assert "support@beta.nl" in facts["warnings"][0]
    stopped = write(browser, thread, agent, body=form["body"])
    assert stopped["HX-Retarget"] == "#ib-dialog"
    assert "support@beta.nl" in stopped.content.decode()
    write(browser, thread, agent, body=form["body"], confirmed_leaks="1")
    assert CommunicationMessage.objects.filter(message_type="reply").exists()


def test_a_draft_with_its_fields_is_there_again_and_empty_text_clears_it(
    browser: Client, thread: CommunicationThread
) -> None:
    url = reverse("inbox-draft", args=[thread.pk])
    assert browser.post(url, {"mode": "note", "body": "Nog bellen"}).json()["saved"]
    html = browser.get(reverse("inbox-thread", args=[thread.pk])).content.decode()
    assert ">Nog bellen</textarea>" in html
    assert 'value="note" checked' in html
    browser.post(url, {"mode": "note", "body": " "})
    assert not ThreadDraft.objects.exists()
    assert browser.post(url, {"mode": "fax", "body": "x"}).status_code == 400


def test_a_file_is_uploaded_taken_off_and_sent(
    browser: Client, thread: CommunicationThread, agent: User
) -> None:
    url = reverse("inbox-upload", args=[thread.pk])
    kept = browser.post(url, {"file": SimpleUploadedFile("foto.png", b"png", "image/png")}).json()
    gone = browser.post(url, {"file": SimpleUploadedFile("weg.txt", b"x", "text/plain")}).json()
    assert browser.post(url, {"file": SimpleUploadedFile("leeg.txt", b"")}).status_code == 400
    assert browser.post(url).status_code == 400
    browser.post(reverse("inbox-upload-remove", args=[thread.pk, gone["id"]]))
    assert [str(file.pk) for file in DraftFile.objects.all()] == [kept["id"]]
    write(browser, thread, agent, attachment=[kept["id"], "nonsense"])
    message = CommunicationMessage.objects.get(message_type="reply")
    assert [file.name for file in message.attachments.all()] == ["foto.png"]


def test_outside_the_window_only_an_approved_template_is_offered(
    browser: Client, thread: CommunicationThread, alfa: Brand, agent: User
) -> None:
    CommunicationMessage.objects.filter(direction="inbound").update(
        sent_at=timezone.now() - timedelta(days=2)
    )
    CommunicationTemplate.objects.create(
        business_entity=alfa.entity, template_code="vrij", template_name="Vrije tekst", situation="reply",
        content="Dag {{ customer_name }}",
    )  # fmt: skip
    approved = CommunicationTemplate.objects.create(
        business_entity=alfa.entity, template_code="bericht", template_name="Bericht klaar", situation="reply",
        content="Dag {{ customer_name }}, er is nieuws.", channel_type="whatsapp", provider_name="bericht",
        approval="approved", provider_variables=["customer_name"],
    )  # fmt: skip
    html = browser.get(reverse("inbox-thread", args=[thread.pk])).content.decode()
    assert "lock_clock" in html
    vrij, bericht = html.split("Vrije tekst")[0][-400:], html.split("Bericht klaar")[0][-400:]
    assert "disabled" in vrij
    assert "data-approved" in bericht
    assert said(write(browser, thread, agent, body="vrij geschreven"))["kind"] == "bad"
    write(browser, thread, agent, body="", template=str(approved.pk), **{"value-customer_name": "Bo"})
    assert CommunicationMessage.objects.get(message_type="reply").body == "Dag Bo, er is nieuws."


def test_a_sign_of_life_marks_as_read_what_the_page_showed_and_names_who_else_is_here(
    staff: Staff, browser: Client, thread: CommunicationThread, agent: User
) -> None:
    url = reverse("inbox-here", args=[thread.pk])
    staff.manager.post(url, {"writing": "1"})
    early = (thread.last_inbound_at or timezone.now()) - timedelta(seconds=1)
    told = browser.post(url, {"seen": early.isoformat()}).json()
    assert [(who["name"], who["writing"]) for who in told["viewers"]] == [("alfa-manager", True)]
    assert ReadMark.objects.get(user=agent).seen_inbound_at == early
    for nonsense in ("x", "2026-01-01", ""):
        assert browser.post(url, {"seen": nonsense}).status_code == 200
    staff.manager.post(url, {"gone": "1"})
    assert browser.post(url).json()["viewers"] == []


def test_formatted_mail_runs_nothing_and_fetches_pictures_only_when_asked(
    browser: Client, thread: CommunicationThread
) -> None:
    message = CommunicationMessage.objects.filter(thread=thread, direction="inbound").get()
    message.html = (
        '<p style="color:red" onclick="x()">Hoi<script>alert(1)</script><style>p{}</style>'
        '<img src="https://volg.example/pixel.gif"><img src="cid:foto@mail"><img src="data:image/png;base64,AA">'
        '<a href="javascript:x()">a</a><a href="data:text/html,x">b</a><a href="https://ok.example">c</a>'
        '<form action="https://fout.example"><input name="wachtwoord"></form><iframe src="/admin/"></iframe></p>'
    )
    message.save()
    photo = Attachment.objects.get(message=message)
    photo.content_id = "<foto@mail>"
    photo.save()
    plain = framed_mail(message, title="x", remote_images=False)
    for part in (
        "<script",
        "alert(1)",
        "onclick",
        "volg.example",
        "javascript:",
        "data:text/html",
        "<form",
        "<input",
        "<iframe",
    ):
        assert part not in plain, part
    assert str(photo.pk) in plain
    assert "data:image/png" in plain
    assert 'rel="noopener noreferrer nofollow"' in plain
    assert "volg.example" in framed_mail(message, title="x", remote_images=True)
    assert has_remote_images(message.html)
    assert not has_remote_images('<img src="cid:x"><a href="https://x">')
    url = reverse("inbox-mail", args=[thread.pk, message.pk])
    policy = browser.get(url)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "https:" not in policy
    assert "https:" in browser.get(url, {"images": "1"})["Content-Security-Policy"]
    other = CommunicationMessage.objects.exclude(thread=thread).first()
    assert other is not None
    assert browser.get(reverse("inbox-mail", args=[thread.pk, other.pk])).status_code == 404


def test_two_conversations_become_one_by_reference_and_part_again(
    browser: Client, thread: CommunicationThread, alfa: Brand, make_thread: MakeThread
) -> None:
    other = make_thread(
        alfa, 1, words="Zelfde klant", contact=thread.contact, status="resolved", waiting_since=None
    )
    url = reverse("inbox-merge", args=[thread.pk])
    assert other.reference_number in browser.get(url, headers=HTMX).content.decode()
    missing = browser.post(url, {"reference": "BETA-MSG-2026-000000"}, headers=HTMX)
    assert missing["HX-Retarget"] == "#ib-dialog"
    assert (
        said(browser.post(url, {"reference": other.reference_number.lower()}, headers=HTMX))["kind"] == "good"
    )
    other.refresh_from_db()
    assert other.merged_into_id == thread.pk
    page = browser.get(reverse("inbox-thread", args=[other.pk])).content.decode()
    assert reverse("inbox-act", args=[other.pk, "unmerge"]) in page
    assert said(act(browser, other, "unmerge"))["kind"] == "good"


def test_a_conversation_is_forwarded_by_mail_with_the_files_that_were_chosen(
    browser: Client, thread: CommunicationThread
) -> None:
    photo = Attachment.objects.get(message__thread=thread)
    url = reverse("inbox-forward", args=[thread.pk])
    assert photo.name in browser.get(url, headers=HTMX).content.decode()
    form = {"to": "monteur@elders.example", "body": "Kun jij langs?", "key": "f1", "include": "last",
            "attachment": [str(photo.pk)]}  # fmt: skip
    for wrong in ({"to": "geen adres"}, {"body": ""}, {"to": "support@beta.nl"}):
        assert browser.post(url, form | wrong, headers=HTMX)["HX-Retarget"] == "#ib-dialog"
    assert said(browser.post(url, form, headers=HTMX))["kind"] == "good"
    message = CommunicationMessage.objects.get(message_type="forward")
    assert message.recipients == ["monteur@elders.example"]
    assert message.attachments.count() == 1


def test_a_conversation_is_begun_with_somebody_new_and_a_refusal_keeps_what_was_typed(
    browser: Client, alfa: Brand
) -> None:
    url = reverse("inbox-new")
    channel = alfa.channel("email", "support")
    form = {"channel": str(channel.pk), "address": "nieuw@klant.example", "name": "Nieuw", "subject": "Afspraak",
            "body": "Zullen we bellen?", "key": "n1"}  # fmt: skip
    refused = browser.post(
        url, form | {"address": "geen adres", "file": SimpleUploadedFile("plan.pdf", b"pdf")}
    )
    html = refused.content.decode()
    assert refused.status_code == 200
    assert "Zullen we bellen?" in html
    assert "plan.pdf" in html
    begun = browser.post(url, form | {"attachment": str(DraftFile.objects.get().pk)})
    thread = CommunicationThread.objects.get(subject="Afspraak")
    assert begun["Location"] == reverse("inbox-thread", args=[thread.pk])
    assert thread.contact.name == "Nieuw"
    words = browser.get(url, {"channel": str(alfa.channel("whatsapp", "support").pk)},
                        headers={**HTMX, "HX-Target": "ib-words"}).content.decode()  # fmt: skip
    assert "<html" not in words
    assert 'name="subject"' not in words


def test_the_bell_shows_own_notices_and_marks_them_read(
    staff: Staff, browser: Client, thread: CommunicationThread
) -> None:
    staff.manager.post(
        reverse("inbox-write", args=[thread.pk]),
        {"mode": "note", "body": "Kijk jij, @alfa-agent?"},
        headers=HTMX,
    )
    html = browser.get(reverse("inbox-notices")).content.decode()
    assert "Kijk jij, @alfa-agent?" in html
    assert "is-unread" in html
    assert "Kijk jij" not in staff.administrator.get(reverse("inbox-notices")).content.decode()
    browser.post(reverse("inbox-notices"))
    assert "is-unread" not in browser.get(reverse("inbox-notices")).content.decode()


def test_one_action_for_many_says_what_was_refused(
    browser: Client, thread: CommunicationThread, alfa: Brand, make_thread: MakeThread, agent: User
) -> None:
    other = make_thread(alfa, 1, status="resolved", waiting_since=None)
    chosen = [str(thread.pk), str(other.pk)]
    url = reverse("inbox-bulk")
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    answer = browser.post(url, {"thread": chosen, "snooze": until}, headers=HTMX)
    assert said(answer)["kind"] == "bad"
    assert other.reference_number in said(answer)["text"]
    thread.refresh_from_db()
    assert thread.status == "snoozed"
    for given in ({"assign": str(agent.pk)}, {"action": "label", "label": "garantie"}):
        assert said(browser.post(url, {"thread": chosen, **given}, headers=HTMX))["kind"] == "good"
    assert set(CommunicationThread.objects.filter(assignee=agent)) == {thread, other}
    assert browser.post(url, {"thread": chosen, "action": "explode"}).status_code == 404
    assert said(browser.post(url, {"thread": chosen, "snooze": "x"}, headers=HTMX))["kind"] == "bad"
