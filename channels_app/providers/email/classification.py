"""Mail that no person wrote to us: automatic answers, notices, lists and spam (RFC 3834, RFC 5230, practice)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from email.message import Message

from channels_app.providers.base import Automated
from channels_app.providers.email.bounces import has_null_return_path
from channels_app.providers.email.headers import decode_header, raw_values, text_value
from channels_app.providers.email.structure import structured

_ROLE_SENDER = re.compile(
    r"^(?:owner-.*|.*-owner|.*-request|.*-bounces?|bounces?[+=-].*|listserv|majordomo|lists?-(?:admin|bounces).*|"
    r"mailer-?daemon|mailer|postmaster|mdaemon)@",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(
    r"^(?:[\w.]*[._-])?(?:no|not|do-?not|don-?t|niet|nicht|ne-?pas)[._-]?(?:reply|respond|answer|antwoorden|"
    r"beantwoorden|antworten|repondre)(?:[._+-].*)?@|^(?:noreply|donotreply|nietbeantwoorden)\w*@",
    re.IGNORECASE,
)
_AUTO_SUBJECT = re.compile(
    r"^\W*(?:auto(?:matic|matisch|matische)?[ -]?(?:reply|response|antwoord|beantwoording|antwort|bericht)|"
    r"automatisch antwoord|automatische (?:antwort|beantwoording)|réponse automatique|risposta automatica|"
    r"respuesta automática|resposta automática|automatiskt svar|autosvar|out of (?:the )?office|ooo\s*:|"
    r"afwezig(?:heid)?\s*:|afwezigheids(?:bericht|assistent|melding)|niet aanwezig\s*:|buiten kantoor|"
    r"abwesenheits(?:notiz|nachricht)|abwesend\s*:|message d['’]absence|absence du bureau|vacation (?:reply|response))",
    re.IGNORECASE,
)
_LIST_HEADERS = (
    "list-id",
    "list-post",
    "list-owner",
    "mailing-list",
    "x-mailinglist",
    "x-mailing-list",
    "x-list",
)
_BULK_HEADERS = (
    "list-unsubscribe",
    "list-help",
    "list-subscribe",
    "feedback-id",
    "x-campaign",
    "x-campaignid",
)
_AUTO_REPLY_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-autoreply-from",
    "x-mail-autoreply",
    "auto-reply",
)
_SPAM_FLAGS = (
    ("x-spam-flag", "yes"),
    ("x-spam-status", "yes"),
    ("x-spam", "yes"),
    ("x-spam-decision", "yes"),
    ("x-barracuda-spam-flag", "yes"),
    ("x-spam-action", "quarantine"),
)
_EXCHANGE_SPAM = re.compile(r"\bSFV:SPM\b|\bSCL:[6-9]\b")
_SUPPRESSING = frozenset({"all", "autoreply", "oof", "dr", "rn", "nrn"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` None: a person wrote it. `reason` names the sign that decided, for the log."""

    kind: Automated | None
    reason: str = ""


def classify(message: Message, *, sender: str, subject: str, own_addresses: Collection[str] = ()) -> Verdict:
    """Whether and why a mail is automated. Bounces are found before (`bounces.find_bounce`)."""
    for rule in (_spam, _report, _auto_submitted, _auto_reply_signs, _mailing_list, _sender_signs):
        verdict = rule(message, sender, subject)
        if verdict.kind is not None:
            return verdict
    if sender.lower() in {address.lower() for address in own_addresses}:
        return Verdict(Automated.SYSTEM, "own_address")
    return Verdict(None)


_PERSON = Verdict(None)


def _spam(message: Message, sender: str, subject: str) -> Verdict:
    for name, value in _SPAM_FLAGS:
        if any(decode_header(raw).lower().startswith(value) for raw in raw_values(message, name)):
            return Verdict(Automated.SPAM, name)
    report = text_value(message, "x-forefront-antispam-report")
    return (
        Verdict(Automated.SPAM, "x-forefront-antispam-report") if _EXCHANGE_SPAM.search(report) else _PERSON
    )


def _report(message: Message, sender: str, subject: str) -> Verdict:
    content = structured(message, "content-type")
    if content.value != "multipart/report":
        return _PERSON
    kind = content.parameters.get("report-type", "").lower()
    # A read receipt answers our mail; an abuse report is news about it.
    return Verdict(Automated.AUTO_REPLY if "disposition" in kind else Automated.SYSTEM, "multipart/report")


