"""Putting the demo brands into the database: what is missing is made, what staff changed stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import time
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from channels_app.demo.accounts import PASSWORD, USERS
from channels_app.demo.brands import (
    BRANDS,
    BrandPlan,
    NumberPlan,
    TeamPlan,
)
from channels_app.demo.escalation import escalation_plan
from channels_app.demo.people import PEOPLE, SHIFTS, KnownPerson
from channels_app.demo.rules import rules_ensure
from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationTemplate,
    Contact,
    ContactIdentifier,
    Membership,
    MentionGroup,
    OnCallShift,
)
from channels_app.providers.registry import PROVIDERS
from channels_app.services.entity_setup import (
    ChannelPlan,
    channel_ensure,
    email_channels_configure,
    fallback_ensure,
    mailbox_plans,
    whatsapp_channels_configure,
    whatsapp_plan,
)
from channels_app.standard import texts_en, texts_nl
from channels_app.standard.rules import FALLBACKS, ROUTING_PRIORITIES, ROUTING_RULES
from channels_app.standard.texts import Text

TWILIO_ACCOUNT = "AC00000000000000000000000000000001"
# What the stand-ins take for a password; real providers refuse these.
STAND_IN_TOKEN = "sandbox"  # noqa: S105


@transaction.atomic
def demo_seed() -> Counter[str]:
    """Make the demo brands, their staff and their contacts; how many rows of each kind were new."""
    made: Counter[str] = Counter()
    entities = {}
    for plan in BRANDS:
        entity, created = _entity(plan)
        made["brands"] += created
        entities[plan.code] = entity
        made["channels"] += _channels(entity, plan)
        made["templates"] += _templates(entity)
        made["mention groups"] += _mention_groups(entity, plan)
    made["users"] += _users(entities)
    made["contacts"] += sum(_contact(entities[person.brand], person) for person in PEOPLE)
    made["on-call shifts"] += _shifts(entities)
    return made


def _entity(plan: BrandPlan) -> tuple[BusinessEntity, bool]:
    return BusinessEntity.objects.get_or_create(
        entity_code=plan.code,
        defaults={
            "entity_name": plan.name,
            "number_prefix": plan.number_prefix,
            "operational_config": {"business_hours": plan.business_hours, "holidays": plan.holidays},
            "auto_routing_rules": ROUTING_RULES,
            "whatsapp_business_account_id": plan.whatsapp_business_account_id,
            "own_domains": list(plan.own_domains),
            "partner_domains": list(plan.partner_domains),
            "brand_colour": plan.colour,
            "rating_enabled": True,
            "rating_delay_minutes": 2,
            "website": plan.website,
        },
    )


def _channels(entity: BusinessEntity, brand: BrandPlan) -> int:
    made = 0
    channels: dict[tuple[str, str], BusinessEntityChannel] = {}
    for plan in channel_plans(entity, brand):
        if plan.medium not in PROVIDERS:
            continue
        done = channel_ensure(entity=entity, plan=plan)
        made += done.created
        channels[plan.medium, plan.code] = done.channel
        if done.created and (plan.medium, plan.code) == ("email", "support"):
            rules_ensure(done.channel)
        if done.created:
            for takes_over in FALLBACKS.get((plan.medium, plan.code), ()):
                if takes_over in channels:
                    fallback_ensure(channel=done.channel, fallback=channels[takes_over])
                    break
    if "email" in PROVIDERS:
        email_channels_configure(entity=entity, addresses=brand.mailboxes)
    whatsapp_channels_configure(entity=entity, numbers=brand.whatsapp)
    return made


def channel_plans(entity: BusinessEntity, brand: BrandPlan) -> list[ChannelPlan]:
    """Every channel of a demo brand, fallbacks before those who fall back on them."""
    mailboxes = mailbox_plans(entity, brand.mailboxes)
    plans = [
        *(replace(plan, settings={**plan.settings, **_mail_sink()}) for plan in _support_first(mailboxes)),
        *(whatsapp_plan(entity, replace(number, access_token=STAND_IN_TOKEN)) for number in brand.whatsapp),
        *(_number_plan(entity, "sms", number) for number in brand.sms),
        *(_number_plan(entity, "phone", number) for number in brand.phone),
        *(_team_plan(team) for team in brand.teams),
    ]
    return [
        replace(
            plan,
            escalation={} if plan.medium == "teams" else escalation_plan(brand, plan.code),
            routing_priority=ROUTING_PRIORITIES.get(plan.code, 50),
        )
        for plan in plans
    ]


def _support_first(plans: list[ChannelPlan]) -> list[ChannelPlan]:
    return sorted(plans, key=lambda plan: plan.code != "support")


def _mail_sink() -> dict[str, Any]:
    """In the demo, mail goes no further than this machine."""
    if not settings.DEMO:
        return {}
    return {
        "smtp_server": "127.0.0.1",
        "smtp_port": settings.SANDBOX_SMTP_PORT,
        "smtp_security": "none",
        "oauth_enabled": False,
    }


def _number_plan(entity: BusinessEntity, medium: str, number: NumberPlan) -> ChannelPlan:
    return ChannelPlan(
        code=number.code,
        medium=medium,
        name=number.name,
        address=number.number,
        display_name=entity.entity_name,
        department=number.department,
        sla_response_minutes=number.sla_response_minutes,
        priority_level=number.priority_level,
        business_hours=number.business_hours,
        settings={"account_sid": TWILIO_ACCOUNT, "auth_token": STAND_IN_TOKEN},
    )


def _team_plan(team: TeamPlan) -> ChannelPlan:
    address = ""
    if settings.DEMO:
        address = (
            f"http://127.0.0.1:{settings.SANDBOX_TEAMS_PORT}/workflows/{team.address}?sig={STAND_IN_TOKEN}"
        )
    return ChannelPlan(
        code=team.code,
        medium="teams",
        name=team.name,
        address=team.address,
        sla_response_minutes=60,
        priority_level=50,
        settings={
            "team_id": team.team_id,
            "channel_id": team.channel_id,
            "mention_groups": team.mention_groups,
            "webhook_url": address,
        },
    )


def _templates(entity: BusinessEntity) -> int:
    own = CommunicationTemplate.objects.filter(business_entity=entity)
    known = set(own.values_list("template_code", "language"))
    missing = [text for text in (*texts_nl.TEXTS, *texts_en.TEXTS) if (text.code, text.language) not in known]
    for text in missing:
        CommunicationTemplate.objects.create(
            business_entity=entity, template_code=text.code, language=text.language, **_template_fields(text)
        )
    return len(missing)


def _template_fields(text: Text) -> dict[str, Any]:
    approval = CommunicationTemplate.Approval
    return {
        "template_name": text.name,
        "situation": text.situation,
        "channel_type": text.medium,
        "subject": text.subject,
        "content": text.content,
        "provider_name": text.provider_name,
        "provider_category": text.provider_category,
        "provider_variables": list(text.provider_variables),
        "approval": approval.APPROVED if text.provider_name else approval.NOT_NEEDED,
    }


def _mention_groups(entity: BusinessEntity, brand: BrandPlan) -> int:
    return sum(
        MentionGroup.objects.get_or_create(
            business_entity=entity, name=name, defaults={"members": list(members)}
        )[1]
        for name, members in brand.mention_groups.items()
    )


def _users(entities: dict[str, BusinessEntity]) -> int:
    users = get_user_model().objects
    known = set(users.values_list("username", flat=True))
    missing = [person for person in USERS if person.username not in known]
    if not missing:
        return 0
    # Hashed once: slow is what a hash must be, and the password is no secret. None is unusable.
    password = make_password(PASSWORD if settings.DEMO else None)
    for person in missing:
        user = users.create(
            username=person.username,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
            is_staff=True,
            is_superuser=person.is_superuser,
            password=password,
        )
        for code, role in person.roles.items():
            Membership.objects.create(user=user, business_entity=entities[code], role=role)
    return len(missing)


def _contact(entity: BusinessEntity, person: KnownPerson) -> bool:
    identifiers = [
        (kind, value)
        for kind, value in (
            (ContactIdentifier.Kind.EMAIL, person.email),
            (ContactIdentifier.Kind.PHONE, person.phone),
        )
        if value
    ]
    known = ContactIdentifier.objects.filter(
        business_entity=entity, value__in=[value for _, value in identifiers]
    )
    if known.exists():
        return False
    contact = Contact.objects.create(
        business_entity=entity,
        name=person.name,
        company=person.company,
        kind=person.kind,
        language=person.language,
        street=person.street,
        postal_code=person.postal_code,
        city=person.city,
        country="NL",
        customer_numbers=list(person.customer_numbers),
        order_numbers=list(person.order_numbers),
        charger_serials=list(person.charger_serials),
    )
    ContactIdentifier.objects.bulk_create(
        ContactIdentifier(business_entity=entity, contact=contact, kind=kind, value=value)
        for kind, value in identifiers
    )
    return True


def _shifts(entities: dict[str, BusinessEntity]) -> int:
    planned = set(OnCallShift.objects.values_list("business_entity_id", flat=True))
    shifts = [
        OnCallShift(
            business_entity=entities[shift.brand],
            weekday=weekday,
            starts_at=time.fromisoformat(shift.starts_at),
            ends_at=time.fromisoformat(shift.ends_at),
            person=shift.person,
            phone=shift.phone,
            email=shift.email,
        )
        for shift in SHIFTS
        if entities[shift.brand].id not in planned
        for weekday in shift.weekdays
    ]
    return len(OnCallShift.objects.bulk_create(shifts))
