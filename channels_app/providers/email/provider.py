"""The email provider: parse, send, check. Fetching is in `imap`, driven by the worker."""

from __future__ import annotations

from uuid import UUID

from channels_app.providers.base import (
    Account,
    Capabilities,
    CheckReport,
    IdentifierKind,
    MalformedExchange,
    OutboundMessage,
    ParsedExchange,
    Provider,
    RateLimits,
    RawExchange,
    SendReceipt,
)
from channels_app.providers.email.check import check_account
from channels_app.providers.email.composing import outbound_message_id
from channels_app.providers.email.config import EmailConfig, config_of
from channels_app.providers.email.parsing import MailContext, parse_mail
from channels_app.providers.email.sending import send_message


class EmailProvider(Provider):
    """Mailboxes over IMAP and SMTP.

    The exchange's body is the raw mail. The fetcher may add these headers: `x-fetch-echo: 1` (read from
    the Sent folder), `x-fetch-historic: 1` (imported silently), `x-fetch-truncated: <bytes>` (only the
    headers of a mail of that size).
    """

    code = "email"
    label = "Email"
    capabilities = Capabilities(
        receives=True,
        replies=True,
        native_threads=True,
        attachments=True,
        rich_text=True,
        address_kind=IdentifierKind.EMAIL,
        limits=RateLimits(account_per_second=0.5),  # Microsoft 365: 30 messages a minute
    )
    Config = EmailConfig

    def parse(self, exchange: RawExchange, account: Account | None) -> ParsedExchange:
        if account is None:
            raise MalformedExchange("a mail belongs to a mailbox")
        if not exchange.body.strip():
            raise MalformedExchange("the mail is empty")
        config = config_of(account)
        truncated = exchange.headers.get("x-fetch-truncated", "")
        return parse_mail(
            exchange.body,
            MailContext(
                account=account.address,
                received_at=exchange.received_at,
                own_addresses=(account.address,),
                own_domains=account.trusted_domains,
                trusted_ids=config.trusted_authserv_ids,
                echo=exchange.headers.get("x-fetch-echo") == "1",
                historic=exchange.headers.get("x-fetch-historic") == "1",
                truncated_size=int(truncated) if truncated.isascii() and truncated.isdigit() else None,
            ),
        )

    def send(self, message: OutboundMessage, account: Account) -> SendReceipt:
        return send_message(message, account)

    def check(self, account: Account) -> CheckReport:
        return check_account(account)

    def outbound_id(self, message_id: UUID, thread_token: str, account: Account) -> str:
        return outbound_message_id(message_id, thread_token, account)
