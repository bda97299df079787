"""Invitations: into one's own brand only, by a link that works once and for a while."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from channels_app.models import AuditEntry, Invitation, Membership
from channels_app.services.staff.invitations import (
    InvitationRefused,
    invitation_accept,
    invitation_of,
    invitation_send,
    invitation_token,
)
from tests.admin.conftest import Staff, signed_in
from tests.admin.test_pages import address
from tests.factories import Brand, make_member

NEW = {
    "first_name": "Nora", "last_name": "Bakker", "password": "een lang wachtwoord",
    "again": "een lang wachtwoord",
}  # fmt: skip


def invite(browser: Client, brand: Brand, role: str = "agent", email: str = "Nora@Alfa.nl") -> Any:
    fields = {"business_entity": str(brand.entity.pk), "email": email, "role": role}
    return browser.post(address(Invitation, "add"), fields | {"first_name": "Nora", "last_name": ""})


def link() -> str:
    found = re.search(r"https?://[^/\s]+(/invitation/\S+)", mail.outbox[-1].body)
    assert found is not None
    return found[1]


def test_an_invited_person_makes_an_account_and_works_for_that_brand(staff: Staff, alfa: Brand) -> None:
    assert invite(staff.administrator, alfa).status_code == 302
    assert mail.outbox[-1].to == ["nora@alfa.nl"]
    assert "AlfaLaden" in mail.outbox[-1].subject
    browser = Client()
    page = browser.get(link())
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "same-origin"
    assert not User.objects.filter(email="nora@alfa.nl").exists()
    assert browser.post(link(), NEW | {"password": "kort", "again": "kort"}).status_code == 200
    assert not User.objects.filter(email="nora@alfa.nl").exists()
    assert browser.post(link(), NEW).status_code == 200
    user = User.objects.get(email="nora@alfa.nl")
    assert (user.is_staff, user.is_superuser) == (True, False)
    membership = user.memberships.get()
    assert (membership.business_entity_id, membership.role) == (alfa.entity.pk, "agent")
    assert browser.post(link(), NEW).status_code == 410
    assert User.objects.filter(email="nora@alfa.nl").count() == 1
    trail = AuditEntry.objects.filter(object_type="channels_app.invitation").values_list("action", flat=True)
    assert set(trail) == {"invited", "invitation_accepted"}


def test_nobody_invites_into_a_brand_that_they_do_not_administer(
    staff: Staff, alfa: Brand, beta: Brand
) -> None:
    assert invite(staff.administrator, beta).status_code == 200  # the form comes back: no such brand
    assert invite(staff.manager, alfa).status_code == 403
    assert not Invitation.objects.filter(email="nora@alfa.nl").exists()
    actor = User.objects.get(username="alfa-administrator")
    forged = Invitation(business_entity=beta.entity, email="x@y.nl", role="administrator")
    with pytest.raises(PermissionDenied):
        invitation_send(invitation=forged, actor=actor, now=timezone.now())


def test_links_end_when_they_are_old_withdrawn_or_sent_again(staff: Staff, alfa: Brand) -> None:
    invite(staff.administrator, alfa)
    first = link()
    found = Invitation.objects.get(email="nora@alfa.nl")
    url = address(Invitation, "change", found.pk).removesuffix("change/")
    assert staff.stranger.post(f"{url}send-again/").status_code in (403, 404)
    assert staff.administrator.post(f"{url}send-again/").status_code == 302
    assert Client().get(first).status_code == 410
    second = link()
    assert Client().get(second).status_code == 200
    with pytest.raises(InvitationRefused):
        invitation_of(second.split("/")[-2], timezone.now() + timedelta(days=8))
    assert staff.administrator.post(f"{url}withdraw/").status_code == 302
    assert Client().get(second).status_code == 410
    assert Client().get(second.replace("/invitation/", "/invitation/x")).status_code == 410


def test_an_invitation_ends_with_the_rights_of_who_sent_it(staff: Staff, alfa: Brand) -> None:
    invite(staff.administrator, alfa)
    Membership.objects.filter(user__username="alfa-administrator").update(role="agent")
    assert Client().post(link(), NEW).status_code == 410


def test_who_has_an_account_signs_in_to_accept_and_nobody_else_can(
    staff: Staff, alfa: Brand, beta: Brand
) -> None:
    person = make_member("piet", "agent", beta)
    person.email = "piet@beta.nl"
    person.save()
    invite(staff.administrator, alfa, email="piet@beta.nl", role="manager")
    assert b"new-password" not in Client().get(link()).content
    assert Client().post(link(), NEW).status_code == 200
    assert staff.agent.post(link()).status_code == 410  # somebody else's account
    token = invitation_token(Invitation.objects.get(email="piet@beta.nl"))
    with pytest.raises(InvitationRefused):
        invitation_accept(token=token, user=User.objects.get(username="root"), now=timezone.now())
    assert not person.memberships.filter(business_entity=alfa.entity).exists()
    assert signed_in(person).post(link()).status_code == 302
    assert person.memberships.get(business_entity=alfa.entity).role == "manager"
    assert person.memberships.get(business_entity=beta.entity).role == "agent"


def test_an_invitation_stays_when_the_mail_does_not_leave(staff: Staff, alfa: Brand, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = staff.administrator.post(
        address(Invitation, "add"),
        {"business_entity": str(alfa.entity.pk), "email": "n@alfa.nl", "role": "agent"}, follow=True,
    )  # fmt: skip
    assert "EMAIL_URL" in page.content.decode()
    assert Invitation.objects.get(email="n@alfa.nl").mail_error


def test_nobody_draws_in_a_person_of_another_brand_by_number(staff: Staff, alfa: Brand, beta: Brand) -> None:
    person = User.objects.get(username="alfa-agent")
    fields = {"business_entity": str(beta.entity.pk), "user": str(person.pk), "role": "agent"}
    answer = staff.stranger.post(address(Membership, "add"), fields)
    assert answer.status_code == 200
    assert "alfa" not in answer.content.decode().lower()
    assert not person.memberships.filter(business_entity=beta.entity).exists()
