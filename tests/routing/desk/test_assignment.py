"""Giving conversations to people: who is at work, who has room, never twice."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache
from django.db import connections
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisDown

from channels_app.models import BusinessEntityChannel, CommunicationThread, Membership, MentionGroup
from routing.models import StaffNotice, StaffPresence, ThreadEvent
from routing.services.desk.auto_assignment import conversations_assign
from routing.services.desk.errors import DeskRefused
from routing.services.desk.notes import note_add
from routing.services.desk.presence import (
    availability_set,
    is_available,
    staff_seen,
    thread_closed,
    thread_opened,
    viewers,
)
from routing.services.desk.reading import thread_mark_read, thread_mark_unread
from routing.services.giving_back import threads_give_back
from tests.factories import Brand, make_member
from tests.routing.desk.conftest import Write

pytestmark = pytest.mark.django_db


def automatic(brand: Brand) -> None:
    BusinessEntityChannel.objects.filter(business_entity=brand.entity).update(auto_assignment=True)


def at_work(*users: Any, at: datetime | None = None, **fields: Any) -> None:
    for user in users:
        StaffPresence.objects.update_or_create(
            user=user, defaults={"last_seen_at": at or timezone.now(), **fields}
        )


def assignees(*threads: CommunicationThread) -> list[str]:
    found = CommunicationThread.objects.in_bulk([thread.id for thread in threads])
    return [found[thread.id].assignee.username if found[thread.id].assignee else "" for thread in threads]  # type: ignore[union-attr]


def test_whoever_has_the_fewest_gets_the_next_and_nobody_more_than_they_can_carry(
    chargecars: Brand, agent: Any, colleague: Any, write: Write
) -> None:
    automatic(chargecars)
    at_work(agent, capacity=1)
    at_work(colleague)
    threads = [write(chargecars, "kapot") for _ in range(4)]

    assert conversations_assign(now=timezone.now()) == 4
    assert conversations_assign(now=timezone.now()) == 0

    assert sorted(assignees(*threads)) == ["agent", "colleague", "colleague", "colleague"]
    assert StaffNotice.objects.filter(kind="assigned").count() == 4
    assert set(ThreadEvent.objects.values_list("kind", "actor")) == {("auto_assigned", None)}


def test_only_people_at_work_of_the_brand_who_may_answer_get_anything(
    chargecars: Brand,
    laderthuis: Brand,
    agent: Any,
    colleague: Any,
    analyst: Any,
    stranger: Any,
    write: Write,
) -> None:
    automatic(chargecars)
    at_work(analyst, stranger)
    at_work(agent, at=timezone.now() - timedelta(hours=1))
    at_work(colleague, is_available=False)
    thread = write(chargecars, "kapot")

    assert conversations_assign(now=timezone.now()) == 0
    staff_seen(user=agent, now=timezone.now())
    assert conversations_assign(now=timezone.now()) == 1
    assert assignees(thread) == ["agent"]


def test_without_the_channels_wish_or_when_it_waits_for_the_customer_nothing_is_given(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    at_work(agent)
    thread = write(chargecars, "kapot")
    assert conversations_assign(now=timezone.now()) == 0
    automatic(chargecars)
    for fields in (
        {"status": "waiting"},
        {"status": "snoozed"},
        {"status": "resolved"},
        {"status": "new", "set_aside": True},
    ):
        CommunicationThread.objects.filter(pk=thread.pk).update(**fields)
        assert conversations_assign(now=timezone.now()) == 0


def test_what_is_nearly_late_leaves_somebody_who_went_home_for_somebody_at_work(
    chargecars: Brand, agent: Any, colleague: Any, write: Write
) -> None:
    automatic(chargecars)
    thread = write(chargecars, "kapot")
    CommunicationThread.objects.filter(pk=thread.pk).update(
        assignee=agent, response_due_at=timezone.now() + timedelta(hours=3)
    )
    at_work(colleague)
    assert conversations_assign(now=timezone.now()) == 0  # time enough
    CommunicationThread.objects.filter(pk=thread.pk).update(
        response_due_at=timezone.now() + timedelta(minutes=10)
    )
    at_work(agent)
    assert conversations_assign(now=timezone.now()) == 0  # at work
    at_work(agent, at=timezone.now() - timedelta(hours=1))

    assert conversations_assign(now=timezone.now()) == 1
    assert assignees(thread) == ["colleague"]
    assert ThreadEvent.objects.get().data["from"] == "agent"


@pytest.mark.django_db(transaction=True)
def test_workers_that_give_out_at_the_same_time_give_nothing_twice(
    chargecars: Brand, agent: Any, colleague: Any, write: Write
) -> None:
    automatic(chargecars)
    at_work(agent, colleague, capacity=2)
    threads = [write(chargecars, "kapot") for _ in range(6)]
    start = threading.Barrier(4)
    given: list[int] = []

    def give() -> None:
        try:
            start.wait()
            for _ in range(3):
                given.append(conversations_assign(now=timezone.now()))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=give) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(given) == 4
    assert sorted(assignees(*threads)) == ["", "", "agent", "agent", "colleague", "colleague"]
    assert ThreadEvent.objects.filter(kind="auto_assigned").count() == 4


def test_who_goes_off_gives_back_and_the_trail_says_so(chargecars: Brand, agent: Any, write: Write) -> None:
    thread = write(chargecars, "kapot")
    CommunicationThread.objects.filter(pk=thread.pk).update(assignee=agent)
    assert is_available(agent)
    assert availability_set(user=agent, available=False, now=timezone.now()) == 0
    assert assignees(thread) == ["agent"]
    assert availability_set(user=agent, available=False, now=timezone.now(), give_back=True) == 1
    assert not is_available(agent)
    assert threads_give_back(user=agent, now=timezone.now()) == 0
    event = ThreadEvent.objects.get()
    assert (event.kind, event.actor, event.data["absent"]) == ("given_back", agent, False)


def test_a_sign_of_life_is_written_at_most_once_a_minute(agent: Any) -> None:
    now = timezone.now()
    for seconds, seen in ((0, 0), (30, 0), (61, 61)):
        staff_seen(user=agent, now=now + timedelta(seconds=seconds))
        assert StaffPresence.objects.get().last_seen_at == now + timedelta(seconds=seen)


def test_who_has_it_open_is_known_for_half_a_minute(
    chargecars: Brand, agent: Any, colleague: Any, write: Write
) -> None:
    one, two, now = write(chargecars, "kapot"), write(chargecars, "kapot"), timezone.now()
    cache.clear()
    thread_opened(thread_id=one.id, user=agent, now=now, writing=True)
    thread_opened(thread_id=two.id, user=agent, now=now)
    thread_opened(thread_id=one.id, user=colleague, now=now)

    shown = viewers([one.id, two.id], [agent, colleague], now=now, but=colleague)
    assert {key: [(v.name, v.writing) for v in found] for key, found in shown.items()} == {
        one.id: [("agent", True)], two.id: [("agent", False)],
    }  # fmt: skip
    assert viewers([one.id], [agent], now=now + timedelta(seconds=31)) == {}
    thread_closed(thread_id=one.id, user=agent)
    assert list(viewers([one.id, two.id], [agent], now=now)) == [two.id]


def test_without_a_cache_nobody_has_anything_open_and_nothing_breaks(
    chargecars: Brand, agent: Any, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = write(chargecars, "kapot")

    def down(*_: Any, **__: Any) -> Any:
        raise RedisDown("down")

    for verb in ("get_many", "set"):
        monkeypatch.setattr(RedisCache, verb, down)
    thread_opened(thread_id=thread.id, user=agent, now=timezone.now())
    thread_closed(thread_id=thread.id, user=agent)
    assert viewers([thread.id], [agent], now=timezone.now()) == {}


def test_mentions_reach_people_by_user_name_first_name_and_group(
    chargecars: Brand, laderthuis: Brand, agent: Any, colleague: Any, stranger: Any, write: Write
) -> None:
    thread = write(chargecars, "kapot")
    other = make_member("piet@chargecars.nl", "agent", chargecars)
    MentionGroup.objects.create(
        business_entity=chargecars.entity, name="monteurs", members=["Sanne@chargecars.nl"]
    )
    MentionGroup.objects.create(business_entity=laderthuis.entity, name="geheim", members=["stranger"])

    def mentioned(text: str) -> tuple[list[str], tuple[str, ...]]:
        note = note_add(thread=thread, user=agent, body=text, now=timezone.now())
        return sorted(person.username for person in note.mentioned), note.unknown

    assert mentioned("@colleague, @sanne. en @monteurs!") == (["colleague"], ())
    assert mentioned("vraag @piet@chargecars.nl") == (["piet@chargecars.nl"], ())
    assert mentioned("@stranger @geheim @niemand") == ([], ("stranger", "geheim", "niemand"))
    assert mentioned("mail naar jan@example.nl") == ([], ())
    assert mentioned("@agent, dat ben ik") == (["agent"], ())
    assert dict(StaffNotice.objects.values_list("user__username", "kind")) == {
        "colleague": "mentioned", other.username: "mentioned",
    }  # fmt: skip
    with pytest.raises(DeskRefused):
        note_add(thread=thread, user=agent, body=" ", now=timezone.now())


def test_reading_is_per_person_and_a_message_that_came_in_meanwhile_stays_unread(
    chargecars: Brand, agent: Any, colleague: Any, write: Write
) -> None:
    thread = write(chargecars, "kapot", sender="31680001111")

    def unread(user: Any) -> bool:
        thread.refresh_from_db()
        mark = thread.read_marks.filter(user=user).first()
        return mark is None or mark.seen_inbound_at < thread.last_inbound_at  # type: ignore[operator]

    note_add(thread=thread, user=colleague, body="@agent", now=timezone.now())
    stale = CommunicationThread.objects.get(pk=thread.pk)
    write(chargecars, "nog iets", sender="31680001111", at=timezone.now() + timedelta(seconds=2))
    thread_mark_read(thread=stale, user=agent, now=timezone.now())
    assert unread(agent)
    assert not StaffNotice.objects.filter(read_at__isnull=True).exists()
    thread_mark_read(thread=CommunicationThread.objects.get(pk=thread.pk), user=agent, now=timezone.now())
    assert not unread(agent)
    assert unread(colleague)
    thread_mark_read(thread=stale, user=agent, now=timezone.now())  # an old tab takes nothing back
    assert not unread(agent)
    thread_mark_unread(thread=thread, user=agent)
    assert unread(agent)
    assert Membership.objects.count() == 2
