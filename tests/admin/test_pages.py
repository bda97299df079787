from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_app.admin.base import ScopedModelAdmin
from channels_app.models import AuditEntry, CommunicationThread
from tests.admin.conftest import SECRET, Staff
from tests.factories import Brand

PAGES: list[type[Model]] = sorted(admin.site._registry, key=lambda model: model.__name__)


def scoped(model: type[Model]) -> bool:
    return isinstance(admin.site._registry[model], ScopedModelAdmin)


def address(model: type[Model], page: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def rows(model: type[Model]) -> Iterator[Any]:
    yield from model._default_manager.all()[:3]


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_every_page_opens_for_a_superuser(model: type[Model], staff: Staff) -> None:
    page: ModelAdmin[Any] = admin.site._registry[model]
    browser = staff.superuser
    assert browser.get(address(model, "changelist")).status_code == 200
    if page.search_fields:
        assert browser.get(address(model, "changelist"), {"q": "alfa"}).status_code == 200
        assert browser.get(
            reverse("admin:autocomplete"),
            {"app_label": "channels_app", "model_name": "membership", "field_name": "user", "term": "a"},
        ).json()["results"]
    added = browser.get(address(model, "add"))
    assert added.status_code in (200, 403)
    opened = 0
    for row in rows(model):
        assert browser.get(address(model, "change", row.pk)).status_code == 200, row
        assert browser.get(address(model, "history", row.pk)).status_code == 200, row
        assert browser.get(address(model, "delete", row.pk)).status_code in (200, 403), row
        opened += 1
    if scoped(model) or model is User:
        assert opened, f"no {model.__name__} to open: let tests.admin.conftest.fill make one"


@pytest.mark.parametrize(
    "model",
    [model for model in PAGES if scoped(model) and model is not AuditEntry],
    ids=lambda model: model.__name__,
)
def test_an_empty_list_says_what_to_do_next(model: type[Model], db: None) -> None:
    page: Any = admin.site._registry[model]
    root = User.objects.create_superuser("root", password="pass")
    browser = Client()
    browser.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    html = browser.get(address(model, "changelist")).content.decode()
    assert str(page.empty_title) in html.replace("&#x27;", "'")
    assert page.empty_hint


@pytest.mark.parametrize(
    "model", [model for model in PAGES if scoped(model)], ids=lambda model: model.__name__
)
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(
    model: type[Model], staff: Staff, more: Callable[[int], None]
) -> None:
    browser, url = staff.manager, address(model, "changelist")
    if browser.get(url).status_code == 403:
        browser = staff.superuser
    browser.get(url)
    with CaptureQueriesContext(connection) as few:
        browser.get(url)
    more(12)
    with CaptureQueriesContext(connection) as many:
        browser.get(url)
    assert len(many) <= len(few), [query["sql"][:150] for query in many.captured_queries]


def test_the_first_page_asks_the_database_as_often_however_much_there_is(
    staff: Staff, more: Callable[[int], None]
) -> None:
    url = reverse("admin:index")
    staff.manager.get(url)
    with CaptureQueriesContext(connection) as few:
        page = staff.manager.get(url)
    assert page.status_code == 200
    more(8)
    with CaptureQueriesContext(connection) as many:
        staff.manager.get(url)
    assert len(many) <= len(few)


def test_the_first_page_counts_only_what_the_user_may_see(staff: Staff) -> None:
    page = staff.manager.get(reverse("admin:index"))
    assert sum(load.open for load in page.context["overview"].departments) == 1
    assert page.context["overview"].quarantined == 1
    everything = staff.superuser.get(reverse("admin:index")).context["overview"]
    assert sum(load.open for load in everything.departments) + everything.unowned == 2
    assert staff.agent.get(reverse("admin:index")).context["overview"].quarantined is None


def test_somebody_without_a_brand_is_told_what_to_do(db: None) -> None:
    user = User.objects.create_user("nobody", password="pass", is_staff=True)
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get(reverse("admin:index"))
    assert page.status_code == 200
    assert page.context["overview"].brands == ()


def test_no_page_ever_contains_a_secret(alfa: Brand, staff: Staff) -> None:
    channel = alfa.channel("whatsapp", "support")
    from channels_app.services.accounts import channel_config, channel_configure

    config = channel_config(channel)
    channel_configure(channel=channel, config=config.model_copy(update={"access_token": _secret()}))
    channel.save()
    for model in PAGES:
        urls = [address(model, "changelist")]
        urls += [
            address(model, page, row.pk)
            for row in model._default_manager.all()[:3]
            for page in ("change", "history")
        ]
        for url in urls:
            for browser in (staff.superuser, staff.agent):
                assert SECRET not in browser.get(url).content.decode(errors="replace"), url


def _secret() -> Any:
    from pydantic import SecretStr

    return SecretStr(SECRET)


@pytest.mark.parametrize(
    "model", [model for model in PAGES if scoped(model)], ids=lambda model: model.__name__
)
def test_every_row_of_a_list_leads_to_its_page(model: type[Model], staff: Staff) -> None:
    html = staff.superuser.get(address(model, "changelist")).content.decode()
    row = next(rows(model))
    # Conversations are worked in the inbox; their page of the admin is the record.
    worked = model is CommunicationThread
    assert (reverse("inbox-thread", args=[row.pk]) if worked else address(model, "change", row.pk)) in html


def test_a_token_that_proves_who_calls_is_not_shown_to_those_who_only_look(alfa: Brand, staff: Staff) -> None:
    channel = alfa.channel("whatsapp", "support")
    token = channel.integration_config["webhook_verify_token"]
    page = address(type(channel), "change", channel.pk)
    assert token in staff.manager.get(page).content.decode()
    assert token not in staff.analyst.get(page).content.decode()
