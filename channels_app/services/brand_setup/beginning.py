"""A new brand: the standard set, or a copy of another brand. Both are a brand's file with a new name on it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from channels_app.models import BusinessEntity
from channels_app.schemas.brand_file import BrandFile, BrandPart, ChannelPart, TemplatePart
from channels_app.services.brand_setup.exporting import brand_file
from channels_app.services.entity_setup import AROUND_THE_CLOCK, ChannelPlan, mail_domain, mailbox_plans
from channels_app.standard import texts_en, texts_nl
from channels_app.standard.rules import FALLBACKS, ROUTING_PRIORITIES, ROUTING_RULES
from channels_app.standard.texts import Text


@dataclass(frozen=True, slots=True)
class NewBrand:
    """What is asked about a brand that is to be made."""

    name: str
    code: str
    number_prefix: str
    domain: str
    colour: str = "#0f766e"
    language: str = "nl"
    website: str = ""


# The specification's channels beside the mailboxes. Numbers and credentials are asked for afterwards.
_OTHER_CHANNELS = (
    ChannelPlan("support", "whatsapp", "WhatsApp Support", "", 30, 85, "Customer Service", is_primary=True),
    ChannelPlan("sales", "whatsapp", "WhatsApp Sales", "", 60, 75, "Sales"),
    ChannelPlan("operations", "whatsapp", "WhatsApp Operations", "", 60, 75, "Operations"),
    ChannelPlan("support", "sms", "SMS Support", "", 30, 78, "Customer Service", is_primary=True),
    ChannelPlan("support", "phone", "Phone Support", "", 30, 76, "Customer Service", is_primary=True),
    ChannelPlan("emergency", "phone", "Emergency Line", "", 5, 94, "Emergency", business_hours=AROUND_THE_CLOCK),
    ChannelPlan("support", "teams", "Teams Support", "{code}-support", 60, 50, is_primary=True),
    ChannelPlan("operations", "teams", "Teams Operations", "{code}-operations", 60, 50),
)  # fmt: skip
MEDIA = ("email", "whatsapp", "sms", "phone", "teams")


def code_of(name: str) -> str:
    """The code that a name suggests: "LaderThuis Zakelijk" gives "laderthuis-zakelijk"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50]


def prefix_of(name: str) -> str:
    """The number prefix that a name suggests: its capitals, else its first letters."""
    capitals = re.sub(r"[^A-Z]", "", name)
    letters = re.sub(r"[^A-Z]", "", name.upper())
    return capitals[:8] if len(capitals) >= 2 else letters[:3]


def standard_file(new: NewBrand, media: Collection[str] = MEDIA) -> BrandFile:
    """The specification's channels, rules and texts for a new brand; every channel waits for credentials."""
    draft = BusinessEntity(
        entity_code=new.code, entity_name=new.name, default_language=new.language, own_domains=[new.domain]
    )
    plans = [plan for plan in (*mailbox_plans(draft), *_OTHER_CHANNELS) if plan.medium in media]
    present = {(plan.medium, plan.code) for plan in plans}
    channels = [_channel(new, plan, present) for plan in plans]
    return BrandFile(
        brand=_brand(new, operational_config={"business_hours": "09:00-17:00", "holidays": "NL"}),
        channels=channels,
        templates=[
            _template(text)
            for text in (*texts_nl.TEXTS, *texts_en.TEXTS)
            if text.medium in ("", *media) and not text.provider_name
        ]
        + _signatures(new),
    )


def copy_file(source: BusinessEntity, new: NewBrand, media: Collection[str] = MEDIA) -> BrandFile:
    """Another brand's hours, rules, channels and texts under a new name.

    What belongs to the other brand alone stays behind: credentials, numbers, accounts, staff, and the
    approval of its templates. Mail addresses move to the new domain.
    """
    file = brand_file(source)
    old_domain = mail_domain(source)
    channels = []
    for part in file.channels:
        if part.channel_type not in media:
            continue
        address = ""
        if part.channel_type == "email" and part.channel_address.endswith(f"@{old_domain}"):
            address = f"{part.channel_address.removesuffix(old_domain)}{new.domain}"
        elif part.channel_type == "teams":
            address = f"{new.code}-{part.channel_code}"
        settings = {
            name: value for name, value in part.integration_config.items() if name in _COPIED_SETTINGS
        }
        channels.append(
            part.model_copy(
                update={
                    "channel_address": address,
                    "display_name": part.display_name.replace(source.entity_name, new.name),
                    "channel_name": part.channel_name.replace(source.entity_name, new.name),
                    "integration_config": settings,
                    "is_active": False,
                }
            )
        )
    keys = {part.key for part in channels}
    channels = [
        part.model_copy(update={"fallback": part.fallback if part.fallback in keys else ""})
        for part in channels
    ]
    brand = file.brand.model_dump() | _identity(new)
    brand |= {"whatsapp_business_account_id": "", "partner_domains": []}
    return BrandFile(
        brand=BrandPart(**brand),
        channels=channels,
        templates=[
            _renamed(part, source, new, old_domain)
            for part in file.templates
            if not part.provider_name and part.channel in ("", *keys)
        ],
    )


