"""The settings of one WhatsApp number."""

from __future__ import annotations

import secrets

from pydantic import Field, SecretStr

from channels_app.providers.base import Account, ProviderConfig


def generate_verify_token() -> str:
    """A token for the webhook handshake: 32 characters that survive copying by hand."""
    return secrets.token_hex(16)


class WhatsAppConfig(ProviderConfig):
    phone_number_id: str = Field(
        title="Phone number ID",
        description="The number's ID at Meta (WhatsApp Manager, API setup); not the phone number itself.",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
    )
    business_account_id: str = Field(
        default="",
        title="WhatsApp Business account ID",
        description="Needed to read message templates and to check the webhook subscription.",
        pattern=r"^[A-Za-z0-9_-]{0,64}$",
    )
    webhook_verify_token: str = Field(
        default_factory=generate_verify_token,
        title="Webhook verify token",
        description="Paste it at Meta when the webhook of this channel has a URL of its own.",
        max_length=200,
    )
    template_namespace: str = Field(
        default="",
        title="Template prefix",
        description="Only templates whose name starts with this belong to the channel; empty for all.",
        max_length=100,
    )
    access_token: SecretStr = Field(
        default=SecretStr(""),
        title="Access token",
        description="A permanent token of a system user with whatsapp_business_messaging.",
    )
    app_secret: SecretStr = Field(
        default=SecretStr(""),
        title="App secret",
        description="Only when this number belongs to another Meta app than the rest.",
    )


def config_of(account: Account) -> WhatsAppConfig:
    """The typed settings of a WhatsApp channel. Raises TypeError for another medium's channel."""
    if not isinstance(account.config, WhatsAppConfig):
        raise TypeError(f"channel {account.channel_id} has no WhatsApp settings")
    return account.config
