"""The SMS medium: one number (or messaging service) per channel.

A message goes to the channel of the number it was sent to, wherever it arrives, so that a webhook set on
the wrong number brings nothing to another brand; a number of a messaging service that is no channel's own
goes to the channel of the URL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from django.utils.translation import gettext as _
from pydantic import Field, SecretStr

from channels_app.providers import telephone
from channels_app.providers.base import (
    Account,
    Alert,
    Capabilities,
    CheckItem,
    CheckReport,
    IdentifierKind,
    InboundAttachment,
    OutboundMessage,
    ParsedExchange,
    Provider,
    ProviderConfig,
    ProviderError,
    RateLimits,
    RawExchange,
    SendReceipt,
    SignatureInvalid,
    Verified,
)
from channels_app.providers.sms import messagebird, twilio_messages
from channels_app.providers.sms.check import check_messagebird, check_twilio
from channels_app.providers.sms.segments import alphabet, segments
from channels_app.providers.twilio import TwilioApi, callback_url, verify_signature

MAX_CHARACTERS = 1600  # Twilio refuses more, however few segments it would be
MAX_MEDIA_BYTES = 25 * 1024 * 1024


class SmsConfig(ProviderConfig):
    """The settings of one SMS number."""

    vendor: Literal["twilio", "messagebird"] = Field(
        default="twilio",
        title="Vendor",
        description="Twilio sends and receives; of MessageBird (Bird) the product only receives.",
    )
    account_sid: str = Field(
        default="",
        title="Account SID",
        description="Twilio console, Account info; begins with AC.",
        pattern=r"^[A-Za-z0-9]{0,64}$",
    )
    messaging_service_sid: str = Field(
        default="",
        title="Messaging service SID",
        description="Only when a Twilio messaging service chooses the sending number; begins with MG.",
        pattern=r"^(MG[A-Za-z0-9]{1,62})?$",
    )
    api_base: str = Field(
        default="",
        title="API address",
        description="Only for a Twilio region or a compatible vendor; empty for the usual one.",
        pattern=r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$",
    )
    signature_max_age_minutes: int = Field(
        default=60,
        title="Oldest MessageBird signature (minutes)",
        description="Older calls are refused. MessageBird repeats a failed call for a day, signed as at first.",
        ge=1,
        le=1440,
    )
    auth_token: SecretStr = Field(
        default=SecretStr(""),
        title="Auth token",
        description="Twilio console, Account info; it also proves that a webhook comes from Twilio.",
    )
    signing_key: SecretStr = Field(
        default=SecretStr(""),
        title="MessageBird signing key",
        description="Bird dashboard, Developers, Webhooks; it proves that a webhook comes from MessageBird.",
    )


def config_of(account: Account) -> SmsConfig:
    """The typed settings of an SMS channel. Raises TypeError for another medium's channel."""
    if not isinstance(account.config, SmsConfig):
        raise TypeError(f"channel {account.channel_id} has no SMS settings")
    return account.config


