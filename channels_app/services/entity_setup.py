"""Giving a brand its channels as the specification has them, as often as asked, without undoing anything.

What exists stays exactly as staff left it; only what is missing is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationChannel,
    CommunicationTemplate,
)
from channels_app.providers.registry import provider_for
from channels_app.schemas import normalise_phone
from channels_app.services.accounts import channel_configure

AROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}

Purpose = BusinessEntityChannel.Purpose
Situation = CommunicationTemplate.Situation


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """A channel to be: the columns it starts with, and the settings of its medium, secrets included."""

    code: str
    medium: str
    name: str
    address: str
    sla_response_minutes: int
    priority_level: int
    department: str = ""
    display_name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    business_hours: Mapping[str, Any] | str | None = None
    escalation: Mapping[str, Any] = field(default_factory=dict)
    max_concurrent_conversations: int | None = None
    notify_events: tuple[str, ...] = ()
    is_primary: bool = False
    routing_priority: int = 50


@dataclass(frozen=True, slots=True)
class WhatsAppNumber:
    """A number of a brand at Meta. `texts`: automatic answers of this number by situation."""

    code: str
    phone: str
    phone_number_id: str
    display_name: str = ""
    access_token: str = ""
    business_hours: Mapping[str, Any] | str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetUpChannel:
    """A channel that the brand has now, and whether it was made just now."""

    channel: BusinessEntityChannel
    created: bool


@dataclass(frozen=True, slots=True)
class _Mailbox:
    code: str
    local_part: str
    name: str
    department: str
    team: Mapping[str, str]  # as customers read it, by language
    sla_response_minutes: int
    priority_level: int
    options: Mapping[str, Any]
    business_hours: Mapping[str, Any] | None = None


# The specification's mailboxes, and the emergency desk that its list of addresses has beside them.
MAILBOXES = (
    _Mailbox(
        code="support",
        local_part="support",
        name="Customer Support",
        department="Customer Service",
        team={"nl": "Klantenservice", "en": "Customer Service"},
        sla_response_minutes=60,
        priority_level=80,
        options={"auto_categorize": True},
    ),
    _Mailbox(
        code="sales",
        local_part="sales",
        name="Sales Team",
        department="Sales",
        team={"nl": "Verkoop", "en": "Sales"},
        sla_response_minutes=120,
        priority_level=70,
        options={"lead_scoring": True},
    ),
    _Mailbox(
        code="admin",
        local_part="admin",
        name="Administration",
        department="Finance",
        team={"nl": "Administratie", "en": "Administration"},
        sla_response_minutes=240,
        priority_level=60,
        options={"auto_filing": True},
    ),
    _Mailbox(
        code="operations",
        local_part="planning",
        name="Operations Planning",
        department="Operations",
        team={"nl": "Planning", "en": "Planning"},
        sla_response_minutes=90,
        priority_level=85,
        options={"calendar_integration": True},
    ),
    _Mailbox(
        code="emergency",
        local_part="urgent",
        name="Emergency Desk",
        department="Emergency",
        team={"nl": "Spoeddienst", "en": "Emergency Desk"},
        sla_response_minutes=15,
        priority_level=95,
        options={},
        business_hours=AROUND_THE_CLOCK,
    ),
)
SMTP_SERVER = "smtp.office365.com"
SMTP_PORT = 587


def mailbox_plans(entity: BusinessEntity, addresses: Mapping[str, str] | None = None) -> list[ChannelPlan]:
    """The specification's mailboxes for a brand, at its own domain.

    addresses: by code, what differs from the usual names; with it, only the codes it names are planned.
    """
    domain = mail_domain(entity)
    return [
        ChannelPlan(
            code=mailbox.code,
            medium="email",
            name=mailbox.name,
            address=(addresses or {}).get(mailbox.code) or f"{mailbox.local_part}@{domain}",
            display_name=f"{entity.entity_name} {_in_language(mailbox.team, entity.default_language)}",
            department=mailbox.department,
            sla_response_minutes=mailbox.sla_response_minutes,
            priority_level=mailbox.priority_level,
            business_hours=mailbox.business_hours,
            settings={
                "smtp_server": SMTP_SERVER,
                "smtp_port": SMTP_PORT,
                "oauth_enabled": True,
                "signature_template": f"{mailbox.code}-signature",
                **mailbox.options,
            },
        )
        for mailbox in MAILBOXES
        if addresses is None or mailbox.code in addresses
    ]


def mail_domain(entity: BusinessEntity) -> str:
    """The domain of a brand's mailboxes: the first of its own, else its code with .nl."""
    return entity.own_domains[0] if entity.own_domains else f"{entity.entity_code}.nl"


def whatsapp_plan(entity: BusinessEntity, number: WhatsAppNumber) -> ChannelPlan:
    """The specification's WhatsApp channel for one number. Raises ValidationError for a bad number."""
    phone = normalise_phone(number.phone)
    if not phone:
        raise ValidationError(f"“{number.phone}” is not a phone number such as +31612345678.")
    purpose = number.code.replace("-", " ").replace("_", " ").title()
    settings: dict[str, Any] = {
        "phone_number_id": number.phone_number_id,
        "business_account_id": entity.whatsapp_business_account_id,
    }
    if number.access_token:
        settings["access_token"] = number.access_token
    is_support = number.code == Purpose.SUPPORT
    return ChannelPlan(
        code=number.code,
        medium="whatsapp",
        name=f"WhatsApp {purpose}",
        address=phone,
        display_name=number.display_name or f"{entity.entity_name} {purpose}",
        sla_response_minutes=30 if is_support else 60,
        priority_level=85 if is_support else 75,
        business_hours=number.business_hours,
        settings=settings,
        is_primary=is_support,
    )


