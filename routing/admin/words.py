"""The engine's codes as staff read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_app.admin.display import NOTHING, department_label, medium_icon, pill, span_in_words
from channels_app.admin.summaries import reader_language
from channels_app.models import CommunicationThread
from routing.models import MessageRoutingLog

Words = str | Promise
Status = CommunicationThread.Status

THREAD_STATES: dict[str, str] = {
    Status.NEW: "info", Status.OPEN: "good", Status.WAITING: "neutral", Status.SNOOZED: "neutral",
    Status.RESOLVED: "neutral",
}  # fmt: skip

ACTIONS: dict[str, tuple[Words, str]] = {
    "route": (gettext_lazy("Routed"), "good"),
    "queue_for_next_day": (gettext_lazy("Waits for opening"), "info"),
    "queue_for_capacity": (gettext_lazy("Waits for room"), "warning"),
    "escalate": (gettext_lazy("Escalated"), "bad"),
    "label_only": (gettext_lazy("Only kept"), "neutral"),
    "unroutable": (gettext_lazy("Nobody found"), "bad"),
}
SENDERS: dict[str, Words] = {
    "existing_customer": gettext_lazy("Known customer"),
    "partner_domain": gettext_lazy("Partner"),
    "internal": gettext_lazy("Colleague"),
    "automated": gettext_lazy("Automated"),
    "new_email": gettext_lazy("New sender"),
}
STATUSES: dict[str, tuple[Words, str]] = {
    "available": (gettext_lazy("available"), "good"),
    "closed": (gettext_lazy("closed"), "info"),
    "at_capacity": (gettext_lazy("full"), "warning"),
    "inactive": (gettext_lazy("off"), "neutral"),
}
# What had a say, by the kind in front of the colon; %(department)s is what stands behind it.
RULES: dict[str, Words] = {
    "rule": gettext_lazy("a message rule"),
    "keywords": gettext_lazy("keywords of %(department)s"),
    "classifier": gettext_lazy("earlier messages at %(department)s"),
    "history": gettext_lazy("this sender's conversations with %(department)s"),
    "thread": gettext_lazy("the open conversation at %(department)s"),
    "arrival": gettext_lazy("it arrived at %(department)s"),
    "unsure": gettext_lazy("too little to be sure"),
    "fallback:chain": gettext_lazy("the fallback of the department"),
    "fallback:primary": gettext_lazy("the brand's main channel"),
    "fallback:support": gettext_lazy("the brand's support"),
    "fallback:silent": gettext_lazy("the department did not answer in time"),
    "fallback:full": gettext_lazy("the department is full and did not answer in time"),
    "fallback:none": gettext_lazy("no active channel"),
    "hours:queue_for_next_day": gettext_lazy("outside opening hours"),
    "capacity:queue": gettext_lazy("every place is taken"),
    "capacity:fallback": gettext_lazy("every place is taken, the fallback takes over"),
}
STEP_TARGETS: dict[str, Words] = {
    "channel": gettext_lazy("team of %(value)s"),
    "on_call": gettext_lazy("who is on call"),
    "mention_group": gettext_lazy("@%(value)s"),
    "address": gettext_lazy("%(value)s"),
}
STEP_MEDIA: dict[str, Words] = {
    "teams": gettext_lazy("Teams"),
    "email": gettext_lazy("Email"),
    "sms": gettext_lazy("Text message"),
    "phone": gettext_lazy("Phone call"),
}
STEP_OUTCOMES: dict[str, Words] = {
    "card": gettext_lazy("card in Teams"),
    "email": gettext_lazy("mail to %(address)s"),
    "sms": gettext_lazy("text message to %(address)s"),
    "phone": gettext_lazy("call to %(address)s"),
    "nobody": gettext_lazy("nobody is on call"),
    "no_team": gettext_lazy("no Teams channel wants this, and nothing else reaches anybody"),
    "card_instead_of_email": gettext_lazy("card in Teams: no mailbox of the brand can send"),
    "card_instead_of_sms": gettext_lazy("card in Teams: no number of the brand can text"),
    "card_instead_of_phone": gettext_lazy("card in Teams: no number of the brand can call"),
}
LEADS: dict[str, Words] = {
    "new_sender": gettext_lazy("somebody new"),
    "sales_keywords": gettext_lazy("words of sales"),
    "sounds_like_sales": gettext_lazy("sounds like earlier sales"),
    "left_number": gettext_lazy("left a phone number"),
    "business": gettext_lazy("a company"),
}
COMPONENTS = ("priority", "content", "sender", "urgency", "load")


def state_pill(thread: CommunicationThread) -> SafeString:
    return pill(thread.get_status_display(), THREAD_STATES.get(thread.status, "neutral"))


def due_pill(thread: CommunicationThread, now: datetime) -> SafeString | str:
    """How long until the answer is due, or how late it is; the page's script keeps it running."""
    if thread.response_due_at is None or thread.status == Status.RESOLVED:
        return NOTHING
    left = (thread.response_due_at - now).total_seconds()
    late, remaining = _("%s late"), _("%s left")
    kind = "bad" if left < 0 else "warning" if left < 15 * 60 else "neutral"
    return format_html(
        '<span class="cc-pill cc-pill--{}" data-due="{}" data-late="{}" data-left="{}" title="{}">{}</span>',
        kind,
        thread.response_due_at.isoformat(),
        late,
        remaining,
        timezone.localtime(thread.response_due_at).strftime("%d-%m-%Y %H:%M"),
        (late if left < 0 else remaining) % span_in_words(left),
    )


