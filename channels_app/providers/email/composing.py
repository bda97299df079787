"""An outgoing mail as MIME, ready for SMTP: text and HTML, threading and loop headers, attachments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from uuid import UUID

from channels_app.providers.base import Account, OutboundMessage, ProviderError
from channels_app.providers.email import tokens
from channels_app.providers.email.config import config_of

MAX_REFERENCES = 1_500  # characters of the References field; some servers refuse long fields
_BROKEN = re.compile(r"[\r\n\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,253}")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")


class _MailPolicy(EmailPolicy):
    """The SMTP policy, but message ids are never cut or encoded: the standard one does so with ids of
    more than 78 characters, and then no mail program recognises them."""

    linesep = "\r\n"

    def fold(self, name: str, value: str) -> str:
        return self._unbroken(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self._unbroken(name, value).encode("ascii", "replace") or super().fold_binary(name, value)

    def _unbroken(self, name: str, value: str) -> str:
        if name.lower() not in ("message-id", "in-reply-to", "references"):
            return ""
        return f"{name}: " + f"{self.linesep} ".join(str(value).split()) + self.linesep


def compose(message: OutboundMessage, account: Account, *, now: datetime | None = None) -> EmailMessage:
    """Build the mail. Raises ProviderError (permanent, code "header" or "address") when a field would
    carry a line break or an address is none: such a mail is never sent."""
    config = config_of(account)
    sender = message.sender_address or account.address
    mail = EmailMessage(policy=_MailPolicy())
    mail["From"] = address_field(config.from_name or message.sender_name or account.display_name, sender)
    mail["To"] = address_field(message.recipient.name, message.recipient.address)
    if message.cc:
        mail["Cc"] = tuple(address_field("", address) for address in message.cc)
    if config.reply_plus_address and message.thread_token:
        reply_to = tokens.plus_address(sender, message.thread_token)
        mail["Reply-To"] = address_field(message.sender_name or account.display_name, reply_to)
    mail["Subject"] = _checked(message.subject, "subject")
    mail["Date"] = format_datetime(now or datetime.now(UTC))
    mail["Message-ID"] = outbound_message_id(message.message_id, message.thread_token, account)
    if message.reply_to and not tokens.is_derived(message.reply_to):
        mail["In-Reply-To"] = _identifier(message.reply_to)
    references = trimmed_references((*message.references, message.reply_to))
    if references:
        mail["References"] = references
    if message.automated:
        mail["Auto-Submitted"] = "auto-replied" if message.reply_to else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Precedence"] = "bulk"
    _add_content(mail, message)
    return mail


def outbound_message_id(message_id: UUID, thread_token: str, account: Account) -> str:
    """The Message-ID that a message has at every attempt."""
    return tokens.message_id(message_id, thread_token, account.address.rpartition("@")[2])


def trimmed_references(identifiers: Sequence[str]) -> str:
    """A References field of bounded length: the first message and as many of the last as fit."""
    named = (identifier for identifier in identifiers if identifier and not tokens.is_derived(identifier))
    unique = list(dict.fromkeys(_identifier(identifier) for identifier in named))
    if not unique:
        return ""
    first, *rest = unique
    kept: list[str] = []
    length = len(first)
    for identifier in reversed(rest):
        length += len(identifier) + 1
        if length > MAX_REFERENCES:
            break
        kept.append(identifier)
    return " ".join([first, *reversed(kept)])


def address_field(name: str, address: str) -> Address:
    """A mailbox for a header; international domains in their ASCII form."""
    _checked(address, "address")
    if not _ADDRESS.fullmatch(address):
        raise ProviderError(f"{address!r} is not an email address", code="address", permanent=True)
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("ascii" if domain.isascii() else "idna").decode("ascii")
        return Address(display_name=_checked(name, "name"), username=local, domain=ascii_domain)
    except (UnicodeError, ValueError, IndexError) as error:
        raise ProviderError(f"{address!r} cannot be written to", code="address", permanent=True) from error


def _checked(value: str, field: str) -> str:
    if _BROKEN.search(value):
        raise ProviderError(f"a line break or control character in {field}", code="header", permanent=True)
    return value


def _identifier(value: str) -> str:
    value = _checked(value.strip(), "references")
    return value if value.startswith("<") else f"<{value}>"


def _add_content(mail: EmailMessage, message: OutboundMessage) -> None:
    # Quoted-printable keeps Dutch readable in the raw mail and any line within SMTP's 998 characters.
    mail.set_content(message.body, cte="quoted-printable")
    inline = [file for file in message.attachments if file.inline]
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
        html = mail.get_payload()[-1]  # type: ignore[index]
        for file in inline:
            main, sub = _content_type(file.content_type)
            with file.open() as stream:
                html.add_related(  # type: ignore[union-attr]
                    stream.read(), main, sub, cid=f"<{_checked(file.name, 'attachment')}>", disposition="inline",
                    filename=_checked(file.name, "attachment"),
                )  # fmt: skip
    for file in message.attachments:
        if file.inline and message.html:
            continue
        main, sub = _content_type(file.content_type)
        with file.open() as stream:
            mail.add_attachment(stream.read(), main, sub, filename=_checked(file.name, "attachment"))


def _content_type(value: str) -> tuple[str, str]:
    kind = value.strip().lower()
    if not _TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/", "text/")):
        # A text file goes as bytes too: its charset is not known, and must not be guessed.
        kind = "application/octet-stream"
    main, _, sub = kind.partition("/")
    return main, sub
