"""What the engine is given and what it answers. Frozen, plain Python: no Django, no clock, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from channels_app.schemas import AutoRoutingRules, BusinessCalendar, MessageRoutingRule

if TYPE_CHECKING:
    from routing.engine.scoring import Candidates


class Action(StrEnum):
    ROUTE = "route"
    QUEUE_FOR_NEXT_DAY = "queue_for_next_day"
    QUEUE_FOR_CAPACITY = "queue_for_capacity"
    ESCALATE = "escalate"
    LABEL_ONLY = "label_only"
    UNROUTABLE = "unroutable"


class SenderClass(StrEnum):
    EXISTING_CUSTOMER = "existing_customer"
    PARTNER_DOMAIN = "partner_domain"
    INTERNAL = "internal"
    AUTOMATED = "automated"
    NEW_EMAIL = "new_email"


class AutoResponseKind(StrEnum):
    """Situations that call for an automatic answer, in order of precedence."""

    EMERGENCY = "emergency"
    OUTSIDE_HOURS = "outside_hours"
    LEAD_GREETING = "lead_greeting"
    FIRST_CONTACT = "first_contact"


class CandidateStatus(StrEnum):
    AVAILABLE = "available"
    INACTIVE = "inactive"
    CLOSED = "closed"
    AT_CAPACITY = "at_capacity"


class Urgency(StrEnum):
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel as the engine sees it; compiled once per version of the configuration.

    calendar: None is open around the clock. The caller leaves holidays out of it for an emergency
    channel. may_own: False for a medium that only notifies (Teams): never a candidate.
    """

    id: UUID
    entity_code: str
    channel_code: str
    channel_type: str
    channel_address: str
    channel_name: str
    priority_level: int
    is_active: bool
    is_primary: bool
    may_own: bool = True
    department: str = ""
    sla_response_minutes: int = 60
    max_concurrent_conversations: int | None = None
    calendar: BusinessCalendar | None = None
    rules: AutoRoutingRules = field(default_factory=AutoRoutingRules)
    message_rules: tuple[MessageRoutingRule, ...] = ()
    routing_priority: int = 50
    fallback_id: UUID | None = None
    is_global: bool = False  # shared by all brands, or by several (registry scope multi/global)
    lead_scoring: bool = False
    auto_categorize: bool = False


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """One brand's whole routing configuration, global and shared desks included in `channels`."""

    entity_code: str
    entity_name: str
    channels: tuple[ChannelFacts, ...]
    rules: AutoRoutingRules  # the entity's defaults; keywords add up, the rest is overridden by the channel
    message_rules: tuple[MessageRoutingRule, ...] = ()
    own_domains: frozenset[str] = frozenset()
    house_addresses: frozenset[str] = frozenset()  # of every brand's channels: never answered automatically
    partner_domains: frozenset[str] = frozenset()
    unsure_below: float = 0.0  # routing confidence under which a thread stays where it arrived


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """What we know of the sender. contact_kind: customer, partner, internal or unknown."""

    email: str = ""
    phone: str = ""
    contact_kind: str = "unknown"
    recent_departments: tuple[str, ...] = ()  # of the sender's latest threads, newest first
    is_new: bool = True  # never wrote to this brand before
    reply_to: str = ""  # where an answer would go, when not to `email`
    answers_within_day: int = 0  # automatic ones, over all the sender's threads


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """The message to route. `text` is only what the customer wrote this time.

    automated: "", or why it is not a person (auto_reply, bounce, mailing_list, spam, system).
    authentication: pass, fail or none.
    """

    source_channel_id: UUID
    text: str
    received_at: datetime
    sent_at: datetime
    subject: str = ""
    automated: str = ""
    authentication: str = "none"
    historic: bool = False


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """The open thread that the message continues; None in the call when it starts a new one."""

    owner_channel_id: UUID
    auto_responded_within_day: bool = False
    was_urgent: bool = False


@dataclass(frozen=True, slots=True)
class ScoreComponents:
    priority: float
    content: float
    sender: float
    urgency: float
    load: float


@dataclass(frozen=True, slots=True)
class Candidate:
    channel_id: UUID
    channel_code: str
    channel_type: str
    raw_score: float
    score: float  # raw_score within 0..100, for display only
    components: ScoreComponents
    status: CandidateStatus


@dataclass(frozen=True, slots=True)
class Explanation:
    nl: str
    en: str


class RoutingDecision(NamedTuple):
    """Where a message goes and why. Every field lands in the log.

    A tuple, because it is made for every message and a frozen dataclass takes three times as long to fill.
    """

    target_channel_id: UUID | None
    action: Action
    urgency: Urgency
    sender_classification: SenderClass
    reason: str  # at most 200 characters, for the log's routing_reason
    explanation: Explanation
    confidence: float  # 0..1
    unsure: bool
    runner_up: str | None  # channel code
    labels: tuple[str, ...]
    keyword_matches: Mapping[str, tuple[str, ...]]
    applied_rules: tuple[str, ...]
    auto_response: AutoResponseKind | None
    candidates: Candidates  # best first; scores are worked out when they are looked at
    suggested_move: str | None = None  # channel code, when a reply changed the subject of an open thread
    is_emergency: bool = False
    alert_capacity: bool = False  # the department is full: tell a manager
    lead_score: int | None = None
    lead_reasons: tuple[str, ...] = ()
    language: str = ""
    evidence_words: Mapping[str, tuple[str, ...]] = MappingProxyType({})  # all that spoke, per department
