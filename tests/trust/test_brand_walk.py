"""Every URL there is, asked for as an administrator of brand B with everything that brand A has.

The walk goes over the resolver, so that a new page, route or button is part of it from the first day. It
fails for a parameter whose values it does not know: say in PARAMETERS where they come from.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from channels_app.models import Attachment, BusinessEntity, CommunicationMessage, CommunicationThread, Contact
from channels_app.providers.registry import PROVIDERS
from channels_app.scoping import brand_lookup, brand_of
from routing.inbox.actions import ACTIONS
from tests.admin.conftest import Staff
from tests.admin.test_pages import PAGES, address, scoped
from tests.factories import Brand

# What nobody but the first brand has in its texts, its addresses and its numbers.
MARKS = ("alfa", "1000000000000")
# Leaving, which would end the walk.
NOT_ASKED = {"logout"}
# The word itself is all that there is to guess; what is behind a right one has tests of its own.
OPAQUE = {"token", "uidb64", "digest", "key"}
MOST_PER_URL = 24
# Pages that take filters.
LISTS = r"admin/\w+/\w+/|admin/inbox/|admin/|api/v1/[\w-]+/"


@dataclass(frozen=True)
class Leaf:
    """A URL as "admin/x/{object_id}/" with the names of its parameters."""

    route: str
    names: tuple[str, ...]
    name: str
    callback: Any

    def __str__(self) -> str:
        return self.route or "/"


def leaves(resolver: Any = None, prefix: str = "") -> Iterator[Leaf]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + _route(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from leaves(pattern, route)
        else:
            names = tuple(re.findall(r"{(\w+)}", route))
            yield Leaf(route, names, pattern.name or "", pattern.callback)


def _route(text: str) -> str:
    """Both kinds of pattern with "{name}" for a parameter."""
    text = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", text) if "(?P<" not in text else text
    text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", text)
    return text.replace("\\Z", "").replace("^", "").replace("$", "").replace("\\.", ".").replace("/?", "/")


def rows_of(model: type[Model], brand: Brand) -> list[Any]:
    """A few rows of the brand; the first are as good as all."""
    found = (row.pk for row in model._default_manager.all() if brand_of(row) == brand.entity.pk)
    return list(itertools.islice(found, 2))


def owner_of(leaf: Leaf) -> type[Model] | None:
    """The model that a URL of the admin or the API is about."""
    found = re.match(r"admin/(\w+)/(\w+)/", leaf.route)
    if found:
        try:
            return apps.get_model(found[1], found[2])
        except LookupError:
            return None
    queryset = getattr(getattr(leaf.callback, "cls", None), "queryset", None)
    return queryset.model if queryset is not None else None


PARAMETERS: dict[str, Callable[[Brand], list[Any]]] = {
    "thread_id": lambda brand: rows_of(CommunicationThread, brand),
    "message_id": lambda brand: rows_of(CommunicationMessage, brand),
    "attachment_id": lambda brand: rows_of(Attachment, brand),
    "contact_id": lambda brand: rows_of(Contact, brand),
    "channel_id": lambda brand: [channel.pk for channel in brand.entity.channels.all()],
    "entity_id": lambda brand: [brand.entity.pk],
    "provider_code": lambda brand: list(PROVIDERS),
    "app_label": lambda brand: ["channels_app", "routing", "analytics", "auth"],
    "content_type_id": lambda brand: [1],
    "url": lambda brand: ["nowhere"],
    "code": lambda brand: [brand.entity.entity_code],
    "format": lambda brand: ["json"],
    "action": lambda brand: list(ACTIONS),
    "file_id": lambda brand: rows_of(Attachment, brand),
    "position": lambda brand: [0],
}


def values(leaf: Leaf, name: str, brand: Brand) -> list[Any]:
    if name in OPAQUE:
        return ["AAAA-bbbb-0123"]
    if name in PARAMETERS:
        return PARAMETERS[name](brand)
    owner = owner_of(leaf)
    if owner is not None and name in ("object_id", "pk", "id"):
        if getattr(owner, "brand_lookup", None):
            return rows_of(owner, brand)
        return [row.pk for row in owner._default_manager.all()[:3] if "alfa" in str(row).lower()]
    if name in ("object_id", "pk", "id"):
        return [row.pk for model in (CommunicationThread, Contact) for row in model.objects.all()]
    raise AssertionError(f"{leaf}: say in PARAMETERS which values {name!r} can have")


def urls(leaf: Leaf, brand: Brand) -> list[str]:
    choices = [values(leaf, name, brand) for name in leaf.names]
    combined = itertools.islice(itertools.product(*choices), MOST_PER_URL)
    return ["/" + leaf.route.format(**dict(zip(leaf.names, values, strict=True))) for values in combined]


ALL = sorted({leaf.route: leaf for leaf in leaves()}.values(), key=lambda leaf: leaf.route)


def content_of(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace").lower()


def fingerprint(brand: Brand) -> str:
    """Everything that the brand has; equal before and after means that nothing was touched."""
    found = hashlib.sha256()
    for model in sorted(apps.get_models(), key=lambda model: model._meta.label):
        lookup = getattr(model, "brand_lookup", None)
        if not lookup or model._meta.label == "channels_app.AuditEntry" or model._meta.proxy:
            continue
        column = "pk" if lookup == "self" else lookup
        for row in model._base_manager.filter(**{column: brand.entity.pk}).order_by("pk").values_list():
            found.update(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]).encode())
    return found.hexdigest()


def parts(count: int) -> list[list[Leaf]]:
    return [ALL[start::count] for start in range(count)]


@pytest.mark.parametrize("part", range(4))
def test_no_url_shows_or_changes_anything_of_another_brand(
    part: int, staff: Staff, alfa: Brand, beta: Brand
) -> None:
    stranger: Client = staff.stranger
    before = fingerprint(alfa)
    for leaf in parts(4)[part]:
        if leaf.name in NOT_ASKED:
            continue
        for url in urls(leaf, alfa):
            for ask in (stranger.get, stranger.post):
                answer = ask(url)
                assert answer.status_code < 500, (leaf, url)
                text = content_of(answer).replace(url.lower(), "")
                shown = [mark for mark in MARKS if mark in text]
                assert not shown, (str(leaf), ask.__name__, answer.status_code, shown)
    assert fingerprint(alfa) == before


def test_the_walk_knows_a_url_for_every_page_and_route() -> None:
    routes = {leaf.route for leaf in ALL}
    assert len(routes) > 150
    for model in PAGES:
        assert any(
            route.startswith(f"admin/{model._meta.app_label}/{model._meta.model_name}/") for route in routes
        )
    for resource in ("entities", "channels", "contacts", "templates", "threads", "messages", "routing-logs"):
        assert f"api/v1/{resource}/{{pk}}/" in routes


def test_filters_and_searches_that_name_another_brand_find_nothing(
    staff: Staff, alfa: Brand, beta: Brand
) -> None:
    channel = alfa.channel("whatsapp", "support")
    thread = CommunicationThread.objects.get(business_entity=alfa.entity)
    wanted = {
        "business_entity__id__exact": alfa.entity.pk, "business_entity": alfa.entity.pk,
        "brand": alfa.entity.pk, "channel__id__exact": channel.pk, "entity": alfa.entity.entity_code,
        "thread": thread.pk, "contact": thread.contact_id, "thread__id__exact": thread.pk,
    }  # fmt: skip
    for leaf in ALL:
        if leaf.names or not re.fullmatch(LISTS, leaf.route):
            continue
        for key, value in wanted.items():
            answer = staff.stranger.get(f"/{leaf.route}", {key: str(value)})
            text = content_of(answer) if answer.status_code == 200 else ""
            text = text.replace(f"{key}={value}".lower(), "").replace(f'value="{value}"'.lower(), "")
            assert not [mark for mark in MARKS if mark in text.replace("entity=alfa", "")], (leaf.route, key)


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_no_bulk_action_reaches_rows_of_another_brand(
    model: type[Model], staff: Staff, alfa: Brand, beta: Brand
) -> None:
    page: Any = admin.site._registry[model]
    keys = rows_of(model, alfa) if scoped(model) else [row.pk for row in model._default_manager.all()]
    names = [name if isinstance(name, str) else name.__name__ for name in page.actions or ()]
    before = fingerprint(alfa)
    for name in [*names, "delete_selected"]:
        for across in ("0", "1"):
            answer = staff.stranger.post(
                address(model, "changelist"),
                {
                    "action": name,
                    "_selected_action": keys,
                    "select_across": across,
                    "confirmed": "1",
                    "post": "yes",
                },
            )
            assert answer.status_code < 500
            text = content_of(answer)
            assert not [mark for mark in MARKS if mark in text], (model.__name__, name)
    assert fingerprint(alfa) == before


def test_suggestions_while_typing_offer_nothing_of_another_brand(
    staff: Staff, alfa: Brand, beta: Brand
) -> None:
    asked = 0
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if not getattr(field, "many_to_one", False) or field.auto_created:
                continue
            answer = staff.stranger.get(
                reverse("admin:autocomplete"),
                {
                    "app_label": model._meta.app_label, "model_name": model._meta.model_name,
                    "field_name": field.name, "term": "a",
                },
            )  # fmt: skip
            asked += answer.status_code == 200
            assert not [mark for mark in MARKS if mark in content_of(answer)], (model, field.name)
    assert asked
    found = staff.stranger.get(reverse("admin:search"), {"s": "alfa", "extended": "1"})
    assert "alfaladen" not in content_of(found)


def test_no_bulk_action_of_the_inbox_reaches_another_brand(staff: Staff, alfa: Brand, beta: Brand) -> None:
    before = fingerprint(alfa)
    threads = rows_of(CommunicationThread, alfa)
    for action in ("resolve", "take", "give_back", "label", "spam"):
        answer = staff.stranger.post(
            reverse("inbox-bulk"), {"thread": threads, "action": action, "name": action, "label": "x"}
        )
        assert answer.status_code < 500
        assert not [mark for mark in MARKS if mark in content_of(answer)], action
    assert fingerprint(alfa) == before


def test_the_walk_would_find_a_page_without_scoping(
    staff: Staff, alfa: Brand, beta: Brand, settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.trust.leaking_urls"
    assert "alfaladen" in content_of(staff.stranger.get("/leak/"))
    [leak] = [leaf for leaf in leaves(get_resolver("tests.trust.leaking_urls")) if leaf.route == "leak/"]
    assert urls(leak, alfa) == ["/leak/"]
    stray = Leaf("x/{mystery}/", ("mystery",), "", None)
    with pytest.raises(AssertionError, match="mystery"):
        urls(stray, alfa)


def test_every_model_says_to_which_brand_it_belongs() -> None:
    for label in ("channels_app", "routing", "analytics"):
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if model._meta.auto_created:
                continue
            brand_lookup(model)
    assert BusinessEntity.brand_lookup == "self"
