"""API tokens: shown once, kept as a digest, limited to brands and to reading, ended by their owner."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_app.models import ApiToken, AuditEntry, Membership
from channels_app.services.staff.api_tokens import api_token_make
from tests.admin.conftest import Staff
from tests.factories import Brand, make_member


@pytest.fixture
def both(alfa: Brand, beta: Brand) -> Any:
    return make_member("both", "manager", alfa, beta)


def entities(token: str) -> Any:
    answer = Client().get("/api/v1/entities/", headers={"Authorization": f"Token {token}"})
    return sorted(row["code"] for row in answer.json()["results"]) if answer.status_code == 200 else None


def test_a_token_sees_its_brands_and_never_more_than_its_owner(both: Any, alfa: Brand, beta: Brand) -> None:
    _row, everything = api_token_make(user=both, name="alles", lifetime=None)
    _row, narrow = api_token_make(user=both, name="smal", lifetime=None, brands=[beta.entity.pk])
    assert entities(everything) == ["alfa", "beta"]
    assert entities(narrow) == ["beta"]
    Membership.objects.filter(user=both, business_entity=beta.entity).delete()
    assert entities(everything) == ["alfa"]
    assert entities(narrow) in ([], None)
    with pytest.raises(PermissionDenied):
        api_token_make(user=make_member("x", "agent", alfa), name="n", lifetime=None, brands=[beta.entity.pk])


def test_a_limited_token_of_a_superuser_is_limited_too(staff: Staff, alfa: Brand, beta: Brand) -> None:
    from django.contrib.auth.models import User

    root = User.objects.get(username="root")
    _row, token = api_token_make(user=root, name="smal", lifetime=None, brands=[alfa.entity.pk])
    assert entities(token) == ["alfa"]


def test_a_token_stands_in_the_database_as_a_digest_only(both: Any) -> None:
    row, token = api_token_make(user=both, name="planning", lifetime=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, '') FROM api_tokens t")
        stored = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(e::text, '') FROM audit_entries e")
        trail = cursor.fetchone()[0]
    assert token not in stored
    assert token not in trail
    assert row.digest in stored
    assert AuditEntry.objects.filter(action="token_made", detail={"name": "planning"}).count() == 2


def test_tokens_expire_are_revoked_and_end_with_the_account(both: Any) -> None:
    _row, old = api_token_make(user=both, name="oud", lifetime=timedelta(days=1))
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert entities(old) is None
    row, token = api_token_make(user=both, name="nieuw", lifetime=timedelta(days=1))
    assert entities(token) == ["alfa", "beta"]
    stranger = Client()
    stranger.force_login(make_member("y", "agent"), backend="django.contrib.auth.backends.ModelBackend")
    stranger.post(reverse("revoke-token", args=[row.digest]))
    assert entities(token) == ["alfa", "beta"]
    both.is_active = False
    both.save()
    assert entities(token) is None
    both.is_active = True
    both.save()
    owner = Client()
    owner.force_login(both, backend="django.contrib.auth.backends.ModelBackend")
    assert owner.post(reverse("revoke-token", args=[row.digest])).status_code == 302
    assert entities(token) is None


def test_a_token_that_only_reads_changes_nothing(both: Any, alfa: Brand) -> None:
    _row, token = api_token_make(user=both, name="lezen", lifetime=None, read_only=True)
    answer = Client().post(
        "/api/v1/contacts/", {"entity": "alfa", "name": "Jan"}, content_type="application/json",
        headers={"Authorization": f"Token {token}"},
    )  # fmt: skip
    assert answer.status_code == 403


def test_the_page_shows_a_new_token_once(both: Any, beta: Brand) -> None:
    owner = Client()
    owner.force_login(both, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("api-tokens")
    made = owner.post(
        url, {"name": "planning", "lifetime": "30", "brands": [str(beta.entity.pk)], "read_only": "on"}
    )
    token = made.context["made"]
    assert token in made.content.decode()
    assert entities(token) == ["beta"]
    later = owner.get(url).content.decode()
    assert token not in later
    assert "planning" in later
    assert "BetaStroom" in later


def test_a_token_can_be_made_on_the_command_line(both: Any) -> None:
    out = io.StringIO()
    call_command("create_api_token", "both", name="planning", days=7, read_only=True, stdout=out)
    assert entities(out.getvalue().strip()) == ["alfa", "beta"]
    row = ApiToken.objects.get(name="planning")
    assert row.read_only
    assert row.expiry is not None
