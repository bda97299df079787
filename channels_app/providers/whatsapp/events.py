"""News about the account: every webhook field that carries neither messages nor statuses.

https://developers.facebook.com/docs/graph-api/webhooks/reference/whatsapp-business-account

Kinds: `template_status`, `template` (category, wording), `quality`, `account`, `preference` (marketing
consent), `identity` (a customer's user id changed), `call`, `group`, `error`, `other`. `data` is Meta's
own object; `preference`, `identity`, `call` and `group` events are one per element.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from channels_app.providers.base import JSON, AccountEvent, Identifier, IdentifierKind
from channels_app.providers.whatsapp.content import phone_of, text_of
from channels_app.providers.whatsapp.errors import Outcome, error_text, integer, outcome_of
from channels_app.providers.whatsapp.messages import Element

Severity = Literal["info", "warning", "critical"]

# field -> (kind, the keys of its value that name what happened, the keys that explain it)
FIELDS: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "message_template_status_update": (
        "template_status",
        ("message_template_name",),
        ("event", "message_template_language", "reason"),
    ),
    "message_template_quality_update": (
        "quality",
        ("message_template_name",),
        ("previous_quality_score", "new_quality_score"),
    ),
    "message_template_components_update": (
        "template",
        ("message_template_name",),
        ("message_template_language",),
    ),
    "template_category_update": (
        "template",
        ("message_template_name",),
        ("previous_category", "new_category"),
    ),
    "template_correct_category_detection": (
        "template",
        ("message_template_name",),
        ("category", "correct_category"),
    ),
    "phone_number_quality_update": (
        "quality",
        ("event",),
        ("display_phone_number", "old_limit", "current_limit"),
    ),
    "phone_number_name_update": ("account", ("decision",), ("requested_verified_name", "rejection_reason")),
    "account_update": ("account", ("event",), ("phone_number", "country")),
    "account_review_update": ("account", ("decision",), ()),
    "account_alerts": ("account", ("alert_type",), ("alert_severity", "alert_status", "alert_description")),
    "business_capability_update": ("account", (), ()),
    "business_status_update": ("account", ("event",), ("business_id",)),
    "business_username_updates": ("account", ("status",), ("username",)),
    "account_settings_update": ("account", ("type",), ()),
    "payment_configuration_update": ("account", ("status",), ("configuration_name",)),
    "partner_solutions": ("account", ("event",), ("solution_status",)),
    "security": ("account", ("event",), ("display_phone_number",)),
}
# list inside the value -> (kind, the keys of an element that name what happened)
LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "user_preferences": ("preference", ("value", "category")),
    "user_id_update": ("identity", ()),
    "calls": ("call", ("event", "status")),
    "groups": ("group", ("type",)),
    "automatic_events": ("other", ("event_name",)),
    "state_sync": ("other", ("action", "type")),
}
CRITICAL = frozenset(
    {
        "DISABLED_UPDATE",
        "ACCOUNT_DELETED",
        "ACCOUNT_OFFBOARDED",
        "ACCOUNT_RESTRICTION",
        "ACCOUNT_VIOLATION",
        "BANNED",
        "CRITICAL",
        "PARTNER_APP_UNINSTALLED",
        "PARTNER_REMOVED",
        "RED",
    }
)
WARNING = frozenset(
    {
        "DISABLED",
        "DOWNGRADE",
        "FLAGGED",
        "LIMIT_EXCEEDED",
        "PAUSED",
        "PENDING_DELETION",
        "PIN_RESET_REQUEST",
        "REJECTED",
        "WARNING",
        "YELLOW",
    }
)
ALARMING_KEYS = ("event", "decision", "new_quality_score", "alert_severity", "status")


def field_event(field: str, value: Element, account: str, business_account: str) -> AccountEvent:
    """One event for a whole change; a field that is not known is of kind "other"."""
    kind, names, details = FIELDS.get(field, ("other", (), ()))
    return AccountEvent(
        account=account,
        kind=kind,
        reference=_joined(value, names) or field,
        text=_joined(value, details, " "),
        severity=_severity(value),
        business_account=business_account,
        data=value,
    )


def list_events(name: str, items: list[JSON], account: str, business_account: str) -> Iterator[AccountEvent]:
    """One event for each readable element of a list inside a value."""
    kind, names = LISTS[name]
    for item in items:
        if not isinstance(item, dict):
            yield unreadable(name, item, "not_an_object", account, business_account)
            continue
        phone = phone_of(item.get("wa_id") or item.get("from"))
        yield AccountEvent(
            account=account,
            kind=kind,
            reference=_joined(item, names) or name,
            text=text_of(item.get("detail")) or text_of(item.get("reason")),
            business_account=business_account,
            same_person=_same_person(item, phone) if kind == "identity" else (),
            data={**item, "phone": phone} if phone else item,
        )


def _same_person(item: Element, phone: str) -> tuple[Identifier, ...]:
    """Every identifier that a notice about a changed user id gives for one customer."""
    change = item.get("user_id")
    users = [text_of(change.get(key)) for key in ("previous", "current")] if isinstance(change, dict) else []
    identifiers = [Identifier(IdentifierKind.PHONE, phone)] if phone else []
    identifiers.extend(Identifier(IdentifierKind.WHATSAPP_USER, user) for user in users if user)
    return tuple(identifiers)


def call_status_event(status: Element, account: str, business_account: str) -> AccountEvent:
    """How a call to a customer went: these arrive among the statuses, of type "call"."""
    return AccountEvent(
        account=account,
        kind="call",
        reference=text_of(status.get("status")),
        business_account=business_account,
        data=status,
    )


def error_events(errors: list[JSON], account: str, business_account: str) -> Iterator[AccountEvent]:
    """Errors about the account itself, given beside or instead of messages."""
    for error in errors:
        if not isinstance(error, dict):
            yield unreadable("errors", error, "not_an_object", account, business_account)
            continue
        critical = outcome_of(integer(error.get("code"), default=-1)) is Outcome.SUSPEND
        yield AccountEvent(
            account=account,
            kind="error",
            reference=text_of(error.get("code")),
            text=error_text(error),
            severity="critical" if critical else "warning",
            business_account=business_account,
            data=error,
        )


def unreadable(
    where: str, element: JSON, reason: str, account: str = "", business_account: str = ""
) -> AccountEvent:
    """What could not be read is shown, never dropped."""
    return AccountEvent(
        account=account,
        kind="error",
        reference=f"unreadable_{where}",
        text=reason,
        severity="warning",
        business_account=business_account,
        data={"element": element},
    )


def _joined(value: Element, names: tuple[str, ...], separator: str = ":") -> str:
    said = (text_of(value.get(name)) for name in names)
    return separator.join(text for text in said if text and text != "NONE")[:200]


def _severity(value: Element) -> Severity:
    words = {text_of(value.get(key)).upper() for key in ALARMING_KEYS}
    ban = value.get("ban_info")
    if isinstance(ban, dict) and ban.get("waba_ban_state") == "REINSTATE":
        return "info"
    if words & CRITICAL:
        return "critical"
    return "warning" if words & WARNING else "info"
