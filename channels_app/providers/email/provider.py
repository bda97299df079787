"""The email provider: parse, send, check. Fetching is in `imap`, driven by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from uuid import UUID

from django.utils.translation import gettext as _

from channels_app.providers.base import (
    Account,
    Alert,
    Capabilities,
    CheckReport,
    IdentifierKind,
    MalformedExchange,
    OutboundMessage,
    ParsedExchange,
    Provider,
    RateLimits,
    RawExchange,
    Reading,
    SendReceipt,
)
from channels_app.providers.email.check import check_account
from channels_app.providers.email.composing import outbound_message_id
from channels_app.providers.email.config import EmailConfig, config_of
from channels_app.providers.email.parsing import MailContext, parse_mail
from channels_app.providers.email.sending import send_message


def one_line(text: str) -> str:
    """A header's text on one line, whatever it was given as."""
    return " ".join(text.split())


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


class EmailProvider(Provider):
    """Mailboxes over IMAP and SMTP.

    The exchange's body is the raw mail. The fetcher may add these headers: `x-fetch-echo: 1` (read from
    the Sent folder), `x-fetch-historic: 1` (imported silently), `x-fetch-truncated: <bytes>` (only the
    headers of a mail of that size), `x-fetch-arrived: <ISO 8601>` (when it came into the mailbox).
    """

    code = "email"
    label = "Email"
    icon = "mail"
    capabilities = Capabilities(
        receives=True,
        replies=True,
        alerts=True,
        fetched=True,
        native_threads=True,
        attachments=True,
        rich_text=True,
        address_kind=IdentifierKind.EMAIL,
        limits=RateLimits(account_per_second=0.5),  # Microsoft 365: 30 messages a minute
    )
    Config = EmailConfig

    def parse(self, exchange: RawExchange, account: Account | None) -> ParsedExchange:
        if account is None:
            raise MalformedExchange(_("This mail does not say in which mailbox it arrived."))
        if not exchange.body.strip():
            raise MalformedExchange(_("This mail is empty."))
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
                arrived_at=_moment(exchange.headers.get("x-fetch-arrived", "")),
            ),
        )

    def read_text(self, subject: str, body: str, headers: Mapping[str, str], account: Account) -> Reading:
        mail = Message()
        for name, value in {**headers, "Subject": subject}.items():
            mail[one_line(name)] = one_line(value)
        mail.set_payload(body, "utf-8")
        parsed = self.parse(RawExchange(body=mail.as_bytes(), received_at=datetime.now(UTC)), account)
        message = parsed.messages[0]
        return Reading(
            new_text=message.body if message.authored_text is None else message.authored_text,
            automated=message.automated,
            authentication=message.authentication,
        )

    def send(self, message: OutboundMessage, account: Account) -> SendReceipt:
        return send_message(message, account)

    def alert(self, alert: Alert, account: Account) -> SendReceipt:
        mail = OutboundMessage(
            message_id=alert.alert_id,
            recipient=alert.recipient,
            subject=one_line(alert.title),
            body=f"{alert.text}\n\n{alert.url}".strip(),
            # Should it come back to a mailbox of ours, nobody may take it for a customer's question.
            automated=True,
        )
        return send_message(mail, account)

    def can_alert(self, account: Account) -> bool:
        config = config_of(account)
        return bool(config.smtp_host) and (config.has_credentials or config.smtp_security == "none")

    def check(self, account: Account) -> CheckReport:
        return check_account(account)

    def outbound_id(self, message_id: UUID, thread_token: str, account: Account) -> str:
        return outbound_message_id(message_id, thread_token, account)