@transaction.atomic
def email_channels_configure(
    *, entity: BusinessEntity, addresses: Mapping[str, str] | None = None
) -> list[SetUpChannel]:
    """Make the brand's mailboxes that it does not have yet, and the signatures that they name."""
    outcome = [channel_ensure(entity=entity, plan=plan) for plan in mailbox_plans(entity, addresses)]
    _signature_ensure(entity, code=GENERAL_SIGNATURE, team={}, channel=None)
    teams = {mailbox.code: mailbox.team for mailbox in MAILBOXES}
    for done in outcome:
        code = done.channel.channel_code
        _signature_ensure(entity, code=f"{code}-signature", team=teams[code], channel=done.channel)
    return outcome


@transaction.atomic
def whatsapp_channels_configure(
    *, entity: BusinessEntity, numbers: Iterable[WhatsAppNumber]
) -> list[SetUpChannel]:
    """Make a WhatsApp channel for every number whose purpose has none yet, with its automatic answers.

    Raises ValidationError, in a sentence, for a number or id that cannot be one.
    """
    outcome = []
    for number in numbers:
        done = channel_ensure(entity=entity, plan=whatsapp_plan(entity, number))
        outcome.append(done)
        for situation, text in number.texts.items():
            _text_ensure(done.channel, situation, text)
    return outcome


def channel_ensure(*, entity: BusinessEntity, plan: ChannelPlan) -> SetUpChannel:
    """The brand's channel for this purpose and medium, made with its registry row if there is none.

    Raises ValidationError when the plan makes no valid channel.
    """
    existing = BusinessEntityChannel.objects.filter(
        business_entity=entity, channel_code=plan.code, channel_type=plan.medium
    ).first()
    if existing is not None:
        registration_ensure(channel=existing, routing_priority=plan.routing_priority)
        return SetUpChannel(existing, created=False)
    of_medium = BusinessEntityChannel.objects.filter(business_entity=entity, channel_type=plan.medium)
    channel = BusinessEntityChannel(
        business_entity=entity,
        channel_code=plan.code,
        channel_type=plan.medium,
        channel_name=plan.name,
        channel_address=plan.address,
        display_name=plan.display_name,
        department=plan.department,
        business_hours=plan.business_hours,
        escalation_config=dict(plan.escalation),
        sla_response_minutes=plan.sla_response_minutes,
        max_concurrent_conversations=plan.max_concurrent_conversations,
        notify_events=list(plan.notify_events),
        priority_level=plan.priority_level,
        is_primary=(plan.is_primary or plan.code == Purpose.SUPPORT)
        and not of_medium.filter(is_primary=True).exists(),
    )
    try:
        config = provider_for(plan.medium).Config.model_validate(plan.settings)
    except KeyError as error:
        raise ValidationError(f"{plan.name}: there is no medium “{plan.medium}”.") from error
    except ValueError as error:
        raise ValidationError(f"{plan.name}: {first_problem(error)}") from error
    channel_configure(channel=channel, config=config)
    channel.full_clean(exclude=["auto_response_template"])
    channel.save()
    registration_ensure(channel=channel, routing_priority=plan.routing_priority)
    return SetUpChannel(channel, created=True)


def registration_ensure(
    *, channel: BusinessEntityChannel, routing_priority: int = 50
) -> CommunicationChannel:
    """The registry row of a channel, made if there is none."""
    registration, _ = CommunicationChannel.objects.get_or_create(
        business_entity_channel=channel, defaults={"routing_priority": routing_priority}
    )
    return registration


def fallback_ensure(*, channel: BusinessEntityChannel, fallback: BusinessEntityChannel) -> None:
    """Give a channel a fallback, unless it has one or this one leads back to it."""
    registration = registration_ensure(channel=channel)
    if registration.fallback_channel_id is not None:
        return
    registration.fallback_channel = registration_ensure(channel=fallback)
    registration.clean()
    registration.save(update_fields=["fallback_channel", "updated_at"])


GENERAL_SIGNATURE = "general-signature"
_CLOSINGS = {"nl": "Met vriendelijke groet,", "en": "Kind regards,"}


def _signature_ensure(
    entity: BusinessEntity, *, code: str, team: Mapping[str, str], channel: BusinessEntityChannel | None
) -> None:
    for language, closing in _CLOSINGS.items():
        sender = f"{{{{ entity_name }}}} {team.get(language, '')}".strip()
        content = f"{closing}\n\n{{{{ agent_name }}}}\n{sender}\n{entity.website}"
        CommunicationTemplate.objects.get_or_create(
            business_entity=entity,
            template_code=code,
            language=language,
            defaults={
                "template_name": f"Handtekening {team.get('nl', 'algemeen')}",
                "situation": Situation.SIGNATURE,
                "channel": channel,
                "content": content.strip(),
            },
        )


def _text_ensure(channel: BusinessEntityChannel, situation: str, text: str) -> None:
    CommunicationTemplate.objects.get_or_create(
        business_entity=channel.business_entity,
        template_code=f"whatsapp-{channel.channel_code}-{situation.replace('_', '-')}",
        language=channel.business_entity.default_language,
        defaults={
            "template_name": f"{channel.channel_name}: {Situation(situation).label}",
            "situation": situation,
            "channel": channel,
            "channel_type": channel.channel_type,
            "content": text,
        },
    )


def _in_language(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words["en"]


def first_problem(error: ValueError) -> str:
    """One sentence of a pydantic error, without the value that was given (it may be a secret)."""
    problems = getattr(error, "errors", None)
    if problems is None:
        return str(error)
    first = problems(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
