"""Raw mail bytes to one InboundMessage, and a bounce to the status of the mail it returns."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from typing import Any

from channels_app.providers.base import (
    CONTENT_ID_DOMAIN,
    Automated,
    DeliveryFailure,
    DeliveryState,
    Identifier,
    IdentifierKind,
    InboundMessage,
    ParsedExchange,
    Party,
    StatusUpdate,
)
from channels_app.providers.email import tokens
from channels_app.providers.email.addresses import Mailbox, mailboxes
from channels_app.providers.email.authentication import dmarc_verdict
from channels_app.providers.email.bodies import Content, read_content
from channels_app.providers.email.bounces import Bounce, find_bounce
from channels_app.providers.email.charsets import fallback_for
from channels_app.providers.email.classification import Verdict, classify, is_no_reply
from channels_app.providers.email.headers import (
    decode_header,
    message_ids,
    parse_date,
    raw_bytes,
    raw_values,
    text_value,
)
from channels_app.providers.email.quoting import SplitBody, authored_text, split_body, split_html
from channels_app.providers.email.structure import HEADER_END, Tree, headers_only, parse_tree

DEFAULT_MAX_MAIL = 40 * 1024 * 1024
DEFAULT_MAX_ATTACHMENT = 25 * 1024 * 1024
_MAX_REFERENCES = 200
_DIGESTED = 1024 * 1024  # bytes of the content that a derived id depends on
_CLOCK_SKEW = timedelta(days=1)

# The fields that routing or staff look at; everything else stays in the raw mail.
KEPT_HEADERS = (
    "auto-submitted",
    "precedence",
    "x-auto-response-suppress",
    "return-path",
    "list-id",
    "list-unsubscribe",
    "list-post",
    "authentication-results",
    "x-spam-flag",
    "x-spam-status",
    "importance",
    "x-priority",
    "priority",
    "sensitivity",
    "reply-to",
    "sender",
    "delivered-to",
    "x-original-to",
    "content-language",
    "user-agent",
    "x-mailer",
    "in-reply-to",
    "references",
    "message-id",
    "date",
    "x-failed-recipients",
    "disposition-notification-to",
)


@dataclass(frozen=True, slots=True)
class MailContext:
    """What is known of a mail beside its bytes.

    own_addresses: addresses that this brand sends from (loop protection). truncated_size: the size of a
    mail of which only the headers were fetched. arrived_at: when it came into the mailbox, which may be long
    before it was fetched. Sizes are in bytes.
    """

    account: str
    received_at: datetime
    own_addresses: Collection[str] = ()
    own_domains: Sequence[str] = ()
    trusted_ids: Sequence[str] = ()
    echo: bool = False
    historic: bool = False
    truncated_size: int | None = None
    arrived_at: datetime | None = None
    max_mail: int = DEFAULT_MAX_MAIL
    max_attachment: int = DEFAULT_MAX_ATTACHMENT


def parse_mail(raw: bytes, context: MailContext) -> ParsedExchange:
    """Read one mail. Raises nothing: what cannot be read is kept as headers with notes in data["notes"]."""
    size = context.truncated_size or len(raw)
    if size > context.max_mail or context.truncated_size is not None:
        tree = Tree(headers_only(raw), (), notes=("too_large",))
        content = Content()
    else:
        tree = parse_tree(raw)
        content = read_content(tree, max_attachment=context.max_attachment)
    message = tree.message
    fallback = fallback_for(tree.charset)
    sender = _sender(message, fallback)
    subject = text_value(message, "subject", fallback=fallback)
    bounce = find_bounce(
        tree, sender=sender.address, sender_name=sender.name, subject=subject, text=content.text
    )
    if bounce is not None:
        verdict = Verdict(Automated.BOUNCE, "bounce")
    else:
        own = () if context.echo else context.own_addresses
        verdict = classify(message, sender=sender.address, subject=subject, own_addresses=own)
    inbound = _inbound(raw, tree, content, sender, subject, verdict, bounce, size, context)
    return ParsedExchange(messages=(inbound,), statuses=_statuses(bounce, inbound, context))


def _inbound(
    raw: bytes,
    tree: Tree,
    content: Content,
    sender: Mailbox,
    subject: str,
    verdict: Verdict,
    bounce: Bounce | None,
    size: int,
    context: MailContext,
) -> InboundMessage:
    message = tree.message
    references = _ids(message, "references")
    in_reply_to = _ids(message, "in-reply-to")
    recipients = tuple(
        box
        for name in ("to", "cc", "bcc")
        for value in raw_values(message, name)
        for box in mailboxes(value, fallback=fallback_for(tree.charset))
        if box.address
    )
    split = split_html(content.html) if content.text_is_derived else split_body(content.text)
    return InboundMessage(
        account=context.account,
        external_id=_external_id(message, raw),
        sent_at=_sent_at(message, context),
        sender=_party(sender),
        kind="email",
        body=content.text,
        subject=subject,
        new_text=split.new_text,
        authored_text=_authored(split, content.text),
        html=content.html,
        attachments=tuple(content.attachments),
        reply_to=in_reply_to[0] if in_reply_to else references[-1] if references else "",
        references=tuple(dict.fromkeys((*references, *in_reply_to)))[-_MAX_REFERENCES:],
        thread_tokens=tokens.find_thread_tokens(
            [
                *references,
                *in_reply_to,
                *(box.address for box in recipients),
                *_delivered_to(message),
                *((bounce.original,) if bounce is not None else ()),
            ]
        ),
        data=_data(message, content, split.forwarded, subject, verdict, bounce, size, tree.notes, recipients),
        recipients=tuple(dict.fromkeys(_party(box) for box in recipients)),
        on_behalf_of=_on_behalf_of(message, sender, verdict, fallback_for(tree.charset)),
        automated=verdict.kind,
        authentication=dmarc_verdict(
            [decode_header(value) for value in raw_values(message, "authentication-results")],
            sender.address,
            trusted_ids=context.trusted_ids,
            own_domains=context.own_domains,
        ),
        headers=_kept_headers(message),
        echo=context.echo,
        historic=context.historic,
    )


def _authored(split: SplitBody, body: str) -> str:
    """What routing reads; of mail that was only forwarded, all of it."""
    if split.forwarded and not split.new_text:
        return body
    return authored_text(split.new_text)


def _on_behalf_of(message: Message, sender: Mailbox, verdict: Verdict, fallback: str) -> Party | None:
    """The person in Reply-To of a mail that a machine wrote for them."""
    if verdict.kind is not None or not is_no_reply(sender.address):
        return None
    return next(
        (
            _party(box)
            for value in raw_values(message, "reply-to")
            for box in mailboxes(value, fallback=fallback)
            if "@" in box.address
        ),
        None,
    )


def _sender(message: Message, fallback: str) -> Mailbox:
    """The first usable address of From; of the next best field where From names none."""
    named = Mailbox("", "")
    for name in ("from", "sender", "reply-to", "return-path"):
        for value in raw_values(message, name):
            for box in mailboxes(value, fallback=fallback):
                if "@" in box.address:
                    return box
                if not (named.name or named.address):
                    named = box
    return named


def _party(box: Mailbox) -> Party:
    identifiers = (Identifier(IdentifierKind.EMAIL, _canonical(box.address)),) if box.address else ()
    return Party(identifiers, name=box.name)


def _canonical(address: str) -> str:
    """Lower case: no server in use tells local parts apart by case, and contacts are matched on this."""
    return address.lower()


def _ids(message: Message, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for value in raw_values(message, name) for found in message_ids(value)))


def _external_id(message: Message, raw: bytes) -> str:
    """The Message-ID, or one made from the content, the same whenever and wherever the mail is fetched."""
    for value in raw_values(message, "message-id"):
        found = message_ids(value)
        if found:
            return found[0]
    digest = hashlib.sha256()
    for name in ("date", "from", "to", "subject"):
        for value in raw_values(message, name):
            digest.update(name.encode() + b":" + raw_bytes(value).strip() + b"\n")
    # Trace fields differ between two copies of one mail, so of the rest only what follows the headers counts.
    end = HEADER_END.search(raw)
    body = raw[end.end() : end.end() + _DIGESTED].replace(b"\r\n", b"\n") if end else b""
    digest.update(body.strip())
    return f"<{digest.hexdigest()[:40]}@{CONTENT_ID_DOMAIN}>"


def _sent_at(message: Message, context: MailContext) -> datetime:
    """By the sender's clock, but never after the mail came into the mailbox."""
    arrived = context.arrived_at or context.received_at
    latest = arrived if context.arrived_at else arrived + _CLOCK_SKEW
    for name in ("date", "resent-date", "delivery-date"):
        for value in raw_values(message, name):
            moment = parse_date(value)
            if moment is not None:
                return arrived if moment > latest else moment
    return arrived


