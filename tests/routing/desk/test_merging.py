from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from channels_app.models import CommunicationThread
from channels_app.services.thread_tokens import thread_token
from routing.models import Escalation, SlaTimer, ThreadEvent
from routing.services.desk.errors import DeskRefused
from routing.services.desk.merging import thread_unmerge, threads_merge
from routing.services.desk.progress import thread_reopen, thread_resolve
from tests.factories import Brand, make_member
from tests.routing.desk.conftest import Write

pytestmark = pytest.mark.django_db

Mail = Callable[..., CommunicationThread]


def running(thread: CommunicationThread) -> list[Any]:
    return list(SlaTimer.objects.filter(thread=thread, state="running").values_list("started_at", flat=True))


def test_messages_move_and_both_references_lead_to_what_goes_on(
    chargecars: Brand, agent: Any, mail: Mail
) -> None:
    first = mail(chargecars, "Eerste mail")
    second = mail(chargecars, "Tweede mail", subject="Iets anders")
    CommunicationThread.objects.filter(pk=second.pk).update(labels=["b"], is_urgent=True)
    started, counted = running(first), first.messages.count() + second.messages.count()

    threads_merge(source=second, target=first, user=agent, now=timezone.now())

    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.status, second.merged_into, second.messages.count()) == ("resolved", first, 0)
    assert (first.status, first.messages.count(), first.is_urgent) == ("new", counted, True)
    assert "b" in first.labels
    assert (running(first), running(second)) == (started, [])
    assert first.response_due_at is not None
    by_number = mail(chargecars, "Nog iets", subject=f"Re: {second.reference_number}")
    by_token = mail(
        chargecars, "En nog iets", subject="Zomaar", to=f"support+{thread_token(second.id)}@chargecars.nl"
    )
    assert (by_number, by_token) == (first, first)


def test_the_earlier_clock_stays_and_taking_apart_gives_each_its_own(
    chargecars: Brand, agent: Any, mail: Mail
) -> None:
    early, late = mail(chargecars, "Eerste"), mail(chargecars, "Tweede", subject="Iets anders")
    SlaTimer.objects.filter(thread=early).update(started_at=timezone.now() - timedelta(hours=1))
    clocks = {thread.pk: SlaTimer.objects.get(thread=thread).started_at for thread in (early, late)}

    threads_merge(source=early, target=late, user=agent, now=timezone.now())
    late.refresh_from_db()
    assert (running(late), running(early), late.waiting_since) == ([clocks[early.pk]], [], clocks[early.pk])
    after = mail(chargecars, "Daarna", subject=f"Re: {late.reference_number}")
    assert after == late
    thread_unmerge(source=early, user=agent, now=timezone.now())

    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.status, early.merged_into) == ("open", None)
    assert early.messages.filter(body__contains="Eerste").count() == 1
    assert {message.body.strip() for message in late.messages.filter(direction="inbound")} == {
        "Tweede",
        "Daarna",
    }
    assert (running(early), running(late)) == ([clocks[early.pk]], [clocks[late.pk]])
    assert (early.waiting_since, late.waiting_since) == (clocks[early.pk], clocks[late.pk])
    with pytest.raises(DeskRefused):
        thread_unmerge(source=early, user=agent, now=timezone.now())
    kinds = list(ThreadEvent.objects.filter(thread=late).order_by("id").values_list("kind", flat=True))
    assert kinds == ["merged", "unmerged"]


def test_an_emergency_goes_along(chargecars: Brand, agent: Any, mail: Mail) -> None:
    source, target = mail(chargecars, "Een vraag"), mail(chargecars, "Nog een vraag", subject="Tweede")
    escalation = Escalation.objects.create(
        business_entity=chargecars.entity, thread=source, channel=source.channel, cause="emergency"
    )
    threads_merge(source=source, target=target, user=agent, now=timezone.now())
    escalation.refresh_from_db()
    assert (escalation.thread, escalation.state) == (target, "open")


def test_an_old_conversation_on_one_number_joins_the_open_one_and_what_was_merged_stays_closed(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    old = write(chargecars, "kapot", sender="31680001111", at=timezone.now() - timedelta(days=20))
    thread_resolve(thread=old, user=agent, now=timezone.now() - timedelta(days=15))
    new = write(chargecars, "weer kapot", sender="31680001111")
    assert new != old
    threads_merge(source=old, target=new, user=agent, now=timezone.now())

    assert write(chargecars, "en weer", sender="31680001111") == new
    with pytest.raises(DeskRefused, match=new.reference_number):
        thread_reopen(thread=old, user=agent, now=timezone.now())
    thread_resolve(thread=new, user=agent, now=timezone.now())
    assert write(chargecars, "nog een keer", sender="31680001111") == new


def test_merging_a_merged_conversation_keeps_every_reference_one_step_away(
    chargecars: Brand, agent: Any, mail: Mail
) -> None:
    one, two, three = (mail(chargecars, subject=f"Onderwerp {number}") for number in range(3))
    threads_merge(source=one, target=two, user=agent, now=timezone.now())
    threads_merge(source=two, target=three, user=agent, now=timezone.now())
    one.refresh_from_db()
    assert one.merged_into == three
    assert mail(chargecars, subject=f"Re: {one.reference_number}") == three


def test_two_brands_media_or_people_are_never_mixed(
    chargecars: Brand, laderthuis: Brand, agent: Any, write: Write, mail: Mail
) -> None:
    both = make_member("both", "agent", chargecars, laderthuis)
    letter, chat, other = mail(chargecars), write(chargecars, "kapot"), write(chargecars, "defect")
    theirs = mail(laderthuis, to="support@laderthuis.nl")
    for source, target in ((letter, theirs), (letter, chat), (chat, other), (chat, chat)):
        with pytest.raises(DeskRefused):
            threads_merge(source=source, target=target, user=both, now=timezone.now())
    with pytest.raises(PermissionDenied):
        threads_merge(source=letter, target=theirs, user=agent, now=timezone.now())
    assert not ThreadEvent.objects.exists()
