from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from channels_app.models import CommunicationThread, OutboxItem
from routing.models import Escalation, SlaTimer, StaffNotice, ThreadEvent
from routing.services.desk.assigning import thread_assign, thread_give_back, thread_take
from routing.services.desk.blocking import (
    sender_block,
    sender_unblock,
    thread_mark_spam,
    thread_unmark_spam,
)
from routing.services.desk.errors import DeskRefused
from routing.services.desk.escalating import thread_escalate
from routing.services.desk.labelling import thread_label
from routing.services.desk.progress import thread_reopen, thread_resolve, thread_snooze, thread_wake
from tests.factories import Brand
from tests.routing.desk.conftest import Write

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def kinds(thread: CommunicationThread) -> list[str]:
    return list(ThreadEvent.objects.filter(thread=thread).order_by("id").values_list("kind", flat=True))


def test_resolving_ends_the_clock_and_reopening_takes_it_up_where_it_was(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    due = thread.response_due_at

    thread_resolve(thread=thread, user=agent, now=timezone.now())
    thread.refresh_from_db()
    clock = SlaTimer.objects.get(thread=thread)
    assert (thread.status, thread.waiting_since, thread.response_due_at, clock.state) == (
        "resolved", None, None, "cancelled",
    )  # fmt: skip
    thread_resolve(thread=thread, user=agent, now=timezone.now())

    thread_reopen(thread=thread, user=agent, now=timezone.now())
    thread.refresh_from_db()
    clock.refresh_from_db()
    assert (thread.status, thread.response_due_at, thread.waiting_since, clock.state) == (
        "open", due, clock.started_at, "running",
    )  # fmt: skip
    assert kinds(thread) == ["resolved", "reopened"]
    with pytest.raises(DeskRefused):
        thread_reopen(thread=thread, user=agent, now=timezone.now())


def test_a_second_open_conversation_on_one_number_is_refused_in_words(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    old = write(chargecars, "mijn laadpaal is kapot", sender="31680001111")
    thread_resolve(thread=old, user=agent, now=timezone.now() - timedelta(days=30))
    new = write(chargecars, "een nieuwe vraag", sender="31680001111")
    assert new != old

    with pytest.raises(DeskRefused, match=new.reference_number):
        thread_reopen(thread=old, user=agent, now=timezone.now())
    old.refresh_from_db()
    assert old.status == "resolved"


def test_a_snooze_ends_by_itself_by_hand_or_when_the_customer_writes(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot", sender="31680001111")
    until = timezone.now() + timedelta(days=1)
    for wrong in (timezone.now() - timedelta(minutes=1), timezone.now() + timedelta(days=400)):
        with pytest.raises(DeskRefused):
            thread_snooze(thread=thread, user=agent, until=wrong, now=timezone.now())

    thread_snooze(thread=thread, user=agent, until=until, now=timezone.now())
    thread.refresh_from_db()
    assert (thread.status, thread.snoozed_until) == ("snoozed", until)
    assert SlaTimer.objects.get(thread=thread).state == "running"  # the promise stands
    thread_wake(thread=thread, user=agent, now=timezone.now())
    with pytest.raises(DeskRefused):
        thread_wake(thread=thread, user=agent, now=timezone.now())
    thread_snooze(thread=thread, user=agent, until=until, now=timezone.now())
    write(chargecars, "nog steeds kapot", sender="31680001111")

    thread.refresh_from_db()
    assert (thread.status, thread.snoozed_until) == ("open", None)
    assert kinds(thread) == ["snoozed", "woken", "snoozed"]


def test_work_is_taken_given_and_given_back_and_everybody_concerned_hears_of_it(
    chargecars: Brand, agent: Any, colleague: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")

    thread_take(thread=thread, user=agent, now=NOW)
    with pytest.raises(DeskRefused, match="agent"):
        thread_take(thread=thread, user=colleague, now=NOW)
    thread_take(thread=thread, user=colleague, now=NOW, confirmed=True)
    thread_assign(thread=thread, to=agent, user=colleague, now=NOW)
    thread_assign(thread=thread, to=colleague, user=agent, now=NOW, note="Wil jij de monteur bellen?")
    thread_give_back(thread=thread, user=colleague, now=NOW, note="Ik ben naar huis")
    with pytest.raises(DeskRefused):
        thread_give_back(thread=thread, user=colleague, now=NOW)

    thread.refresh_from_db()
    assert thread.assignee is None
    assert kinds(thread) == ["taken", "taken", "assigned", "handed_over", "given_back"]
    assert list(StaffNotice.objects.order_by("id").values_list("kind", "user__username", "preview")) == [
        ("assigned", "agent", ""),
        ("handed_over", "colleague", "Wil jij de monteur bellen?"),
    ]
    assert list(
        thread.messages.filter(direction="internal").order_by("id").values_list("body", flat=True)
    ) == ["Wil jij de monteur bellen?", "Ik ben naar huis"]


def test_nobody_of_another_brand_can_be_given_work_or_do_it(
    chargecars: Brand, agent: Any, analyst: Any, stranger: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")

    for person in (stranger, analyst):
        with pytest.raises(DeskRefused):
            thread_assign(thread=thread, to=person, user=agent, now=NOW)
        for action in (thread_take, thread_resolve, thread_mark_spam, sender_block):
            with pytest.raises(PermissionDenied):
                action(thread=thread, user=person, now=NOW)
    assert kinds(thread) == []


def test_escalating_by_hand_calls_the_team_once_and_taking_it_acknowledges(
    chargecars: Brand, agent: Any, colleague: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    OutboxItem.objects.all().delete()
    with pytest.raises(DeskRefused):
        thread_escalate(thread=thread, user=agent, reason="  ", now=NOW)

    done = thread_escalate(thread=thread, user=agent, reason="Klant staat stil", now=NOW)
    with pytest.raises(DeskRefused):
        thread_escalate(thread=thread, user=agent, reason="Nog eens", now=NOW)

    card = OutboxItem.objects.get()
    assert (done.outgoing, done.heard) == ((card.channel_id,), True)
    assert card.business_entity == chargecars.entity
    assert ["Waarom", "Klant staat stil"] in card.payload["facts"]
    thread.refresh_from_db()
    assert thread.is_urgent
    assert thread.escalated_at == NOW
    thread_take(thread=thread, user=colleague, now=NOW)
    escalation = Escalation.objects.get()
    assert (escalation.state, escalation.acknowledged_by) == ("acknowledged", "Sanne Bakker")


def test_spam_is_set_aside_and_comes_back_with_its_clock(chargecars: Brand, agent: Any, write: Write) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")

    thread_mark_spam(thread=thread, user=agent, now=NOW)
    thread.refresh_from_db()
    assert (thread.status, thread.set_aside, thread.labels) == ("resolved", True, ["spam"])
    assert SlaTimer.objects.get(thread=thread).state == "cancelled"
    thread_unmark_spam(thread=thread, user=agent, now=NOW)

    thread.refresh_from_db()
    assert (thread.status, thread.set_aside, thread.labels) == ("open", False, [])
    assert SlaTimer.objects.get(thread=thread).state == "running"
    assert kinds(thread) == ["marked_spam", "unmarked_spam"]


def test_what_a_blocked_sender_writes_is_kept_without_answer_or_clock_until_unblocked(
    chargecars: Brand, laderthuis: Brand, agent: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot", sender="31680001111")
    sender_block(thread=thread, user=agent, now=timezone.now())

    again = write(chargecars, "lees mij", sender="31680001111")
    elsewhere = write(laderthuis, "lees mij", sender="31680001111")

    assert again.status == "resolved"
    assert SlaTimer.objects.filter(state="running", business_entity=chargecars.entity).count() == 0
    assert elsewhere.status == "new"  # the other brand decides for itself
    sender_unblock(thread=thread, user=agent, now=timezone.now())
    thread.contact.refresh_from_db()
    assert thread.contact.blocked_at is None
    assert kinds(thread) == ["blocked", "unblocked"]


def test_labels_differ_by_more_than_capitals(chargecars: Brand, agent: Any, write: Write) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    CommunicationThread.objects.filter(pk=thread.pk).update(labels=[])

    thread_label(thread=thread, user=agent, now=NOW, add=["  Garantie ", "garantie", "", "zakelijk"])
    thread_label(thread=thread, user=agent, now=NOW, add=["GARANTIE"])
    thread_label(thread=thread, user=agent, now=NOW, remove=["Zakelijk"])
    for wrong in (["x" * 51], [str(number) for number in range(20)]):
        with pytest.raises(DeskRefused):
            thread_label(thread=thread, user=agent, now=NOW, add=wrong)

    thread.refresh_from_db()
    assert thread.labels == ["Garantie"]
    assert kinds(thread) == ["labelled", "labelled"]


def test_the_trail_cannot_be_rewritten(chargecars: Brand, agent: Any, write: Write) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    thread_take(thread=thread, user=agent, now=NOW)
    event = ThreadEvent.objects.get()

    with pytest.raises(Exception, match=r"(?i)cannot update"), transaction.atomic():
        ThreadEvent.objects.filter(pk=event.pk).update(kind="resolved")
    agent.delete()

    event.refresh_from_db()
    assert (event.kind, event.actor) == ("taken", None)
