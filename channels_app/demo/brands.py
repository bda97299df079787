"""The two brands of the specification with all their channels.

The specification gives the mailboxes, WhatsApp numbers and Teams channels; the SMS numbers and telephone
lines are ours. Where it gives the ids of only two WhatsApp numbers, the others count on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from channels_app.services.entity_setup import AROUND_THE_CLOCK, WhatsAppNumber


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """A number for SMS or for calls."""

    code: str
    name: str
    number: str
    sla_response_minutes: int
    priority_level: int
    department: str
    business_hours: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """A Teams channel of the brand's own staff."""

    code: str
    name: str
    address: str
    team_id: str
    channel_id: str
    mention_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BrandPlan:
    """Everything that makes a brand, as the demo starts with it."""

    code: str
    name: str
    number_prefix: str
    colour: str
    website: str
    own_domains: tuple[str, ...]
    partner_domains: tuple[str, ...]
    whatsapp_business_account_id: str
    mailboxes: Mapping[str, str]
    whatsapp: tuple[WhatsAppNumber, ...]
    sms: tuple[NumberPlan, ...]
    phone: tuple[NumberPlan, ...]
    teams: tuple[TeamPlan, ...] = ()
    holidays: Mapping[str, Any] | str = "NL"
    business_hours: str = "09:00-17:00"
    mention_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


CHARGECARS = BrandPlan(
    code="chargecars",
    name="ChargeCars",
    number_prefix="CC",
    colour="#0f766e",
    website="https://www.chargecars.nl",
    own_domains=("chargecars.nl",),
    partner_domains=("dewit-installatie.example", "groenlease.example"),
    whatsapp_business_account_id="100000000000001",
    mailboxes={
        "support": "support@chargecars.nl",
        "sales": "sales@chargecars.nl",
        "admin": "admin@chargecars.nl",
        "operations": "planning@chargecars.nl",
        "emergency": "urgent@chargecars.nl",
    },
    whatsapp=(
        WhatsAppNumber(
            code="support",
            phone="+31612345001",
            phone_number_id="123456789012345",
            display_name="ChargeCars Support",
            business_hours="09:00-17:00",
            texts={
                "outside_hours": "Bedankt voor je bericht! We zijn buiten kantooruren. "
                "We reageren op werkdagen tussen 09:00-17:00.",
                "first_contact": "Welkom bij ChargeCars! 👋 "
                "We helpen je graag verder met je vraag over laadpalen.",
            },
        ),
        WhatsAppNumber(
            code="sales",
            phone="+31612345002",
            phone_number_id="123456789012346",
            display_name="ChargeCars Sales",
            texts={
                "lead_greeting": "Hallo! 🚗⚡ Interesse in een laadpaal? "
                "We maken graag een gratis offerte voor je!",
            },
        ),
        WhatsAppNumber(
            code="operations",
            phone="+31612345003",
            phone_number_id="123456789012347",
            display_name="ChargeCars Planning",
        ),
    ),
    sms=(
        NumberPlan("support", "SMS Support", "+31612345021", 30, 78, "Customer Service"),
        NumberPlan("operations", "SMS Operations", "+31612345022", 60, 74, "Operations"),
    ),
    phone=(
        NumberPlan("support", "Phone Support", "+31852345001", 30, 76, "Customer Service"),
        NumberPlan("emergency", "Emergency Line", "+31852345002", 5, 94, "Emergency", AROUND_THE_CLOCK),
    ),
    teams=(
        TeamPlan(
            code="operations",
            name="ChargeCars Operations",
            address="chargecars-operations",
            team_id="19:abc123",
            channel_id="19:def456",
            mention_groups=("@operations-team", "@planning-team"),
        ),
        TeamPlan(
            code="support",
            name="ChargeCars Support",
            address="chargecars-support",
            team_id="19:ghi789",
            channel_id="19:jkl012",
            mention_groups=("@support-team", "@technical-team"),
        ),
    ),
    mention_groups={
        "operations-team": ("mirjam.hoekstra@chargecars.nl", "tom.prins@chargecars.nl"),
        "planning-team": ("tom.prins@chargecars.nl",),
        "support-team": ("joris.vanleeuwen@chargecars.nl", "mirjam.hoekstra@chargecars.nl"),
        "technical-team": ("daan.kuiper@chargecars.nl",),
    },
)

LADERTHUIS = BrandPlan(
    code="laderthuis",
    name="LaderThuis",
    number_prefix="LT",
    colour="#b45309",
    website="https://www.laderthuis.nl",
    own_domains=("laderthuis.nl",),
    partner_domains=("huisinstallateur.example",),
    whatsapp_business_account_id="100000000000002",
    mailboxes={
        "support": "support@laderthuis.nl",
        "sales": "info@laderthuis.nl",
        "admin": "administratie@laderthuis.nl",
        "emergency": "urgent@laderthuis.nl",
    },
    whatsapp=(
        WhatsAppNumber(
            code="support",
            phone="+31612345011",
            phone_number_id="123456789012348",
            display_name="LaderThuis Support",
            business_hours="09:00-17:00",
            texts={
                "outside_hours": "Fijn dat je ons appt! We zijn nu gesloten. "
                "Op werkdagen tussen 09:00 en 17:00 lezen we je bericht en helpen we je verder.",
                "first_contact": "Welkom bij LaderThuis! 🏡⚡ "
                "We kijken meteen naar je vraag over je thuislader.",
            },
        ),
        WhatsAppNumber(
            code="sales",
            phone="+31612345012",
            phone_number_id="123456789012349",
            display_name="LaderThuis Verkoop",
            texts={
                "lead_greeting": "Leuk dat je thuis wilt laden! 🏡🔌 Stuur ons je postcode en een foto van je "
                "meterkast, dan krijg je snel een gratis offerte.",
            },
        ),
    ),
    sms=(
        NumberPlan("support", "SMS Support", "+31612345031", 30, 78, "Customer Service"),
        NumberPlan("operations", "SMS Operations", "+31612345032", 60, 74, "Operations"),
    ),
    phone=(
        NumberPlan("support", "Phone Support", "+31852345011", 30, 76, "Customer Service"),
        NumberPlan("emergency", "Emergency Line", "+31852345012", 5, 94, "Emergency", AROUND_THE_CLOCK),
    ),
    # Home owners are at home on Good Friday, and so is LaderThuis: open, unlike the holiday list says.
    holidays={"country": "NL", "open": ["2026-04-03", "2027-03-26", "2028-04-14"]},
    mention_groups={"support-team": ("lotte.vermeulen@laderthuis.nl", "pieter.dijkstra@laderthuis.nl")},
)

BRANDS = (CHARGECARS, LADERTHUIS)
