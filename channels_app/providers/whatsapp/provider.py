from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from channels_app.providers.base import (
    Account,
    Capabilities,
    CheckReport,
    IdentifierKind,
    InboundAttachment,
    OutboundMessage,
    ParsedExchange,
    Provider,
    ProviderConfig,
    RateLimits,
    RawExchange,
    RemoteTemplate,
    SendReceipt,
    Verified,
)
from channels_app.providers.whatsapp.check import check_account
from channels_app.providers.whatsapp.config import WhatsAppConfig
from channels_app.providers.whatsapp.media import download
from channels_app.providers.whatsapp.parsing import parse_exchange
from channels_app.providers.whatsapp.sending import send_message
from channels_app.providers.whatsapp.signature import verify_exchange
from channels_app.providers.whatsapp.templates import list_templates


class WhatsAppProvider(Provider):
    """WhatsApp Business Platform, Cloud API."""

    code = "whatsapp"
    label = "WhatsApp"
    icon = "chat"
    capabilities = Capabilities(
        receives=True,
        replies=True,
        webhook=True,
        shared_webhook=True,
        reply_window=timedelta(hours=24),
        choices=True,
        templates=True,
        foresees_trouble=True,
        attachments=True,
        address_kind=IdentifierKind.PHONE,
        limits=RateLimits(
            account_per_second=80,
            recipient_interval=timedelta(seconds=6),
            recipient_burst=45,
        ),
    )
    Config = WhatsAppConfig

    def verify(self, exchange: RawExchange, accounts: Sequence[Account]) -> Verified:
        return verify_exchange(exchange, accounts)

    def parse(self, exchange: RawExchange, account: Account | None) -> ParsedExchange:
        return parse_exchange(exchange.body, exchange.received_at)

    def send(self, message: OutboundMessage, account: Account) -> SendReceipt:
        return send_message(message, account)

    def check(self, account: Account) -> CheckReport:
        return check_account(account)

    def download(self, attachment: InboundAttachment, account: Account) -> bytes:
        return download(attachment, account)

    def templates(self, account: Account) -> tuple[RemoteTemplate, ...]:
        return list_templates(account)

    def account_key(self, config: ProviderConfig, address: str) -> str:
        return config.phone_number_id if isinstance(config, WhatsAppConfig) else address