class SmsProvider(Provider):
    code = "sms"
    label = "SMS"
    icon = "sms"
    capabilities = Capabilities(
        receives=True,
        replies=True,
        alerts=True,
        webhook=True,
        address_kind=IdentifierKind.PHONE,
        limits=RateLimits(account_per_second=10),
    )
    Config = SmsConfig

    def verify(self, exchange: RawExchange, accounts: Sequence[Account]) -> Verified:
        refusal = SignatureInvalid("no channel to verify for")
        for account in accounts:
            try:
                _verify_for(exchange, config_of(account))
            except SignatureInvalid as error:
                refusal = error
            else:
                return Verified()
        raise refusal

    def parse(self, exchange: RawExchange, account: Account | None) -> ParsedExchange:
        if account is not None and config_of(account).vendor == "messagebird":
            return messagebird.parse(exchange, account)
        return twilio_messages.parse(exchange, account)

    def parts(self, text: str) -> int | None:
        return segments(text)

    def send(self, message: OutboundMessage, account: Account) -> SendReceipt:
        config = config_of(account)
        form = _outgoing(message, account, config)
        try:
            answer = _api(config).post("/Messages.json", form)
        except ProviderError as error:
            if error.code in ("404", "20404"):  # of this resource it means: no such account
                error.suspends_channel, error.permanent = True, False
            raise
        fields = answer if isinstance(answer, dict) else {}
        data = {"segments": segments(message.body), "encoding": alphabet(message.body).name}
        return SendReceipt(external_id=str(fields.get("sid") or ""), data=data)

    def alert(self, alert: Alert, account: Account) -> SendReceipt:
        # The link goes last and whole, whatever has to be left out before it.
        room = MAX_CHARACTERS - len(alert.url) - 1
        body = f"{alert.text[:room]} {alert.url}".strip()
        return self.send(
            OutboundMessage(message_id=alert.alert_id, recipient=alert.recipient, body=body), account
        )

    def can_alert(self, account: Account) -> bool:
        config = config_of(account)
        return config.vendor == "twilio" and not _missing(config)

    def check(self, account: Account) -> CheckReport:
        config = config_of(account)
        url = callback_url(self.code, account.channel_id)
        if config.vendor == "messagebird":
            return check_messagebird(bool(config.signing_key.get_secret_value()), url)
        missing = _missing(config)
        if missing:
            return CheckReport((CheckItem(_("Settings"), ok=False, detail=missing),))
        return check_twilio(_api(config), account.address, url, config.messaging_service_sid)

    def download(self, attachment: InboundAttachment, account: Account) -> bytes:
        return _api(config_of(account)).media(attachment.media_id, max_bytes=MAX_MEDIA_BYTES).body

    def account_key(self, config: ProviderConfig, address: str) -> str:
        return telephone.account_key(address)


def _verify_for(exchange: RawExchange, config: SmsConfig) -> None:
    if config.vendor == "messagebird":
        max_age = timedelta(minutes=config.signature_max_age_minutes)
        messagebird.verify(exchange, config.signing_key, max_age)
    else:
        verify_signature(exchange, config.auth_token)


def _api(config: SmsConfig) -> TwilioApi:
    return TwilioApi(config.account_sid, config.auth_token, config.api_base)


def _missing(config: SmsConfig) -> str:
    if not config.account_sid or not config.auth_token.get_secret_value():
        return _("Fill in the account SID and the auth token of Twilio.")
    return ""


def _outgoing(message: OutboundMessage, account: Account, config: SmsConfig) -> dict[str, str | SecretStr]:
    if config.vendor != "twilio":
        raise _refused("vendor", _("This channel only receives: SMS leaves through Twilio."))
    if missing := _missing(config):
        raise _refused("not_configured", missing)
    recipient = next(
        (who.value for who in message.recipient.identifiers if who.kind is IdentifierKind.PHONE), ""
    )
    if not telephone.e164(recipient):
        raise _refused("21211", _("The recipient has no telephone number that can receive SMS."))
    if message.attachments:
        raise _refused("attachments", _("SMS carries no attachments; send a link or use another medium."))
    if not message.body.strip():
        raise _refused("21602", _("The message is empty."))
    if len(message.body) > MAX_CHARACTERS:
        raise _refused("21617", _("An SMS holds at most %(limit)d characters.") % {"limit": MAX_CHARACTERS})
    sender = (
        {"MessagingServiceSid": config.messaging_service_sid}
        if config.messaging_service_sid
        else {"From": telephone.e164(account.address) or account.address}
    )
    callback = callback_url(SmsProvider.code, account.channel_id)
    return {
        "To": recipient,
        "Body": message.body,
        "StatusCallback": f"{callback}?{twilio_messages.MESSAGE_PARAMETER}={message.message_id}",
        **sender,
    }


def _refused(code: str, text: str) -> ProviderError:
    return ProviderError(text, code=code, permanent=True)