def _auto_submitted(message: Message, sender: str, subject: str) -> Verdict:
    for raw in raw_values(message, "auto-submitted"):
        value = re.split(r"[;\s(]", decode_header(raw).lower(), maxsplit=1)[0]
        if value and value != "no":
            is_notice = value in ("auto-generated", "auto-notified")
            answered = bool(_AUTO_SUBJECT.match(subject) or raw_values(message, "in-reply-to"))
            kind = Automated.SYSTEM if is_notice and not answered else Automated.AUTO_REPLY
            return Verdict(kind, "auto-submitted")
    return _PERSON


def _auto_reply_signs(message: Message, sender: str, subject: str) -> Verdict:
    for raw in raw_values(message, "x-auto-response-suppress"):
        values = {piece.strip() for piece in re.split(r"[,;\s]+", decode_header(raw).lower())}
        if values & _SUPPRESSING:
            return Verdict(Automated.AUTO_REPLY, "x-auto-response-suppress")
    for name in _AUTO_REPLY_HEADERS:
        if any(decode_header(raw).lower() not in ("", "no", "false") for raw in raw_values(message, name)):
            return Verdict(Automated.AUTO_REPLY, name)
    if text_value(message, "precedence").lower() in ("auto_reply", "auto-reply", "autoreply"):
        return Verdict(Automated.AUTO_REPLY, "precedence")
    if _AUTO_SUBJECT.match(subject):
        return Verdict(Automated.AUTO_REPLY, "subject")
    return _PERSON


def _mailing_list(message: Message, sender: str, subject: str) -> Verdict:
    for name in (*_LIST_HEADERS, *_BULK_HEADERS):
        if any(decode_header(raw) for raw in raw_values(message, name)):
            return Verdict(Automated.MAILING_LIST, name)
    if text_value(message, "precedence").lower() in ("bulk", "list", "junk"):
        return Verdict(Automated.MAILING_LIST, "precedence")
    return _PERSON


def is_no_reply(address: str) -> bool:
    """Whether an address says of itself that nobody reads it."""
    return bool(_NO_REPLY.match(address))


def _sender_signs(message: Message, sender: str, subject: str) -> Verdict:
    envelope = [decode_header(raw).strip("<> ") for raw in raw_values(message, "return-path")]
    if has_null_return_path(message):
        return Verdict(Automated.SYSTEM, "return-path")
    for address in (sender, *envelope):
        if _ROLE_SENDER.match(address):
            return Verdict(Automated.SYSTEM, "role_address")
    if is_no_reply(sender):
        # A web form writes from no-reply and names the customer in Reply-To: that is a person.
        answer_to = text_value(message, "reply-to")
        if (
            not answer_to
            or _NO_REPLY.search(answer_to.rpartition("<")[2])
            or sender.lower() in answer_to.lower()
        ):
            return Verdict(Automated.SYSTEM, "no_reply_address")
    return _PERSON


def answer_refusal(
    verdict: Verdict,
    *,
    sender: str,
    envelope_sender: str | None = None,
    recipients: Sequence[str] = (),
    own_addresses: Collection[str] = (),
    check_recipient: bool = False,
) -> str:
    """Why a mail must not be answered automatically (RFC 3834 section 2), "" when it may be.

    envelope_sender: the SMTP sender where it is known, "" for the null path. check_recipient: refuse when
    none of our addresses is among the visible recipients; off by default, since desks are reached through
    aliases and groups.
    """
    own = {address.lower() for address in own_addresses}
    if verdict.kind is not None:
        return verdict.reason or str(verdict.kind)
    if not sender and not envelope_sender:
        return "no_sender"
    if sender.lower() in own:
        return "own_address"
    if envelope_sender is not None:
        envelope = envelope_sender.strip("<> ").lower()
        if not envelope:
            return "null_sender"
        if _ROLE_SENDER.match(envelope) or envelope in own:
            return "role_address" if envelope not in own else "own_address"
    if check_recipient and not own & {recipient.lower() for recipient in recipients}:
        return "not_addressed_to_us"
    return ""
