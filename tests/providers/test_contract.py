"""What every medium must keep to. A provider that is registered is tested here before it has tests."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from channels_app.providers import http
from channels_app.providers.base import (
    Account,
    Alert,
    AttachmentContent,
    CheckReport,
    Identifier,
    IdentifierKind,
    InboundAttachment,
    MalformedExchange,
    Notification,
    OutboundMessage,
    ParsedExchange,
    Party,
    Provider,
    ProviderError,
    RawExchange,
    SignatureInvalid,
)
from channels_app.providers.registry import PROVIDERS

from .sample_config import is_secret, sample_config, secret_for

NOW = datetime(2026, 5, 22, 10, 0, tzinfo=UTC)
ADDRESSES = {
    IdentifierKind.EMAIL: ("support@chargecars.example", "jan@example.com"),
    IdentifierKind.PHONE: ("+31612345001", "+31687654321"),
    None: ("chargecars-support", "chargecars-support"),
}
SIGNATURE_HEADERS = (
    "x-hub-signature-256",
    "x-twilio-signature",
    "messagebird-signature-jwt",
    "messagebird-signature",
    "authorization",
)

every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())
with_webhook = pytest.mark.parametrize(
    "provider",
    [provider for provider in PROVIDERS.values() if provider.capabilities.webhook],
    ids=lambda one: one.code,
)
fuzzed = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def app_settings(settings: Any) -> None:
    settings.WHATSAPP_APP_SECRET = "app-secret"
    settings.WHATSAPP_VERIFY_TOKEN = "app-token"
    settings.OUTBOUND_ALLOWED_HOSTS = []


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name resolves, so that nothing can be reached."""

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "offline")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


def account_of(provider: Provider) -> Account:
    return Account(
        channel_id=UUID(int=7),
        entity_code="chargecars",
        address=ADDRESSES[provider.capabilities.address_kind][0],
        display_name="ChargeCars Support",
        config=sample_config(provider.Config),
    )


def exchange(body: bytes, **values: Any) -> RawExchange:
    url = "https://cc.example/webhooks/x/00000000-0000-0000-0000-000000000007/"
    return RawExchange(**{"body": body, "received_at": NOW, "url": url, **values})


def message_to(provider: Provider) -> OutboundMessage:
    kind = provider.capabilities.address_kind or IdentifierKind.EMAIL
    return OutboundMessage(
        message_id=UUID(int=9),
        recipient=Party((Identifier(kind, ADDRESSES[kind][1]),), "Jan"),
        body="Goedemiddag",
        subject="Uw vraag",
        sender_address=ADDRESSES[kind][0],
    )


NOTIFICATION = Notification(
    notification_id=UUID(int=11),
    event="new_message",
    title="Nieuw bericht",
    entity_name="ChargeCars",
    channel_name="Support",
    priority="normal",
    occurred_at=NOW,
)


def alert_to(provider: Provider) -> Alert:
    kind = provider.capabilities.address_kind or IdentifierKind.EMAIL
    return Alert(UUID(int=12), Party((Identifier(kind, ADDRESSES[kind][1]),), "Jan"), "Spoed", "Kom snel.")


ATTACHMENT = InboundAttachment("a.jpg", "image/jpeg", AttachmentContent.REMOTE, media_id="12345")


def overrides(provider: Provider, verb: str) -> bool:
    return getattr(type(provider), verb) is not getattr(Provider, verb)


@every_provider
def test_a_provider_is_registered_under_its_own_code(provider: Provider) -> None:
    assert PROVIDERS[provider.code] is provider
    assert provider.label
    assert provider.code.isidentifier()


@every_provider
def test_capabilities_and_verbs_agree(provider: Provider) -> None:
    can = provider.capabilities
    assert overrides(provider, "send") == can.replies
    assert overrides(provider, "notify") == can.notifies
    assert overrides(provider, "alert") == can.alerts
    assert overrides(provider, "templates") == can.templates
    assert overrides(provider, "parse") == can.receives
    assert overrides(provider, "verify") or not can.webhook
    assert can.webhook or not can.shared_webhook
    assert can.receives or not can.webhook
    assert can.reply_window is None or can.replies
    assert (can.address_kind is None) or can.receives or can.replies


@every_provider
def test_a_verb_that_is_not_supported_says_so(provider: Provider) -> None:
    account = account_of(provider)
    attempts: dict[str, Callable[[], object]] = {
        "send": lambda: provider.send(message_to(provider), account),
        "notify": lambda: provider.notify(NOTIFICATION, account),
        "alert": lambda: provider.alert(alert_to(provider), account),
        "download": lambda: provider.download(ATTACHMENT, account),
        "templates": lambda: provider.templates(account),
    }
    for verb, attempt in attempts.items():
        if not overrides(provider, verb):
            with pytest.raises(ProviderError) as raised:
                attempt()
            assert (raised.value.code, raised.value.permanent) == ("unsupported", True)


@every_provider
def test_no_setting_shows_a_secret(provider: Provider) -> None:
    account = account_of(provider)
    secrets = [
        secret_for(name)
        for name, field in provider.Config.model_fields.items()
        if is_secret(field.annotation)
    ]
    config = account.config
    shown = (
        repr(account),
        str(config),
        repr(config),
        config.model_dump_json(),
        json.dumps(config.model_dump(mode="json"), default=str),
    )
    assert not [secret for secret in secrets if any(secret in text for text in shown)]


@every_provider
def test_fields_that_sound_secret_are_secret(provider: Provider) -> None:
    telltale = ("password", "secret", "access_token", "auth_token", "api_key", "signing_key")
    for name, field in provider.Config.model_fields.items():
        if any(word in name for word in telltale):
            assert is_secret(field.annotation), name