def _delivered_to(message: Message) -> list[str]:
    names = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
    return [decode_header(value) for name in names for value in raw_values(message, name)]


def _kept_headers(message: Message) -> dict[str, str]:
    kept = {name: text_value(message, name)[:2_000] for name in KEPT_HEADERS}
    return {name: value for name, value in kept.items() if value}


def _data(
    message: Message,
    content: Content,
    forwarded: Mapping[str, str],
    subject: str,
    verdict: Verdict,
    bounce: Bounce | None,
    size: int,
    notes: Sequence[str],
    recipients: Sequence[Mailbox],
) -> dict[str, Any]:
    """The structured part; a key is there only when it says something."""
    reply_to = [
        box.address for value in raw_values(message, "reply-to") for box in mailboxes(value) if box.address
    ]
    cc = [box.address for value in raw_values(message, "cc") for box in mailboxes(value) if box.address]
    data: dict[str, Any] = {
        "size": size,
        "reply_to": _canonical(reply_to[0]) if reply_to else "",
        "cc": [_canonical(address) for address in cc],
        "reference_number": tokens.find_reference_number(subject),
        "calendar": content.calendar,
        "forwarded": dict(forwarded),
        "automated_reason": verdict.reason if verdict.kind else "",
        "notes": list(notes),
    }
    if bounce is not None:
        data["bounce"] = {
            "original": bounce.original,
            "status": bounce.status,
            "text": bounce.text,
            "recipient": bounce.recipient,
            "delayed": bounce.delayed,
            "delivered": bounce.delivered,
        }
    return {name: value for name, value in data.items() if value}


def _statuses(
    bounce: Bounce | None, inbound: InboundMessage, context: MailContext
) -> tuple[StatusUpdate, ...]:
    """What a mail says about one of ours: it came back, or it lies in the Sent folder."""
    if context.echo and tokens.find_own_message_ids(inbound.external_id):
        sent = DeliveryState.SENT
        return (StatusUpdate(context.account, inbound.external_id, sent, at=inbound.sent_at),)
    if bounce is not None and bounce.failed:
        return (_failure(bounce, inbound, context),)
    return ()


def _failure(bounce: Bounce, inbound: InboundMessage, context: MailContext) -> StatusUpdate:
    return StatusUpdate(
        account=context.account,
        external_id=bounce.original,
        state=DeliveryState.FAILED,
        at=inbound.sent_at,
        failure=DeliveryFailure(
            code=bounce.status or "bounce",
            text=bounce.text,
            permanent=not bounce.status.startswith("4"),
        ),
        data={"recipient": bounce.recipient, "notice": inbound.external_id},
    )
