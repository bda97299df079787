"""The brand's own first answer: which template, filled in with what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from channels_app.models import CommunicationTemplate
from channels_app.schemas import Language, describe_hours, describe_opening
from channels_app.services.intake import KnownContact
from channels_app.services.rendering import duration_in_words, moment_in_words, render, render_html
from channels_app.services.threads import ThreadRow
from routing.engine.types import AutoResponseKind
from routing.selectors.brands import BrandProfile, ChannelProfile, speaking_profile


@dataclass(frozen=True, slots=True)
class RenderedAnswer:
    template_id: UUID
    subject: str
    body: str
    html: str
    language: str


def pick_template(
    brand: BrandProfile, *, kind: AutoResponseKind, owner: ChannelProfile, medium: str, language: str
) -> CommunicationTemplate | None:
    """The template for a situation, else the owning channel's own automatic answer, else None."""
    template = brand.templates.pick(
        kind.value, channel_id=owner.channel.id, channel_type=medium, language=language
    )
    if template is None and kind is not AutoResponseKind.EMERGENCY:
        default = owner.channel.auto_response_template
        usable = default is not None and default.is_active
        # A desk of several brands has its own brand's text there.
        own = default is not None and default.business_entity_id == brand.entity.id
        template = default if usable and own else None
    return template


def render_answer(
    brand: BrandProfile,
    template: CommunicationTemplate,
    *,
    owner: ChannelProfile,
    thread: ThreadRow,
    contact: KnownContact,
    now: datetime,
) -> RenderedAnswer:
    """A template filled in for one conversation, in the template's language.

    It tells the owner's hours and promise, in the name of the conversation's own brand.
    """
    speaks = speaking_profile(brand, thread.owner_id, thread.source_channel_id)
    language = template.language
    variables = answer_variables(
        brand,
        owner,
        speaks=speaks,
        language=language,
        customer_name=contact.name,
        reference_number=thread.reference_number,
        now=now,
    )
    signature = signature_template(brand, speaks, language)
    variables["signature"] = render(signature.content, variables) if signature is not None else ""
    return RenderedAnswer(
        template_id=template.id,
        subject=render(template.subject, variables),
        body=render(template.content, variables),
        html=render_html(template.html_content, variables) if template.html_content else "",
        language=language,
    )


def answer_variables(
    brand: BrandProfile,
    owner: ChannelProfile,
    *,
    speaks: ChannelProfile,
    language: str,
    customer_name: str,
    reference_number: str,
    now: datetime,
) -> dict[str, str]:
    """The values of all placeholders for a conversation of this department, which `speaks` answers."""
    words: Language = "nl" if language == "nl" else "en"
    channel = speaks.channel
    return {
        "customer_name": customer_name,
        "entity_name": brand.entity.entity_name,
        "channel_name": channel.channel_name,
        "expected_response_time": duration_in_words(owner.channel.sla_response_minutes, language),
        "business_hours": describe_hours(owner.calendar, words),
        "next_opening": "" if owner.calendar.is_always_open else describe_opening(owner.calendar, now, words),
        "emergency_contact": brand.emergency_address,
        "department": channel.department or channel.channel_name,
        "escalation_info": owner.escalation.info_text,
        "current_time": moment_in_words(now.astimezone(ZoneInfo(brand.entity.timezone)), language),
        "reference_number": reference_number,
    }


def signature_template(
    brand: BrandProfile, owner: ChannelProfile, language: str
) -> CommunicationTemplate | None:
    """The signature of a channel: the one its settings name, else the brand's most fitting one."""
    code = (owner.channel.integration_config or {}).get("signature_template")
    template = brand.templates.by_code(code, language) if code else None
    if template is not None and template.situation == CommunicationTemplate.Situation.SIGNATURE:
        return template
    return brand.templates.pick(
        CommunicationTemplate.Situation.SIGNATURE,
        channel_id=owner.channel.id,
        channel_type=owner.channel.channel_type,
        language=language,
    )