@every_provider
def test_every_setting_has_a_title_for_the_form(provider: Provider) -> None:
    assert not [name for name, field in provider.Config.model_fields.items() if not field.title]


@every_provider
def test_unknown_settings_are_refused(provider: Provider) -> None:
    assert provider.Config.model_config["extra"] == "forbid"


@every_provider
def test_an_account_is_found_by_a_key(provider: Provider) -> None:
    account = account_of(provider)
    assert provider.account_key(account.config, account.address)


@with_webhook
@pytest.mark.parametrize("body", [b"", b"{}", b"a=b", b"\xff\x00"])
@pytest.mark.parametrize(
    "signature", [None, "", "sha256=", "sha256=" + "0" * 64, "Bearer x", "AAAA", "\u2603"]
)
def test_an_exchange_without_a_good_signature_is_refused(
    provider: Provider, body: bytes, signature: str | None
) -> None:
    headers = {} if signature is None else dict.fromkeys(SIGNATURE_HEADERS, signature)
    for method in ("POST", "GET", "HEAD"):
        for accounts in ([], [account_of(provider)]):
            with pytest.raises(SignatureInvalid) as refused:
                provider.verify(exchange(body, headers=headers, method=method), accounts)
            assert refused.value.status in (401, 403)


@with_webhook
@fuzzed
@given(body=st.binary(max_size=300), headers=st.dictionaries(st.sampled_from(SIGNATURE_HEADERS), st.text()))
def test_no_signature_can_be_guessed_and_none_breaks_the_check(
    provider: Provider, body: bytes, headers: dict[str, str]
) -> None:
    with pytest.raises(SignatureInvalid):
        provider.verify(exchange(body, headers=headers), [account_of(provider)])


@pytest.mark.parametrize(
    "provider", [one for one in PROVIDERS.values() if not one.capabilities.webhook], ids=lambda one: one.code
)
def test_a_medium_without_webhook_accepts_no_call(provider: Provider) -> None:
    with pytest.raises(SignatureInvalid):
        provider.verify(exchange(b"{}"), [account_of(provider)])


def parses(provider: Provider, body: bytes, account: Account | None) -> None:
    try:
        parsed = provider.parse(exchange(body), account)
    except MalformedExchange as error:
        assert str(error)  # noqa: PT017 - both outcomes are right, a silent refusal is not
    else:
        assert isinstance(parsed, ParsedExchange)
        for message in parsed.messages:
            assert message.external_id
            assert message.sent_at.tzinfo is not None


@every_provider
@fuzzed
@given(body=st.binary(max_size=500))
def test_no_bytes_break_the_parser(provider: Provider, body: bytes) -> None:
    parses(provider, body, account_of(provider))


@every_provider
@fuzzed
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=10,
    )
)
def test_no_json_breaks_the_parser(provider: Provider, value: Any) -> None:
    parses(provider, json.dumps(value).encode(), account_of(provider))


@every_provider
@fuzzed
@given(fields=st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=4))
def test_no_form_breaks_the_parser(provider: Provider, fields: dict[str, str]) -> None:
    body = urlencode({key: value.encode(errors="replace") for key, value in fields.items()}).encode()
    parses(provider, body, account_of(provider))


@every_provider
def test_a_check_reports_and_never_raises(provider: Provider, offline: None) -> None:
    report = provider.check(account_of(provider))
    assert isinstance(report, CheckReport)
    assert report.items
    assert not report.ok
    assert all(item.label for item in report.items)
    secrets = [secret_for(name) for name in provider.Config.model_fields]
    assert not [secret for secret in secrets if secret in repr(report)]


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> Callable[[ProviderError], list[str]]:
    """Replaces what leaves the process by one failure; returns the list of calls made."""

    def fail_with(failure: ProviderError) -> list[str]:
        calls: list[str] = []

        def attempt(method: str, *args: Any) -> ProviderError:
            calls.append(method)
            return failure

        monkeypatch.setattr(http, "_attempt", attempt)
        return calls

    return fail_with


def attempts_of(provider: Provider) -> list[Callable[[], object]]:
    account = account_of(provider)
    attempts: list[Callable[[], object]] = []
    if provider.capabilities.replies:
        attempts.append(lambda: provider.send(message_to(provider), account))
    if provider.capabilities.notifies:
        attempts.append(lambda: provider.notify(NOTIFICATION, account))
    if provider.capabilities.alerts:
        attempts.append(lambda: provider.alert(alert_to(provider), account))
    return attempts


@every_provider
def test_silence_after_sending_is_ambiguous(
    provider: Provider, offline: None, transport: Callable[[ProviderError], list[str]]
) -> None:
    for attempt in attempts_of(provider):
        calls = transport(ProviderError("no answer in time", code="timeout"))
        with pytest.raises(ProviderError) as raised:
            attempt()
        # A medium that does not speak HTTP could not even connect.
        assert raised.value.ambiguous is bool(calls)
        assert not raised.value.permanent


@every_provider
def test_an_unreachable_provider_is_tried_again(provider: Provider, offline: None) -> None:
    for attempt in attempts_of(provider):
        with pytest.raises(ProviderError) as raised:
            attempt()
        error = raised.value
        assert (error.permanent, error.ambiguous, error.suspends_channel) == (False, False, False)


@every_provider
def test_a_recipient_without_address_is_a_permanent_failure(provider: Provider, offline: None) -> None:
    if provider.capabilities.replies:
        with pytest.raises(ProviderError) as raised:
            provider.send(replace(message_to(provider), recipient=Party(())), account_of(provider))
        assert raised.value.permanent


@every_provider
def test_a_provider_keeps_nothing_between_calls(provider: Provider) -> None:
    assert not vars(provider)