def action_pill(action: str) -> SafeString:
    words, kind = ACTIONS.get(action, (action, "neutral"))
    return pill(words, kind)


def sender_name(code: str) -> str:
    return str(SENDERS.get(code, code))


def explanation_of(log: MessageRoutingLog) -> str:
    """The decision in a sentence, in the reader's language."""
    said = log.explanation or {}
    return str(said.get(reader_language()) or said.get("nl") or log.routing_reason)


def rule_names(log: MessageRoutingLog) -> list[str]:
    """What had a say in a decision, in words."""
    return [rule_name(str(applied)) for applied in log.applied_rules or []]


def rule_name(applied: str, message_rules: Mapping[str, str] = MappingProxyType({})) -> str:
    """A rule as the log names it, in words; message_rules: the names of message rules by id."""
    kind, _colon, subject = applied.partition(":")
    if kind == "rule" and subject in message_rules:
        return f"“{message_rules[subject]}”"
    if kind == "sender":
        sender, _colon, department = subject.partition(":")
        return _("%(sender)s goes to %(department)s") % {
            "sender": sender_name(sender).lower(),
            "department": department_label(department),
        }
    words = RULES.get(applied) or RULES.get(kind)
    return str(words) % {"department": department_label(subject)} if words else applied.replace("_", " ")


def lead_reason(code: str) -> str:
    """Why a message is promising for sales, in words."""
    return str(LEADS.get(code, code.replace("_", " ")))


def step_target(by: str, to: str) -> str:
    """Whom a step of an escalation tells, and how: "Teams: team of Support"."""
    kind, _colon, value = to.partition(":")
    words = STEP_TARGETS.get(kind)
    value = department_label(value) if kind == "channel" else value
    target = str(words) % {"value": value} if words else to
    return f"{STEP_MEDIA.get(by, by)}: {target}"


def step_outcome(outcome: str) -> str:
    """What came of a step, in words."""
    code, _colon, address = outcome.partition(":")
    words = STEP_OUTCOMES.get(code)
    return str(words) % {"address": address} if words else outcome


def score_rows(log: MessageRoutingLog) -> list[dict[str, Any]]:
    """The candidates for the score table, best first, each with its parts; the chosen one marked."""
    target = log.target_channel
    rows = []
    for candidate in sorted(log.candidates or [], key=lambda item: -float(item.get("raw_score", 0))):
        parts = candidate.get("components") or {}
        words, kind = STATUSES.get(candidate.get("status", ""), (candidate.get("status", ""), "neutral"))
        rows.append(
            {
                "department": department_label(candidate.get("channel_code", "")),
                "medium": medium_icon(candidate.get("channel_type", ""), with_name=False),
                "raw": candidate.get("raw_score", 0),
                "parts": [parts.get(name, 0) for name in COMPONENTS],
                "status": "" if candidate.get("status") == "available" else pill(words, kind),
                "chosen": target is not None
                and candidate.get("channel_code") == target.channel_code
                and candidate.get("channel_type") == target.channel_type,
            }
        )
    return rows


def confidence_meter(log: MessageRoutingLog) -> SafeString | str:
    if log.routing_confidence is None:
        return "–"
    percent = round(float(log.routing_confidence) * 100)
    return format_html(
        '<span class="cc-row"><span class="cc-meter" style="width:6rem"><span style="width:{}%"></span></span>{} %{}</span>',
        percent,
        percent,
        format_html(" {}", pill(_("unsure"), "warning")) if log.unsure else "",
    )
