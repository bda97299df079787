"""Sending one message: compose, log in, hand over."""

from __future__ import annotations

import re

from channels_app.providers.base import Account, OutboundMessage, ProviderError, SendReceipt
from channels_app.providers.email.composing import compose
from channels_app.providers.email.config import EmailConfig, config_of
from channels_app.providers.email.smtp import envelope_for, smtp_session, submit

_LINE_END = re.compile(rb"\r\n|\r|\n")
_REWRITES_SENDER = frozenset({"microsoft365", "google"})


def send_message(message: OutboundMessage, account: Account) -> SendReceipt:
    """Send over SMTP. The receipt's external id is the Message-ID, known before the attempt."""
    config = config_of(account)
    if not config.smtp_host:
        raise ProviderError("no SMTP server is set", code="settings", suspends_channel=True)
    mail = compose(message, account)
    recipients = [
        address.addr_spec for field in ("To", "Cc") if field in mail for address in mail[field].addresses
    ]
    if not all(recipient.isascii() for recipient in recipients):
        raise ProviderError("international addresses are not supported", code="address", permanent=True)
    sender = mail["From"].addresses[0].addr_spec
    content = _LINE_END.sub(b"\r\n", mail.as_bytes())
    with smtp_session(account) as client:
        null_path = message.automated and _takes_null_path(config)
        refused = submit(client, envelope_for(sender, recipients, null_path=null_path), content)
    return SendReceipt(str(mail["Message-ID"]), data={"refused": refused} if refused else {})


def _takes_null_path(config: EmailConfig) -> bool:
    # The large services accept mail from the mailbox's own address only.
    return config.preset not in _REWRITES_SENDER
