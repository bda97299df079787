from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from channels_app.models import CommunicationThread, Membership, OutboxItem
from routing.services.giving_back import threads_give_back, threads_give_back_of_absent
from tests.factories import Brand, make_member
from tests.routing.tools.conftest import Write

pytestmark = pytest.mark.django_db


def assign(thread: CommunicationThread, user: Any) -> CommunicationThread:
    CommunicationThread.objects.filter(pk=thread.pk).update(assignee=user)
    return thread


def assignees(*threads: CommunicationThread) -> list[Any]:
    return [CommunicationThread.objects.get(pk=thread.pk).assignee for thread in threads]


def test_who_goes_offline_gives_everything_back_and_the_team_hears_it_once(
    chargecars: Brand, laderthuis: Brand, agent: Any, stranger: Any, write: Write
) -> None:
    mine = [assign(write(chargecars, "kapot"), agent) for _ in range(3)]
    done = assign(write(chargecars, "kapot"), agent)
    CommunicationThread.objects.filter(pk=done.pk).update(status="resolved")
    theirs = assign(write(laderthuis, "kapot"), stranger)
    OutboxItem.objects.all().delete()

    assert threads_give_back(user=agent, now=timezone.now()) == 3
    assert threads_give_back(user=agent, now=timezone.now()) == 0

    assert assignees(*mine, done, theirs) == [None, None, None, agent, stranger]
    card = OutboxItem.objects.get()
    assert card.business_entity == chargecars.entity
    assert card.payload["title"].startswith("3 gesprekken")
    assert all(thread.reference_number in str(card.payload["facts"]) for thread in mine)


def test_whoever_cannot_work_for_the_brand_any_more_gives_back(
    chargecars: Brand, laderthuis: Brand, agent: Any, stranger: Any, write: Write
) -> None:
    gone, analyst = make_member("gone", "agent", chargecars), make_member("reader", "agent", chargecars)
    kept = assign(write(chargecars, "kapot"), agent)
    theirs = assign(write(laderthuis, "kapot"), stranger)
    lost = [assign(write(chargecars, "kapot"), user) for user in (gone, analyst, stranger)]
    gone.is_active = False
    gone.save()
    Membership.objects.filter(user=analyst).update(role="analyst")

    assert threads_give_back_of_absent(now=timezone.now()) == 3

    assert assignees(kept, theirs, *lost) == [agent, stranger, None, None, None]
