"""The phone medium: one number per channel, told about by a vendor's call events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from django.utils.translation import gettext as _
from pydantic import Field, SecretStr, field_validator

from channels_app.providers import telephone
from channels_app.providers.base import (
    Account,
    Alert,
    Capabilities,
    CheckItem,
    CheckReport,
    IdentifierKind,
    InboundAttachment,
    ParsedExchange,
    Provider,
    ProviderConfig,
    ProviderError,
    RawExchange,
    SendReceipt,
    SignatureInvalid,
    Verified,
)
from channels_app.providers.phone import calling, calls, placetel, sipgate, twilio_calls
from channels_app.providers.phone.check import check_event_vendor, check_twilio
from channels_app.providers.twilio import TwilioApi, callback_url, verify_signature

MAX_RECORDING_BYTES = 25 * 1024 * 1024

_READERS = {"twilio": twilio_calls.read, "sipgate": sipgate.read, "placetel": placetel.read}


class PhoneConfig(ProviderConfig):
    """The settings of one telephone number."""

    vendor: Literal["twilio", "sipgate", "placetel"] = Field(
        default="twilio", title="Vendor", description="Who tells us about calls to this number."
    )
    account_sid: str = Field(
        default="",
        title="Account SID",
        description="Twilio only: console, Account info; begins with AC.",
        pattern=r"^[A-Za-z0-9]{0,64}$",
    )
    api_base: str = Field(
        default="",
        title="API address",
        description="Only for a Twilio region or a compatible vendor; empty for the usual one.",
        pattern=r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$",
    )
    webhook_public_key: str = Field(
        default="",
        title="sipgate public key",
        description="Only when sipgate publishes a new one; empty for the key that is known.",
        max_length=2000,
    )
    auth_token: SecretStr = Field(
        default=SecretStr(""),
        title="Auth token",
        description="Twilio only: it proves that a call event comes from Twilio.",
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        title="Shared secret",
        description="Placetel only: Settings, External APIs.",
    )

    @field_validator("webhook_public_key")
    @classmethod
    def _readable_key(cls, pem: str) -> str:
        if pem:
            try:
                sipgate.load_public_key(pem)
            except ValueError as error:
                raise ValueError(_("This is not an RSA public key (PEM).")) from error
        return pem


def config_of(account: Account) -> PhoneConfig:
    """The typed settings of a phone channel. Raises TypeError for another medium's channel."""
    if not isinstance(account.config, PhoneConfig):
        raise TypeError(f"channel {account.channel_id} has no phone settings")
    return account.config


class PhoneProvider(Provider):
    """Receives calls, and calls a colleague to read an alert aloud. A caller is answered by SMS, WhatsApp
    or a colleague's call."""

    code = "phone"
    label = "Phone"
    icon = "call"
    capabilities = Capabilities(
        receives=True, alerts=True, calls=True, webhook=True, address_kind=IdentifierKind.PHONE
    )
    Config = PhoneConfig

    def verify(self, exchange: RawExchange, accounts: Sequence[Account]) -> Verified:
        refusal = SignatureInvalid("no channel to verify for")
        for account in accounts:
            try:
                return _verified_for(exchange, account)
            except SignatureInvalid as error:
                refusal = error
        raise refusal

    def parse(self, exchange: RawExchange, account: Account | None) -> ParsedExchange:
        vendor = config_of(account).vendor if account else "twilio"
        return calls.parsed(_READERS[vendor](exchange), exchange, account)

    def check(self, account: Account) -> CheckReport:
        config = config_of(account)
        url = callback_url(self.code, account.channel_id)
        if config.vendor == "sipgate":
            return check_event_vendor("sipgate", url)
        if config.vendor == "placetel":
            has_secret = bool(config.webhook_secret.get_secret_value())
            return check_event_vendor("Placetel", url, has_secret=has_secret)
        if not _has_api(config):
            detail = _("Fill in the account SID and the auth token of Twilio.")
            return CheckReport((CheckItem(_("Settings"), ok=False, detail=detail),))
        return check_twilio(_api(config), account.address, url)

    def alert(self, alert: Alert, account: Account) -> SendReceipt:
        if not self.can_alert(account):
            detail = _("Only a number at Twilio, with its account SID and auth token, can place calls.")
            raise ProviderError(detail, code="not_configured", permanent=True)
        return calling.place(alert, account, _api(config_of(account)))

    def download(self, attachment: InboundAttachment, account: Account) -> bytes:
        """A recording, as MP3."""
        config = config_of(account)
        if config.vendor != "twilio" or not _has_api(config):
            raise ProviderError(_("Only recordings at Twilio can be fetched."), code="vendor", permanent=True)
        url = attachment.media_id
        recording = url if url.endswith((".mp3", ".wav")) else f"{url}.mp3"
        return _api(config).media(recording, max_bytes=MAX_RECORDING_BYTES).body

    def can_alert(self, account: Account) -> bool:
        config = config_of(account)
        return config.vendor == "twilio" and _has_api(config)

    def account_key(self, config: ProviderConfig, address: str) -> str:
        return telephone.account_key(address)


def _has_api(config: PhoneConfig) -> bool:
    return bool(config.account_sid and config.auth_token.get_secret_value())


def _api(config: PhoneConfig) -> TwilioApi:
    return TwilioApi(config.account_sid, config.auth_token, config.api_base)


def _verified_for(exchange: RawExchange, account: Account) -> Verified:
    config = config_of(account)
    if config.vendor == "sipgate":
        sipgate.verify(exchange, config.webhook_public_key)
        return Verified(answer=sipgate.answer(exchange, callback_url(PhoneProvider.code, account.channel_id)))
    if config.vendor == "placetel":
        placetel.verify(exchange, config.webhook_secret)
        return Verified()
    verify_signature(exchange, config.auth_token)
    return Verified(answer=twilio_calls.NO_INSTRUCTIONS)
