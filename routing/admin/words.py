"""The engine's codes as staff read them."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_app.admin.display import department_label, pill
from channels_app.admin.summaries import reader_language
from routing.models import MessageRoutingLog

Words = str | Promise

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
RULES: dict[str, Words] = {
    "rule": gettext_lazy("rule"),
    "keywords": gettext_lazy("keywords of"),
    "sender": gettext_lazy("sender goes to"),
    "sender_pattern": gettext_lazy("sender goes to"),
    "fallback": gettext_lazy("fallback"),
    "classifier": gettext_lazy("learned from earlier messages"),
    "time": gettext_lazy("time"),
    "hours": gettext_lazy("opening hours"),
    "emergency": gettext_lazy("emergency words"),
    "thread": gettext_lazy("open conversation"),
    "history": gettext_lazy("earlier conversations"),
    "capacity": gettext_lazy("capacity"),
}
COMPONENTS = ("priority", "content", "sender", "urgency", "load")


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
    """The rules that had a say, "kind:subject" in words."""
    names = []
    for applied in log.applied_rules or []:
        kind, _colon, subject = str(applied).partition(":")
        words = str(RULES.get(kind, kind.replace("_", " ")))
        names.append(f"{words} {department_label(subject)}".strip())
    return names


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
                "medium": candidate.get("channel_type", ""),
                "raw": candidate.get("raw_score", 0),
                "parts": [parts.get(name, 0) for name in COMPONENTS],
                "status": pill(words, kind),
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
