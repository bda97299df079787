"""Every resource of the API, walked by a user of the other brand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from analytics.models import ChannelAnalytics
from channels_app.scoping import brand_lookup, scope
from routing.services.drain import drain_batch
from tests.api.conftest import client_of
from tests.factories import Brand, change, make_member, receive, text_message, webhook_body


@pytest.fixture
def traffic(chargecars: Brand, laderthuis: Brand) -> Brand:
    """Something of every kind at ChargeCars."""
    for number in range(3):
        message = text_message("mijn paal is kapot", sender=str(31680000000 + number), wamid=f"s.{number}")
        receive(webhook_body(change(chargecars.phone_ids["support"], messages=[message])))
    drain_batch()
    ChannelAnalytics.objects.create(
        business_entity_channel=chargecars.channel("email", "support"),
        date_tracked="2026-11-22",
        messages_received=3,
    )
    return chargecars


def viewsets(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(path of the list, viewset class) of every resource under /api/v1/."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from viewsets(pattern, path)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if (
                view is not None
                and path.startswith("api/v1/")
                and "list" in getattr(pattern.callback, "actions", {}).values()
            ):
                yield "/" + path.replace("\\Z", ""), view


def test_a_user_of_another_brand_finds_nothing_and_a_manager_finds_all(
    traffic: Brand, stranger: APIClient
) -> None:
    insider = client_of(make_member("insider", "administrator", traffic))
    seen = []
    for path, view in viewsets():
        mine = insider.get(path).json()
        assert set(mine) == {"count", "next", "previous", "results"}, path
        theirs = {row["id"] for row in stranger.get(path).json()["results"]}
        ids = {
            str(pk)
            for pk in scope(view.queryset.all(), insider.handler._force_user).values_list("pk", flat=True)
        }
        assert ids & theirs == set(), path
        for pk in list(ids)[:3]:
            assert stranger.get(f"{path}{pk}/").status_code == 404, path
            assert stranger.patch(f"{path}{pk}/", {}, format="json").status_code in (403, 404, 405), path
            assert insider.get(f"{path}{pk}/").status_code == 200, path
        seen.append(path)
    assert {path.split("/")[3] for path in seen} >= {
        "entities", "channels", "contacts", "templates", "threads", "messages", "routing-logs",
    }  # fmt: skip


def test_every_list_serves_at_most_five_hundred_and_orders(traffic: Brand, manager: APIClient) -> None:
    page = manager.get("/api/v1/messages/?page_size=2&ordering=-created_at").json()

    assert len(page["results"]) == 2
    assert page["count"] > 2
    assert page["next"]
    assert manager.get("/api/v1/messages/?page_size=9999").status_code == 200


def test_a_filter_names_another_brand_in_vain(traffic: Brand, stranger: APIClient) -> None:
    assert stranger.get("/api/v1/threads/?entity=chargecars").json()["count"] == 0


def test_no_secret_is_in_any_answer(traffic: Brand, manager: APIClient) -> None:
    for path, _ in viewsets():
        content = manager.get(path + "?page_size=500").content.decode()
        for secret in ("token-1000", "access_token", "app_secret", "secrets"):
            assert secret not in content, path


@pytest.mark.parametrize(
    ("role", "status"), [("administrator", 200), ("manager", 200), ("agent", 403), ("analyst", 403)]
)
def test_only_who_configures_may_change_a_channel(chargecars: Brand, role: str, status: int) -> None:
    client = client_of(make_member(role, role, chargecars))
    channel = chargecars.channel("email", "sales")

    assert (
        client.patch(f"/api/v1/channels/{channel.id}/", {"priority_level": 71}, format="json").status_code
        == status
    )


def test_a_contact_cannot_be_made_in_another_brand(stranger: APIClient, chargecars: Brand) -> None:
    answer = stranger.post("/api/v1/contacts/", {"entity": "chargecars", "name": "Jan"}, format="json")

    assert answer.status_code in (400, 403)


def test_a_contact_is_kept_up_to_date_by_another_system(manager: APIClient) -> None:
    body = {
        "entity": "chargecars", "name": "Jan de Vries", "kind": "customer",
        "emails": ["Jan@Example.nl"], "phones": ["06-12345678"], "order_numbers": ["ORD-1"],
    }  # fmt: skip
    made = manager.post("/api/v1/contacts/", body, format="json")
    again = manager.post("/api/v1/contacts/", body, format="json")

    assert made.status_code == 201, made.json()
    assert (made.json()["emails"], made.json()["phones"]) == (["jan@example.nl"], ["+31612345678"])
    assert again.status_code == 400
    assert manager.get("/api/v1/contacts/?email=JAN@example.nl").json()["count"] == 1


def test_wrong_hours_and_rules_are_refused_in_words(manager: APIClient, chargecars: Brand) -> None:
    url = f"/api/v1/channels/{chargecars.channel('email', 'sales').id}/"

    for body in ({"business_hours": {"mon": [["25:00", "26:00"]]}}, {"auto_routing_rules": {"keyword": {}}}):
        answer = manager.patch(url, body, format="json")
        assert answer.status_code == 400
        assert answer.json()[next(iter(body))]


def test_every_model_says_to_which_brand_it_belongs() -> None:
    from django.apps import apps

    for label in ("channels_app", "routing", "analytics"):
        for model in apps.get_app_config(label).get_models():
            if (not model._meta.auto_created and not model.__name__.endswith("Event")) or hasattr(
                model, "brand_lookup"
            ):
                brand_lookup(model)
