"""The ordered message rules that staff write: which hold for a message, and what follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from channels_app.schemas import MessageRoutingRule, domain_within
from routing.engine.text import pad
from routing.engine.types import ChannelFacts, SenderClass


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that is on, with its conditions ready to compare."""

    number: int
    id: str
    name: str
    keywords: tuple[str, ...]
    senders: tuple[str, ...]
    sender_domains: frozenset[str]
    media: tuple[str, ...]
    arrival_channels: tuple[str, ...]
    subject_phrases: tuple[str, ...]  # padded
    hours: str | None
    route_to: str | None
    raise_urgency: bool
    labels: tuple[str, ...]
    label_only: bool


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What rules can ask about. found: numbers of the rules of which a keyword occurs in the text."""

    found: Collection[str | int]
    sender_class: SenderClass
    domain: str
    arrival: ChannelFacts | None
    subject: str
    at: datetime


@dataclass(slots=True)
class RuleOutcome:
    """What all matching rules together say. decided_by: the rule that named the department."""

    applied: list[CompiledRule] = field(default_factory=list)
    decided_by: CompiledRule | None = None
    silenced_by: CompiledRule | None = None
    raise_urgency: bool = False
    labels: list[str] = field(default_factory=list)


NO_RULES = RuleOutcome()
"""What rules say that do not exist; never to be changed."""


def compile_rule(rule: MessageRoutingRule, number: int) -> CompiledRule:
    given, then = rule.conditions, rule.consequence
    return CompiledRule(
        number=number,
        id=rule.id,
        name=rule.name,
        keywords=given.keywords,
        senders=given.senders,
        sender_domains=frozenset(given.sender_domains),
        media=given.media,
        arrival_channels=given.arrival_channels,
        subject_phrases=tuple(pad(phrase) for phrase in given.subject_contains),
        hours=given.hours,
        route_to=then.route_to,
        raise_urgency=then.raise_urgency,
        labels=then.add_labels,
        label_only=then.label_only,
    )


def apply_rules(rules: Iterable[CompiledRule], context: RuleContext) -> RuleOutcome:
    """Every rule that holds adds its labels and urgency; the first to name a department decides it; a rule
    that only labels ends the list."""
    outcome = RuleOutcome()
    for rule in rules:
        if not _holds(rule, context):
            continue
        outcome.applied.append(rule)
        outcome.labels.extend(rule.labels)
        outcome.raise_urgency |= rule.raise_urgency
        if rule.route_to and outcome.decided_by is None:
            outcome.decided_by = rule
        if rule.label_only:
            outcome.silenced_by = rule
            break
    return outcome


def _holds(rule: CompiledRule, context: RuleContext) -> bool:
    if rule.keywords and rule.number not in context.found:
        return False
    if rule.senders and context.sender_class not in rule.senders:
        return False
    if rule.sender_domains and not domain_within(context.domain, rule.sender_domains):
        return False
    arrival = context.arrival
    if rule.media and (arrival is None or arrival.channel_type not in rule.media):
        return False
    if rule.arrival_channels and (arrival is None or arrival.channel_code not in rule.arrival_channels):
        return False
    if rule.subject_phrases:
        subject = pad(context.subject)
        if not any(phrase in subject for phrase in rule.subject_phrases):
            return False
    return rule.hours is None or (rule.hours == "within") is _is_open(arrival, context.at)


def _is_open(arrival: ChannelFacts | None, at: datetime) -> bool:
    return arrival is None or arrival.calendar is None or arrival.calendar.is_open(at)
