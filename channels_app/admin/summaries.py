"""Configuration in words, for those who may look but not change."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import ValidationError

from channels_app.admin.display import NOTHING, pills
from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.providers.registry import provider_for
from channels_app.schemas import (
    AutoRoutingRules,
    BusinessCalendar,
    EscalationConfig,
    Language,
    department_name,
    describe_hours,
)
from channels_app.services.accounts import secret_fields, stored_secrets


def reader_language() -> Language:
    """The language of the schemas' own sentences for whoever is looking."""
    return "nl" if (get_language() or "nl").startswith("nl") else "en"


def hours_in_words(timezone: str, hours: Any, *, empty: str) -> str:
    if not hours:
        return empty
    try:
        calendar = BusinessCalendar.parse({"timezone": timezone, "hours": hours})
    except ValueError:
        return _("These hours cannot be read; choose them again.")
    return describe_hours(calendar, reader_language())


def rules_in_words(raw: Any) -> SafeString | str:
    """Keywords per department, sender patterns and emergency words."""
    try:
        rules = AutoRoutingRules.model_validate(raw or {})
    except ValidationError:
        return _("These rules cannot be read; fill them in again.")
    rows: list[tuple[str, Any]] = [
        (department_name(code, reader_language()).capitalize(), pills(words))
        for code, words in rules.keywords.items()
        if words
    ]
    senders = {
        "existing_customer": _("A known customer goes to"),
        "new_email": _("Somebody new goes to"),
        "partner_domain": _("A partner goes to"),
        "internal": _("A colleague goes to"),
    }
    for sender, label in senders.items():
        department = rules.sender_patterns.department(sender)
        if department:
            rows.append((label, department_name(department, reader_language())))
    if rules.emergency_keywords:
        rows.append((_("Emergency words"), pills(rules.emergency_keywords, "bad")))
    return _facts(rows)


def settings_in_words(channel: BusinessEntityChannel) -> SafeString | str:
    """The readable settings of the medium; of secrets only whether they are there."""
    config = provider_for(channel.channel_type).Config
    hidden, stored = secret_fields(config), stored_secrets(channel)
    rows: list[tuple[str, Any]] = []
    for name, info in config.model_fields.items():
        label = _(info.title) if info.title else name
        if name in hidden:
            rows.append((label, _("stored") if name in stored else _("not set")))
            continue
        if info.default_factory is not None:  # a token that proves who calls: not for everybody's eyes
            continue
        value = (channel.integration_config or {}).get(name)
        if value not in (None, "", []):
            rows.append((label, _value(value)))
    return _facts(rows)


def escalation_in_words(channel: BusinessEntityChannel) -> SafeString | str:
    try:
        config = EscalationConfig.model_validate(channel.escalation_config or {})
    except ValidationError:
        return _("The escalation cannot be read; fill it in again.")
    rows = [
        (
            _("After %(minutes)d minutes") % {"minutes": step.after_minutes},
            f"{step.by} → {step.to.value or _('who is on call')}"
            + (
                _(", every %(minutes)d minutes") % {"minutes": step.repeat_minutes}
                if step.repeat_minutes
                else ""
            ),
        )
        for step in config.steps
    ]
    return _facts(rows)


def brand_hours_in_words(brand: BusinessEntity) -> str:
    hours = (brand.operational_config or {}).get("business_hours")
    return hours_in_words(brand.timezone, hours, empty=_("Always open"))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _facts(rows: list[tuple[str, Any]]) -> SafeString | str:
    if not rows:
        return NOTHING
    return format_html('<dl class="cc-facts">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))
