from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from channels_app.admin.base import ScopedModelAdmin
from channels_app.models import (
    Attachment,
    BusinessEntityChannel,
    CommunicationTemplate,
    CommunicationThread,
    Contact,
    Membership,
    OutboxItem,
)
from channels_app.scoping import brand_of
from routing.models import StaffPresence
from tests.admin.conftest import Staff, signed_in
from tests.admin.test_pages import PAGES, address, scoped
from tests.factories import Brand, make_member


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_the_other_brand_finds_nothing_on_any_page(
    model: type[Model], staff: Staff, alfa: Brand, beta: Brand
) -> None:
    """A walk over everything registered: list, filters, search, every row's pages, the form to add."""
    stranger = staff.stranger
    listing = stranger.get(address(model, "changelist"))
    assert listing.status_code in (200, 403)
    assert "alfa" not in listing.content.decode().lower()
    searched = stranger.get(address(model, "changelist"), {"q": "Alfa"})
    assert "alfa-msg" not in searched.content.decode().lower()
    form = stranger.get(address(model, "add"))
    assert "alfa" not in form.content.decode().lower()
    if not scoped(model):
        if model is User:
            hidden = User.objects.filter(username__startswith="alfa")
        else:
            hidden = model._default_manager.all()
            assert listing.status_code == 403, f"{model.__name__} is open to members of a brand"
    else:
        if model is StaffPresence:  # a colleague's, who hangs on no brand
            hidden = list(StaffPresence.objects.filter(user__username__startswith="alfa"))
        else:
            hidden = [row for row in model._default_manager.all() if brand_of(row) == alfa.entity.pk]
        assert hidden, f"no {model.__name__} of the first brand: let tests.admin.conftest.fill make one"
    for row in hidden:
        for page in ("change", "history", "delete"):
            answer = stranger.get(address(model, page, row.pk))
            assert answer.status_code in (302, 403, 404), (model.__name__, page)
            assert stranger.post(address(model, page, row.pk), {"post": "yes"}).status_code in (302, 403, 404)
        assert model._default_manager.filter(pk=row.pk).exists()


def test_buttons_and_own_pages_refuse_rows_of_another_brand(staff: Staff, alfa: Brand) -> None:
    channel = alfa.channel("whatsapp", "support")
    thread = CommunicationThread.objects.get(business_entity=alfa.entity)
    item = OutboxItem.objects.get(business_entity=alfa.entity)
    photo = Attachment.objects.get(message__thread=thread)
    urls = [
        f"{address(BusinessEntityChannel, 'change', channel.pk).removesuffix('change/')}check/",
        f"{address(BusinessEntityChannel, 'change', channel.pk).removesuffix('change/')}fetch-templates/",
        f"{address(OutboxItem, 'change', item.pk).removesuffix('change/')}send-again/",
        f"{address(OutboxItem, 'change', item.pk).removesuffix('change/')}mark-sent/",
        reverse("admin:channels_app_communicationthread_attachment", args=[thread.pk, photo.pk]),
    ]
    for url in urls:
        assert staff.stranger.get(url).status_code in (403, 404), url
        assert staff.stranger.post(url).status_code in (403, 404), url
    item.refresh_from_db()
    assert item.state == "failed"
    answer: Any = staff.agent.get(urls[-1])
    assert b"".join(answer.streaming_content) == b"png"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_attachment_is_reached_only_through_its_own_conversation(
    staff: Staff, alfa: Brand, beta: Brand
) -> None:
    photo = Attachment.objects.get(business_entity=alfa.entity)
    other = CommunicationThread.objects.get(business_entity=beta.entity)
    url = reverse("admin:channels_app_communicationthread_attachment", args=[other.pk, photo.pk])
    assert staff.superuser.get(url).status_code == 404


def test_lists_of_choices_offer_the_users_brands_only(staff: Staff, alfa: Brand, beta: Brand) -> None:
    form = staff.manager.get(address(CommunicationTemplate, "add")).context["adminform"].form
    assert list(form.fields["business_entity"].queryset) == [alfa.entity]
    assert {channel.business_entity_id for channel in form.fields["channel"].queryset} == {alfa.entity.pk}
    assert form.get_initial_for_field(form.fields["business_entity"], "business_entity") == alfa.entity.pk


def test_somebody_who_only_reads_one_brand_cannot_put_rows_there(alfa: Brand, beta: Brand) -> None:
    both = make_member("both", "manager", beta)
    Membership.objects.create(user=both, business_entity=alfa.entity, role="analyst")
    browser = signed_in(both)
    form = browser.get(address(CommunicationTemplate, "add")).context["adminform"].form
    assert list(form.fields["business_entity"].queryset) == [beta.entity]
    theirs = CommunicationTemplate.objects.filter(business_entity=alfa.entity).first()
    assert theirs is not None
    assert browser.get(address(CommunicationTemplate, "change", theirs.pk)).status_code == 200
    assert (
        browser.post(address(CommunicationTemplate, "change", theirs.pk), {"content": "x"}).status_code == 403
    )


