"""Managers see who is at work and set how many conversations each can carry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from channels_app.models import CommunicationThread
from routing.models import StaffPresence
from tests.admin.conftest import Staff, alfa, beta, staff

__all__ = ["alfa", "beta", "staff"]

PAGE = "admin:routing_staffpresence_changelist"


@pytest.fixture
def present(staff: Staff) -> StaffPresence:
    now = timezone.now()
    for user in User.objects.filter(username__in=("alfa-agent", "beta-agent", "beta-manager", "stranger")):
        StaffPresence.objects.update_or_create(
            user=user, defaults={"last_seen_at": now - timedelta(minutes=1)}
        )
    return StaffPresence.objects.get(user__username="alfa-agent")


def test_a_manager_sets_how_much_a_colleague_can_carry(staff: Staff, present: StaffPresence) -> None:
    CommunicationThread.objects.filter(business_entity__entity_code="alfa").update(assignee=present.user)
    html = staff.manager.get(reverse(PAGE)).content.decode()
    assert str(present.pk) in html
    page = reverse("admin:routing_staffpresence_change", args=[present.pk])
    assert staff.manager.post(page, {"capacity": "7"}).status_code == 302
    present.refresh_from_db()
    assert present.capacity == 7
    assert present.is_available
    assert staff.manager.post(page, {"capacity": ""}).status_code == 302
    present.refresh_from_db()
    assert present.capacity is None


def test_only_managers_see_it_and_nobody_of_another_brand(staff: Staff, present: StaffPresence) -> None:
    page = reverse("admin:routing_staffpresence_change", args=[present.pk])
    for browser in (staff.agent, staff.analyst):
        assert browser.get(reverse(PAGE)).status_code == 403
        assert browser.post(page, {"capacity": "1"}).status_code in (302, 403)
    staff.stranger.post(page, {"capacity": "1"})
    present.refresh_from_db()
    assert present.capacity is None
    shown = staff.manager.get(reverse(PAGE)).content.decode()
    others = StaffPresence.objects.exclude(pk=present.pk)
    assert not [row for row in others if str(row.pk) in shown]
