"""What time and failures do to conversations, and that their trail and their people hear of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from channels_app.models import CommunicationMessage, CommunicationThread
from routing.models import DraftFile, StaffNotice, ThreadEvent
from routing.selectors.trail import events_of
from routing.services.desk.failures import failed_answers_return
from routing.services.desk.files import draft_file_add, draft_files_clear
from routing.services.desk.outgoing import Sent
from routing.services.desk.progress import thread_resolve, thread_snooze
from routing.services.override import thread_move_to_code
from routing.services.upkeep import threads_resolve_idle, threads_wake
from tests.factories import Brand
from tests.routing.desk.conftest import Write

pytestmark = pytest.mark.django_db


def failed(message: CommunicationMessage) -> None:
    CommunicationMessage.objects.filter(id=message.id).update(state="failed", error_text="mailbox is full")


def test_a_snooze_that_is_over_tells_whoever_works_on_it(chargecars: Brand, agent: Any, write: Write) -> None:
    mine, nobodys = write(chargecars, "kapot"), write(chargecars, "kapot")
    CommunicationThread.objects.filter(pk=mine.pk).update(assignee=agent)
    now = timezone.now()
    for thread in (mine, nobodys):
        thread_snooze(thread=thread, user=agent, until=now + timedelta(hours=1), now=now)

    assert threads_wake(now=now + timedelta(minutes=59)) == 0
    assert threads_wake(now=now + timedelta(minutes=61)) == 2
    assert list(StaffNotice.objects.values_list("kind", "user", "thread")) == [("woken", agent.pk, mine.pk)]
    assert [entry.event.kind for entry in events_of(nobodys)] == ["snoozed", "woken"]


def test_a_customer_who_fell_silent_is_resolved_in_the_trail(chargecars: Brand, write: Write) -> None:
    thread = write(chargecars, "kapot")
    CommunicationThread.objects.filter(pk=thread.pk).update(
        status="waiting", last_message_at=timezone.now() - timedelta(days=15)
    )
    assert threads_resolve_idle(now=timezone.now()) == 1
    [entry] = events_of(thread)
    assert (entry.event.kind, entry.event.actor, entry.event.data) == ("resolved", None, {"silent": True})


def test_a_move_stands_in_the_trail_too(chargecars: Brand, agent: Any, write: Write) -> None:
    thread = write(chargecars, "kapot")
    thread_move_to_code(thread=thread, code="admin", user=agent, reason="rekening", now=timezone.now())
    [entry] = events_of(thread)
    assert (entry.event.kind, entry.event.data["reason"], entry.who) == ("moved", "rekening", "agent")


@pytest.mark.parametrize("resolve", [False, True])
def test_an_answer_that_failed_opens_the_conversation_and_tells_its_writer_once(
    chargecars: Brand, agent: Any, colleague: Any, write: Write, answer: Callable[..., Sent], resolve: bool
) -> None:
    thread = write(chargecars, "kapot")
    failed(answer(thread, resolve_after=resolve).message)
    CommunicationThread.objects.filter(pk=thread.pk).update(assignee=colleague)

    assert failed_answers_return(now=timezone.now()) == 1
    assert failed_answers_return(now=timezone.now()) == 0

    thread.refresh_from_db()
    assert (thread.status, thread.resolved_at) == ("open", None)
    assert set(StaffNotice.objects.values_list("kind", "user__username", "preview")) == {
        ("reply_failed", "agent", "mailbox is full"), ("reply_failed", "colleague", "mailbox is full"),
    }  # fmt: skip


def test_an_answer_that_failed_changes_nothing_where_another_went_out_or_another_is_open(
    chargecars: Brand, agent: Any, write: Write, answer: Callable[..., Sent]
) -> None:
    answered = write(chargecars, "kapot")
    failed(answer(answered).message)
    answer(answered, "Nog een keer")
    old = write(chargecars, "kapot", sender="31680001111")
    message = answer(old, resolve_after=True).message
    CommunicationThread.objects.filter(pk=old.pk).update(resolved_at=timezone.now() - timedelta(days=8))
    new = write(chargecars, "kapot", sender="31680001111")
    assert new != old
    failed(message)

    assert failed_answers_return(now=timezone.now()) == 2
    answered.refresh_from_db()
    old.refresh_from_db()
    assert (answered.status, old.status) == ("waiting", "resolved")
    assert ThreadEvent.objects.filter(kind="reply_failed").count() == 2


def test_an_automatic_answer_that_failed_is_nobodys_work(chargecars: Brand, write: Write) -> None:
    thread = write(chargecars, "kapot")
    failed(thread.messages.get(message_type="auto_response"))
    assert failed_answers_return(now=timezone.now()) == 0


def test_uploads_that_were_never_sent_go_and_their_bytes_with_them(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    now = timezone.now()
    old, young = (
        draft_file_add(
            entity_id=chargecars.entity.id, user=agent, name="a", content_type="", data=b"x", now=now - timedelta(days=days)
        )
        for days in (15, 1)
    )  # fmt: skip
    assert draft_files_clear(now=now) == 1
    assert list(DraftFile.objects.all()) == [young]
    assert not Path(old.file.path).exists()
    assert Path(young.file.path).exists()


def test_the_trail_is_told_in_whole_sentences(chargecars: Brand, agent: Any, write: Write) -> None:
    thread = write(chargecars, "kapot")
    for kind in ThreadEvent.Kind:
        ThreadEvent.objects.create(business_entity=chargecars.entity, thread=thread, kind=kind, actor=agent)
    thread_resolve(thread=thread, user=agent, now=timezone.now())
    entries = events_of(thread)
    assert len(entries) == len(ThreadEvent.Kind) + 1
    for entry in entries:
        assert entry.sentence
        assert "%(" not in entry.sentence
        assert entry.icon != "circle"