def _renamed(part: TemplatePart, source: BusinessEntity, new: NewBrand, old_domain: str) -> TemplatePart:
    """A text in which the other brand's name and addresses stand no more: one brand never speaks as another."""

    def own(text: str, name: str) -> str:
        text = text.replace(source.website, new.website) if source.website else text
        return text.replace(old_domain, new.domain).replace(source.entity_name, name)

    return part.model_copy(
        update={
            "template_name": own(part.template_name, new.name),
            "subject": own(part.subject, "{{ entity_name }}"),
            "content": own(part.content, "{{ entity_name }}"),
            "html_content": own(part.html_content, "{{ entity_name }}"),
        }
    )


# Settings that describe how a channel is used, not whose account it is.
_COPIED_SETTINGS = frozenset({
    "preset", "imap_host", "imap_port", "imap_security", "smtp_host", "smtp_port", "smtp_security",
    "oauth_enabled", "signature_template", "reply_plus_address", "auto_categorize", "lead_scoring", "auto_filing",
    "calendar_integration", "quiet_hours", "vendor",
})  # fmt: skip


def _identity(new: NewBrand) -> dict[str, Any]:
    return {
        "entity_code": new.code,
        "entity_name": new.name,
        "number_prefix": new.number_prefix,
        "own_domains": [new.domain],
        "brand_colour": new.colour,
        "default_language": new.language,
        "website": new.website,
    }


def _brand(new: NewBrand, **values: Any) -> BrandPart:
    return BrandPart(**_identity(new), auto_routing_rules=ROUTING_RULES, **values)


def _channel(new: NewBrand, plan: ChannelPlan, present: Collection[tuple[str, str]]) -> ChannelPart:
    fallback = next((f for f in FALLBACKS.get((plan.medium, plan.code), ()) if f in present), None)
    return ChannelPart(
        channel_type=plan.medium,
        channel_code=plan.code,
        channel_name=plan.name,
        channel_address=plan.address.format(code=new.code),
        display_name=plan.display_name or ("" if plan.medium == "teams" else new.name),
        department=plan.department,
        is_primary=plan.is_primary or plan.code == "support",
        priority_level=plan.priority_level,
        sla_response_minutes=plan.sla_response_minutes,
        business_hours=dict(plan.business_hours) if isinstance(plan.business_hours, dict) else None,
        integration_config=_modern(dict(plan.settings)),
        routing_priority=ROUTING_PRIORITIES.get(plan.code, 50),
        fallback="/".join(fallback) if fallback is not None else "",
    )


def _modern(settings: dict[str, Any]) -> dict[str, Any]:
    """The specification's name of the mail server's setting is an alias of ours."""
    if "smtp_server" in settings:
        settings["smtp_host"] = settings.pop("smtp_server")
    return settings


def _template(text: Text) -> TemplatePart:
    return TemplatePart(
        template_code=text.code,
        language=text.language,
        template_name=text.name,
        situation=text.situation,
        channel_type=text.medium,
        subject=text.subject,
        content=text.content,
    )


def _signatures(new: NewBrand) -> list[TemplatePart]:
    closings = {"nl": "Met vriendelijke groet,", "en": "Kind regards,"}
    return [
        TemplatePart(
            template_code="general-signature",
            language=language,
            template_name="Handtekening algemeen",
            situation="signature",
            content=f"{closing}\n\n{{{{ agent_name }}}}\n{{{{ entity_name }}}}\n{new.website}".strip(),
        )
        for language, closing in closings.items()
    ]
