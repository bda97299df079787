"""Non-delivery notices: recognising them, and what they say about which of our mails.

Standard reports follow RFC 3462/3464; a third of real ones do not, so sender, subject and wording count too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message

from channels_app.providers.email.charsets import decode_text
from channels_app.providers.email.headers import decode_header, message_ids, raw_values, text_value
from channels_app.providers.email.structure import Leaf, Tree, content_bytes, structured
from channels_app.providers.email.tokens import find_own_message_ids

_MAX_SCAN = 60_000

_DAEMON = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|mail[._-]?(?:delivery|system|er)[\w.-]*|mmdf|"
    r"bounces?(?:[+=-].*)?|.*-bounces|noreply-dmarc.*|microsoftexchange[0-9a-f]*|daemon|smtp|mailmaster|nobody|root)@",
    re.IGNORECASE,
)
_DAEMON_NAME = re.compile(
    r"mail(?:er)?[ _-]*(?:delivery|daemon)|delivery (?:sub)?system|postmaster|mail (?:system|administrator)|"
    r"internet mail (?:delivery|connector)|microsoft outlook|systeembeheer",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver(?:ed|able)|non[- ]?deliver|delivery (?:status|failure|error|notification|report|problem|has failed|"
    r"unsuccessful)|delivery (?:\w+ )?(?:failed|delayed)|fail(?:ed|ure)[ :-]+(?:delivery|notice|mail)|"
    r"failure (?:notice|delivery)|returned mail|mail returned|mail delivery|message (?:delivery|not delivered)|"
    r"mail (?:could not be|error)|could not (?:send|be delivered)|couldn't be delivered|"
    r"(?:email|mail|message) (?:delivery )?(?:delayed|failed|failure|rejected|bounced)|rejected (?:message|posting)|"
    r"mail system error|user unknown|unknown (?:user|address)|address (?:rejected|error)|warning: (?:could not|message)|"
    r"onbestelbaar|niet (?:afgeleverd|bezorgd|besteld)|(?:aflever|bezorg)(?:ing|fout|status)|"
    r"unzustellbar|nicht zugestellt|zustell(?:ung|bericht)|non remis|échec de la remise|non distribu|"
    r"no se puede entregar|mancata consegna|配信(?:不能|失敗)|配送|エラー|退信|системы доставки|недоставлен",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"could not be delivered|couldn['’]t be delivered|was not delivered|unable to deliver|undeliverable|cannot deliver|"
    r"delivery (?:to the following|has failed|failed|attempt)|permanent(?:ly)? (?:error|fail|fatal)|"
    r"(?:user|mailbox|recipient|address|account)[\w <>@.'\"-]{0,60}(?:unknown|unavailable|not found|does not exist|"
    r"doesn't exist|not exist|disabled|rejected|is full|full)|(?:unknown|no such) (?:user|recipient|mailbox|account)|"
    r"over quota|quota exceeded|did not reach|has been rejected|returned to (?:you|sender)|"
    r"(?:550|551|552|553|554|571|450|451|452)[ -](?:\d\.\d{1,3}\.\d{1,3}|[A-Za-z#<])|host unknown|relay(?:ing)? denied|"
    r"kon niet worden (?:afgeleverd|bezorgd)|niet worden (?:afgeleverd|bezorgd|gestuurd)|is niet afgeleverd|"
    r"nicht (?:zugestellt|erreicht)|n'a pas (?:pu être|été) (?:remis|distribué|délivré)|"
    r"存在しません|届けることができません|送信できませんでした",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"\b(?:delayed|delay|will (?:keep trying|be retried|continue)|still being (?:tried|retried)|not yet been delivered|"
    r"warning message only|this is a warning|vertraagd|verzögert|you do not need to resend)\b",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ -]")
_MESSAGE_ID_LINE = re.compile(r"^[> \t]*message-id:\s*(<[^<>\s]{3,300}>)", re.IGNORECASE | re.MULTILINE)
_RETURNED = re.compile(
    r"^[ >=*-]*(?:(?:this is|below this line is|a copy of|original|returned|rejected|unsent|begin).{0,60}message|"
    r"included is a copy|message header follows|text of (?:your )?message)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Bounce:
    """`original` is the Message-ID of the mail that was not delivered, "" when the notice does not tell.

    `status` is the enhanced status code (RFC 3463), "" when none is given; `delayed` means that the server
    still tries; `text` is the server's explanation.
    """

    original: str
    status: str
    text: str
    recipient: str = ""
    delayed: bool = False
    delivered: bool = False  # a receipt of success, no failure at all
    complaint: bool = False  # a recipient called the mail spam (RFC 5965); it did arrive

    @property
    def failed(self) -> bool:
        return not (self.delayed or self.delivered or self.complaint)


def find_bounce(tree: Tree, *, sender: str, sender_name: str, subject: str, text: str) -> Bounce | None:
    """Read a non-delivery notice; None when the mail is none."""
    report = structured(tree.message, "content-type")
    statuses = [leaf for leaf in tree.leaves if leaf.content_type == "message/delivery-status"]
    kind = report.parameters.get("report-type", "").lower()
    if kind == "feedback-report" or any(
        leaf.content_type == "message/feedback-report" for leaf in tree.leaves
    ):
        return Bounce(_original_id(tree, text), "", _first_words(text), complaint=True)
    if kind == "disposition-notification":
        return None
    standard = (report.value == "multipart/report" and kind in ("delivery-status", "")) or bool(statuses)
    if not standard and not _looks_like_bounce(tree.message, sender, sender_name, subject, text):
        return None
    fields = [group for leaf in statuses for group in _groups(leaf)]
    return _described(tree, fields, subject, text)


def _looks_like_bounce(message: Message, sender: str, sender_name: str, subject: str, text: str) -> bool:
    """Two of: sent by a mail system, a subject that says so, wording or headers of a refusal."""
    if any(raw_values(message, name) for name in ("x-failed-recipients", "x-ms-exchange-message-is-ndr")):
        return True
    null_path = has_null_return_path(message)
    daemon = bool(_DAEMON.match(sender)) or bool(_DAEMON_NAME.search(sender_name))
    said = bool(_SUBJECT.search(subject))
    worded = bool(_BODY.search(text[:_MAX_SCAN]))
    if daemon or null_path:
        return said or worded
    return said and worded and bool(_STATUS.search(text[:_MAX_SCAN]) or _RETURNED.search(text[:_MAX_SCAN]))


def has_null_return_path(message: Message) -> bool:
    """Whether the envelope sender was empty, as it is for every notice that wants no answer."""
    paths = [decode_header(value).strip() for value in raw_values(message, "return-path")]
    return any(path in ("<>", "<MAILER-DAEMON>", "<mailer-daemon>") for path in paths)


def _groups(leaf: Leaf) -> list[Message]:
    payload = leaf.part.get_payload()
    if isinstance(payload, list) and all(isinstance(part, Message) for part in payload):
        return [part for part in payload if isinstance(part, Message)]
    blocks = re.split(rb"\n\s*\n", content_bytes(leaf.part).replace(b"\r\n", b"\n"))
    return [
        message_from_bytes(block.strip() + b"\n\n", policy=policy.compat32)
        for block in blocks
        if block.strip()
    ]


def _described(tree: Tree, fields: Sequence[Message], subject: str, text: str) -> Bounce:
    actions = [value for group in fields if (value := text_value(group, "action").lower().strip(". "))]
    statuses = [match[1] for group in fields if (match := _STATUS.search(text_value(group, "status")))]
    explanation = next((value for group in fields if (value := text_value(group, "diagnostic-code"))), "")
    scanned = text[:_MAX_SCAN]
    status = next((code for code in statuses if code[0] == "5"), statuses[0] if statuses else "")
    if not status:
        match = _STATUS.search(explanation) or _STATUS.search(scanned)
        reply = None if match else _REPLY.search(explanation) or _REPLY.search(scanned)
        status = match[1] if match else f"{reply[1][0]}.0.0" if reply else ""
    if actions:
        delayed = all(action.startswith(("delayed", "relayed", "expanded")) for action in actions)
        delivered = all(action.startswith("delivered") for action in actions)
    else:
        delayed = bool(_DELAY.search(subject) or (status.startswith("4") and _DELAY.search(scanned)))
        delivered = status.startswith("2")
    recipient = next((value for group in fields if (value := text_value(group, "final-recipient"))), "")
    failed_header = text_value(tree.message, "x-failed-recipients")
    address = _ADDRESS.search(recipient) or _ADDRESS.search(failed_header) or _ADDRESS.search(scanned)
    return Bounce(
        original=_original_id(tree, text),
        status=status,
        text=(explanation.partition(";")[2] or explanation).strip()[:500] or _first_words(text),
        recipient=address[0] if address else "",
        delayed=delayed,
        delivered=delivered,
    )


def _first_words(text: str) -> str:
    return " ".join(text.split())[:300]


def _original_id(tree: Tree, text: str) -> str:
    """The Message-ID of the returned mail: enclosed, its headers enclosed, or quoted in the text.

    Ours is preferred wherever it stands, since servers enclose whole conversations.
    """
    candidates: list[str] = []
    for leaf in tree.leaves:
        if leaf.content_type in (
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/rfc822-headers",
        ):
            returned = _returned_message(leaf)
            for value in raw_values(returned, "message-id"):
                candidates.extend(message_ids(value))
    candidates.extend(_MESSAGE_ID_LINE.findall(text[:_MAX_SCAN]))
    for name in ("references", "in-reply-to"):
        for value in raw_values(tree.message, name):
            candidates.extend(reversed(message_ids(value)))
    own = find_own_message_ids(" ".join(candidates)) or find_own_message_ids(text[:_MAX_SCAN])
    return own[0] if own else candidates[0] if candidates else ""


def _returned_message(leaf: Leaf) -> Message:
    payload = leaf.part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    data = content_bytes(leaf.part)[:_MAX_SCAN]
    return message_from_bytes(decode_text(data).encode("utf-8").lstrip(), policy=policy.compat32)
