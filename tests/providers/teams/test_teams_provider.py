from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from channels_app.providers.base import Account, ProviderError, RawExchange, SignatureInvalid
from channels_app.providers.teams import TeamsConfig, TeamsProvider
from channels_app.sandbox.teams_webhook import TeamsFault, TeamsSandbox
from tests.providers.teams.cards import NOTIFICATION, card_of, notification

Make = Callable[..., Account]
LOGIC_APP = "https://prod-12.westeurope.logic.azure.com:443/workflows/abc/triggers/manual/paths/invoke?sig=x"
POWER_PLATFORM = (
    "https://default0123.4a.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/abc"
    "/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers&sv=1.0&sig=x"
)


def failed(account: Account) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        TeamsProvider().notify(NOTIFICATION, account)
    return caught.value


def test_a_card_reaches_the_workflow(teams: TeamsSandbox, workflow: str, account: Make) -> None:
    receipt = TeamsProvider().notify(NOTIFICATION, account(workflow))
    assert receipt.external_id == ""
    (sent,) = teams.sent()
    assert sent["card"] == card_of(NOTIFICATION)
    assert sent["workflow"] == "/workflows/operations/triggers/manual/paths/invoke"


def test_each_brand_posts_to_its_own_workflow(teams: TeamsSandbox, workflow: str, account: Make) -> None:
    TeamsProvider().notify(NOTIFICATION, account(workflow))
    TeamsProvider().notify(
        notification(entity_name="laderthuis"),
        account(workflow.replace("operations", "support"), "laderthuis"),
    )
    assert [sent["workflow"].split("/")[2] for sent in teams.sent()] == ["operations", "support"]
    assert "LADERTHUIS" not in json.dumps(teams.sent()[0])


def test_an_unconfigured_channel_tells_staff_what_to_do(account: Make) -> None:
    error = failed(account())
    assert (error.code, error.permanent, error.suspends_channel) == ("not_configured", False, True)
    assert "chargecars.operations" in error.text
    assert "Workflows" in error.text


