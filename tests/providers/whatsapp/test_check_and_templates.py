from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from pydantic import SecretStr

from channels_app.providers.base import Account, CheckReport, ProviderError
from channels_app.providers.whatsapp import WhatsAppProvider
from channels_app.sandbox import graph_api
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_faults import Fault

from .conftest import make_account

provider = WhatsAppProvider()


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Labels are judged by their source, not by their translation."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def app_secret(settings: Any) -> None:
    settings.WHATSAPP_APP_SECRET = "app-secret"


def outcomes(report: CheckReport) -> dict[str, bool]:
    return {item.label: item.ok for item in report.items}


def detail(report: CheckReport, label: str) -> str:
    return next(item.detail for item in report.items if item.label == label)


def test_a_channel_that_works_passes_every_test(graph: GraphSandbox, account: Account) -> None:
    graph.numbers = {"123456789012345": "+31 6 12345001"}
    report = provider.check(account)
    assert report.ok
    assert outcomes(report).keys() == {
        "App secret",
        "Phone number",
        "Registration",
        "Quality",
        "Access token",
        "Webhook subscription",
    }
    assert report.data["quality_rating"] == "GREEN"
    assert report.data["throughput"] == "STANDARD"


def test_an_id_of_another_number_is_noticed(graph: GraphSandbox, account: Account) -> None:
    graph.numbers = {"123456789012345": "+31699999999"}
    report = provider.check(account)
    assert outcomes(report)["Phone number"] is False
    assert "+31699999999" in detail(report, "Phone number")


def test_missing_secrets_are_named_without_asking_meta(account: Account, settings: Any) -> None:
    settings.WHATSAPP_APP_SECRET = ""
    settings.WHATSAPP_API_BASE = "http://127.0.0.1:9"
    report = provider.check(make_account(access_token=SecretStr("")))
    assert outcomes(report) == {"App secret": False, "Access token": False}


@pytest.mark.parametrize(
    ("facts", "ok", "words"),
    [
        ({"is_valid": True, "expires_at": 0}, True, "Does not expire"),
        ({"is_valid": False}, False, "no longer valid"),
        ({"is_valid": True, "expires_at": 1}, False, "1970-01-01"),
        ({"is_valid": True, "expires_at": 10**30}, True, "Does not expire"),
        ({"is_valid": True, "scopes": ["email"]}, False, "whatsapp_business_messaging"),
        ({}, False, "no longer valid"),
    ],
)
def test_the_token_is_judged_by_what_meta_says_of_it(
    graph: GraphSandbox,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    facts: dict[str, Any],
    ok: bool,
    words: str,
) -> None:
    monkeypatch.setattr(graph_api, "_token_facts", lambda token: facts)
    report = provider.check(account)
    assert outcomes(report)["Access token"] is ok
    assert words in detail(report, "Access token")


def test_a_token_that_expires_soon_is_a_warning(
    graph: GraphSandbox, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.now(UTC) + timedelta(days=3)
    monkeypatch.setattr(
        graph_api, "_token_facts", lambda token: {"is_valid": True, "expires_at": int(at.timestamp())}
    )
    report = provider.check(account)
    assert outcomes(report)["Access token"] is False
    assert report.data["token_expires_at"] == at.replace(microsecond=0).isoformat()


def test_without_a_business_account_the_subscription_cannot_be_checked(graph: GraphSandbox) -> None:
    assert outcomes(provider.check(make_account(business_account_id="")))["Webhook subscription"] is False


@pytest.mark.parametrize("fault", [Fault("http", status=500, times=9), Fault("error", code=190, times=9)])
def test_whatever_meta_answers_a_check_is_a_report(
    graph: GraphSandbox, account: Account, fault: Fault
) -> None:
    graph.fail_next(fault)
    report = provider.check(account)
    assert outcomes(report) == {
        "App secret": True,
        "Phone number": False,
        "Access token": False,
        "Webhook subscription": False,
    }
    assert "EAAtest" not in repr(report)


def test_templates_are_listed_with_approval_and_quality(graph: GraphSandbox, account: Account) -> None:
    found = {template.name: template for template in provider.templates(account)}
    approved, rejected = found["vervolg_op_uw_vraag"], found["zomeractie"]
    assert (approved.status, approved.quality, approved.category, approved.language) == (
        "approved",
        "green",
        "utility",
        "nl",
    )
    assert approved.body.startswith("Hallo {{1}}")
    assert approved.footer == "U kunt gewoon op dit bericht antwoorden."
    assert (rejected.status, rejected.rejected_reason) == ("rejected", "TAG_CONTENT_MISMATCH")


def test_every_page_of_templates_is_read(graph: GraphSandbox, account: Account) -> None:
    graph.templates = [
        {"id": str(number), "name": f"t{number}", "language": "nl", "status": "APPROVED", "components": []}
        for number in range(250)
    ]
    assert [template.name for template in provider.templates(account)] == [
        f"t{number}" for number in range(250)
    ]


def test_a_channel_sees_the_templates_with_its_prefix(graph: GraphSandbox) -> None:
    found = provider.templates(make_account(template_namespace="vervolg"))
    assert [template.name for template in found] == ["vervolg_op_uw_vraag"]


def test_odd_templates_do_not_break_the_list(graph: GraphSandbox, account: Account) -> None:
    graph.templates = [{"name": "kaal"}, "rommel", {"name": "x", "components": [1, {"type": "BODY"}]}]  # type: ignore[list-item]
    assert [template.name for template in provider.templates(account)] == ["kaal", "x"]


def test_templates_need_a_business_account(graph: GraphSandbox) -> None:
    with pytest.raises(ProviderError, match="business account"):
        provider.templates(make_account(business_account_id=""))