@pytest.mark.parametrize("role", ["agent", "analyst"])
def test_agents_and_analysts_change_no_configuration(role: str, staff: Staff, alfa: Brand) -> None:
    browser: Client = getattr(staff, role)
    configured = (
        alfa.entity,
        alfa.channel("whatsapp", "support"),
        CommunicationTemplate.objects.filter(business_entity=alfa.entity).first(),
        alfa.channel("email", "support").registration,
    )
    for row in configured:
        assert row is not None
        assert browser.get(address(type(row), "change", row.pk)).status_code == 200
        assert browser.post(address(type(row), "change", row.pk), {}).status_code == 403
        assert browser.get(address(type(row), "add")).status_code == 403


def test_an_agent_edits_contacts_and_an_analyst_does_not(staff: Staff, alfa: Brand) -> None:
    contact = Contact.objects.get(business_entity=alfa.entity)
    url = address(Contact, "change", contact.pk)
    assert "_save" in staff.agent.get(url).content.decode()
    assert "_save" not in staff.analyst.get(url).content.decode()
    assert staff.analyst.post(url, {"name": "x"}).status_code == 403


def test_a_manager_sees_neither_users_nor_memberships(staff: Staff) -> None:
    assert staff.manager.get(address(User, "changelist")).status_code == 403
    assert staff.manager.get(address(Membership, "changelist")).status_code == 403


def test_an_administrator_manages_those_who_work_for_that_brand_alone(
    staff: Staff, alfa: Brand, beta: Brand
) -> None:
    browser = staff.administrator
    agent = User.objects.get(username="alfa-agent")
    assert "is_superuser" not in browser.get(address(User, "change", agent.pk)).content.decode()
    Membership.objects.create(user=agent, business_entity=beta.entity, role="agent")
    password = reverse("admin:auth_user_password_change", args=[agent.pk])
    assert browser.get(password).status_code == 403
    assert browser.post(address(User, "change", agent.pk), {"username": "taken"}).status_code == 403
    root = User.objects.get(username="root")
    assert browser.get(reverse("admin:auth_user_password_change", args=[root.pk])).status_code in (403, 404)


def test_an_administrator_cannot_make_a_superuser_or_a_member_of_another_brand(
    staff: Staff, alfa: Brand, beta: Brand
) -> None:
    person = User.objects.get(username="alfa-analyst")
    membership = person.memberships.get()
    fields = {
        "username": person.username,
        "is_active": "on",
        "is_superuser": "on",
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": str(membership.pk),
        "memberships-0-user": str(person.pk),
        "memberships-0-business_entity": str(alfa.entity.pk),
        "memberships-0-role": "agent",
        "memberships-1-user": str(person.pk),
        "memberships-1-business_entity": str(beta.entity.pk),
        "memberships-1-role": "administrator",
    }
    answer = staff.administrator.post(address(User, "change", person.pk), fields)
    person.refresh_from_db()
    assert not person.is_superuser
    assert [row.business_entity for row in person.memberships.all()] == [alfa.entity]
    assert answer.status_code == 200  # the form comes back with the error at the brand
    fields |= {"memberships-TOTAL_FORMS": "1"}
    assert staff.administrator.post(address(User, "change", person.pk), fields).status_code == 302
    assert person.memberships.get().role == "agent"


def test_nobody_raises_their_own_role(staff: Staff, alfa: Brand) -> None:
    own = Membership.objects.get(user__username="alfa-administrator")
    answer = staff.administrator.post(address(Membership, "change", own.pk), {"role": "analyst"})
    assert answer.status_code == 403


def test_a_model_that_names_no_brand_cannot_have_a_page() -> None:
    class Forgotten(models.Model):
        class Meta:
            app_label = "tests"
            managed = False

        def __str__(self) -> str:
            return "forgotten"

    with pytest.raises(ImproperlyConfigured, match="brand_lookup"):
        ScopedModelAdmin(Forgotten, admin.site)


def test_a_suspended_account_sees_nothing_any_more(alfa: Brand) -> None:
    user: Any = make_member("gone", "administrator", alfa)
    user.is_active = False
    request = RequestFactory().get("/")
    request.user = user
    page: Any = admin.site._registry[CommunicationThread]
    assert not page.has_view_permission(request)
    assert list(page.get_queryset(request)) == []