@pytest.mark.parametrize(
    "url",
    [
        "https://outlook.office.com/webhook/abc@def/IncomingWebhook/ghi/jkl",
        "https://outlook.office365.com/webhook/abc",
        "https://chargecars.webhook.office.com/webhookb2/abc@def/IncomingWebhook/ghi",
        "https://CHARGECARS.WEBHOOK.OFFICE.COM/webhookb2/abc",
    ],
)
def test_a_connector_address_is_refused_with_an_explanation(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TeamsConfig.model_validate({"webhook_url": url})
    assert "Office 365" in str(caught.value)
    assert "abc" not in str(caught.value)  # the address is a secret


@pytest.mark.parametrize("url", ["chargecars-operations", "ftp://x.example", "https://", "http://[::1"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        TeamsConfig.model_validate({"webhook_url": url})


@pytest.mark.parametrize("url", [LOGIC_APP, POWER_PLATFORM, ""])
def test_workflow_addresses_are_taken(url: str) -> None:
    config = TeamsConfig.model_validate({"webhook_url": f" {url} "})
    assert config.webhook_url.get_secret_value() == url
    assert "sig=" not in repr(config)


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (TeamsFault(status=429, retry_after=7), 7),
        (TeamsFault(status=429), 10),
        (TeamsFault(text="Webhook message delivery failed with error: endpoint returned HTTP error 429"), 10),
        (TeamsFault(text='{"status": 429, "message": "Too Many Requests"}'), 10),
    ],
)
def test_throttling_waits_also_when_a_200_tells_of_it(
    teams: TeamsSandbox, workflow: str, account: Make, fault: TeamsFault, seconds: int
) -> None:
    teams.fail_next(fault)
    error = failed(account(workflow))
    assert error.retry_after == timedelta(seconds=seconds)
    assert not error.permanent
    assert not error.ambiguous
    TeamsProvider().notify(NOTIFICATION, account(workflow))
    assert len(teams.sent()) == 1


@pytest.mark.parametrize(
    ("fault", "permanent", "suspends"),
    [
        (TeamsFault(status=400), True, False),
        (TeamsFault(status=413), True, False),
        (TeamsFault(status=401), False, True),
        (TeamsFault(status=404), False, True),
        (TeamsFault(status=410), False, True),
        (TeamsFault(status=500), False, False),
        (TeamsFault(status=503), False, False),
        (TeamsFault(text="Webhook message delivery failed: returned HTTP error 413"), True, False),
    ],
)
def test_a_refusal_is_told_by_what_can_be_done_about_it(
    teams: TeamsSandbox, workflow: str, account: Make, fault: TeamsFault, permanent: bool, suspends: bool
) -> None:
    teams.fail_next(fault)
    error = failed(account(workflow))
    assert (error.permanent, error.suspends_channel) == (permanent, suspends)
    assert error.text
    assert "geheime" not in error.text


def test_an_address_inside_our_own_network_is_not_called(account: Make, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = []
    assert failed(account("https://127.0.0.1:9/workflows/x?sig=y")).code == "address_refused"
    assert failed(account("http://localhost:9/workflows/x?sig=y")).code == "url"


def test_the_stand_in_refuses_what_teams_refuses(workflow: str, account: Make) -> None:
    assert failed(account(workflow.partition("?")[0])).suspends_channel


def test_the_check_posts_nothing_unless_asked(teams: TeamsSandbox, workflow: str, account: Make) -> None:
    assert TeamsProvider().check(account(workflow)).ok
    assert teams.sent() == []
    report = TeamsProvider().check(account(workflow), test_card=NOTIFICATION)
    assert report.ok
    assert len(report.items) == 2
    assert len(teams.sent()) == 1
    teams.fail_next(TeamsFault(status=410))
    assert not TeamsProvider().check(account(workflow), test_card=NOTIFICATION).ok


def test_the_check_says_what_is_wrong_with_the_address(account: Make, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["prod-12.westeurope.logic.azure.com", "example.com"]
    for url in (
        "",
        "https://127.0.0.1/x?sig=y",
        "https://bestaat-niet.invalid/x?sig=y",
        "https://h.example:99999/x",
    ):
        report = TeamsProvider().check(account(url))
        assert not report.ok
        assert report.items[-1].detail


def test_quiet_hours_run_past_midnight_in_dutch_time(account: Make) -> None:
    config = TeamsConfig.model_validate({"quiet_hours": "22:00-07:00"})
    for hour, quiet in ((20, True), (19, False), (4, True), (5, False)):  # UTC, in summer two behind
        assert (config.quiet_until(datetime(2026, 7, 1, hour, 30, tzinfo=UTC)) is not None) is quiet
    assert config.quiet_until(datetime(2026, 7, 1, 20, 30, tzinfo=UTC)) == datetime(2026, 7, 2, 5, tzinfo=UTC)
    assert config.quiet_until(datetime(2026, 7, 1, 4, 30, tzinfo=UTC)) == datetime(2026, 7, 1, 5, tzinfo=UTC)
    # In the night in which the clock goes back, until 07:00 all the same.
    assert config.quiet_until(datetime(2026, 10, 24, 21, tzinfo=UTC)) == datetime(2026, 10, 25, 6, tzinfo=UTC)
    assert TeamsConfig().quiet_until(datetime(2026, 7, 1, tzinfo=UTC)) is None
    noon = TeamsConfig.model_validate({"quiet_hours": "12:00-13:00"})
    assert noon.quiet_until(datetime(2026, 1, 1, 11, tzinfo=UTC)) == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert noon.quiet_until(datetime(2026, 1, 1, 12, tzinfo=UTC)) is None
    for wrong in ("22-7", "25:00-07:00", "s nachts"):
        with pytest.raises(ValidationError):
            TeamsConfig.model_validate({"quiet_hours": wrong})


def test_the_specifications_settings_are_taken() -> None:
    config = TeamsConfig.model_validate(
        {
            "team_id": "19:abc123...",
            "channel_id": "19:def456...",
            "webhook_url": POWER_PLATFORM,
            "mention_groups": ["@operations-team", " @planning-team ", "@operations-team", ""],
            "app_id": "1",
            "app_password": "geheim",
        }
    )
    assert config.mention_groups == ("@operations-team", "@planning-team")
    assert "geheim" not in repr(config)


def test_it_receives_nothing(account: Make) -> None:
    with pytest.raises(SignatureInvalid):
        TeamsProvider().verify(RawExchange(b"{}", NOTIFICATION.occurred_at), [account()])
