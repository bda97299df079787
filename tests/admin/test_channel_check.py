"""A check always says something that staff understand, and does not cover up what is our own mistake."""

from __future__ import annotations

import pytest
from django.utils import timezone

from channels_app.providers.base import Account, CheckReport, ProviderError
from channels_app.providers.registry import PROVIDERS
from channels_app.services.channel_check import channel_check
from tests.factories import Brand

TROUBLE = {
    "a refusal": (ProviderError("Het token is ingetrokken."), "Het token is ingetrokken."),
    "the line is cut": (ConnectionResetError(104, "reset"), "De verbinding viel weg"),
    "a strange answer": (KeyError("data"), "niet begrijpt"),
    "text instead of an object": (AttributeError("'str' object has no attribute 'get'"), "niet begrijpt"),
}


def check_fails_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def check(self: object, account: Account) -> CheckReport:
        raise error

    monkeypatch.setattr(type(PROVIDERS["whatsapp"]), "check", check)


@pytest.mark.parametrize(("error", "said"), TROUBLE.values(), ids=TROUBLE)
def test_trouble_at_the_provider_is_told_in_words_and_kept(
    alfa: Brand, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    check_fails_with(monkeypatch, error)
    channel = alfa.channel("whatsapp", "support")

    report = channel_check(channel=channel, now=timezone.now())

    assert not report.ok
    assert said in report.items[0].detail
    channel.refresh_from_db()
    assert said in channel.last_check["items"][0]["detail"]


def test_a_mistake_of_our_own_is_not_told_as_trouble_of_the_provider(
    alfa: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_fails_with(monkeypatch, AssertionError("never"))
    with pytest.raises(AssertionError):
        channel_check(channel=alfa.channel("whatsapp", "support"), now=timezone.now())
