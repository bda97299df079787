"""A brand's configuration, prepared once per version so that deciding about a message is quick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from channels_app.schemas import SenderPatterns, TimeBased, email_domain, normalise_domain, normalise_email
from routing.engine.business_rules import CompiledRule, compile_rule
from routing.engine.evidence import EMERGENCY
from routing.engine.keywords import PhraseIndex
from routing.engine.types import BrandFacts, ChannelFacts, SenderClass

ALARM = -1
"""Owner of the emergency keywords in the phrase index; a department's code owns its keywords there, a
rule's number (from 0) the words of the rule."""


@dataclass(frozen=True, slots=True)
class Department:
    """Channels of one purpose. active: those that may own a thread now, in a fixed order.

    priority: the best of the active channels without a limit, None when there is none. limited: those
    that may do better, depending on their load.
    """

    code: str
    position: int  # in `CompiledBrand.departments`
    active: tuple[ChannelFacts, ...]
    inactive: tuple[ChannelFacts, ...]
    limited: tuple[ChannelFacts, ...]
    priority: int | None
    preferred: Mapping[str, tuple[ChannelFacts, ...]]  # per arrival medium, those that only load separates

    def preferred_for(self, medium: str) -> tuple[ChannelFacts, ...]:
        return self.preferred.get(medium) or self.preferred[""]


@dataclass(frozen=True, slots=True)
class ArrivalSettings:
    """What the channel a message arrives at says, where it says nothing the brand."""

    sender_departments: Mapping[str, str]  # per sender class
    time_based: TimeBased


class OpeningHours:
    """Which channels are closed, remembered for as long as no desk opens or closes."""

    __slots__ = ("_calendars", "_known")

    def __init__(self, channels: Iterable[ChannelFacts]) -> None:
        self._calendars = tuple(
            (channel.id, channel.calendar)
            for channel in channels
            # Nobody's emergency waits for office hours.
            if channel.calendar is not None
            and channel.channel_code != EMERGENCY
            and not channel.calendar.is_always_open
        )
        ever = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        self._known: tuple[datetime, datetime, frozenset[UUID]] = (
            (ever[1], ever[0], frozenset()) if self._calendars else (*ever, frozenset())
        )

    def closed_at(self, at: datetime) -> frozenset[UUID]:
        since, until, closed = self._known
        if since <= at < until:
            return closed
        windows = {
            calendar: calendar.window(at) for calendar in {calendar for _, calendar in self._calendars}
        }
        closed = frozenset(id for id, calendar in self._calendars if not windows[calendar].is_open)
        since = max(window.since for window in windows.values())
        until = min(window.until for window in windows.values())
        self._known = since, until, closed
        return closed


@dataclass(frozen=True, slots=True)
class CompiledBrand:
    """See `compile_brand`.

    scored: all channels that may own a thread, in a fixed order, each with its department's position.
    candidate_texts: what has been written of channels that nothing spoke for (`Candidates.json`).
    """

    facts: BrandFacts
    channels: Mapping[UUID, ChannelFacts]
    scored: tuple[tuple[ChannelFacts, int], ...]
    departments: tuple[Department, ...]
    codes: tuple[str, ...]
    index: Mapping[str | None, int]
    standing: tuple[int, ...]  # positions of the departments that can be chosen without evidence, best first
    limited: tuple[int, ...]  # positions of those (but the emergency desk) of which the load matters
    phrases: PhraseIndex[str | int]
    rules: tuple[CompiledRule, ...]
    own_domains: frozenset[str]
    partner_domains: frozenset[str]
    own_addresses: frozenset[str]
    own_address_domains: frozenset[str]
    arrivals: Mapping[UUID, ArrivalSettings]
    default_arrival: ArrivalSettings
    fallbacks: Mapping[UUID, tuple[ChannelFacts, ...]]
    primary_of: Mapping[str, ChannelFacts]
    hours: OpeningHours = field(compare=False)
    candidate_texts: dict[tuple[object, ...], str] = field(default_factory=dict, compare=False)

    def department(self, code: str) -> Department | None:
        position = self.index.get(code)
        return None if position is None else self.departments[position]


def compile_brand(facts: BrandFacts) -> CompiledBrand:
    """Everything about the brand that does not depend on a message. Never fails on odd configuration:
    a fallback that leads in a circle or out of the brand simply ends."""
    channels = sorted(facts.channels, key=lambda c: (c.channel_code, c.channel_type, c.is_global, c.id.int))
    owners = tuple(channel for channel in channels if channel.may_own)
    rules = _ordered_rules(facts, channels)
    phrases = _phrases(facts, channels, rules)
    codes = {channel.channel_code for channel in owners}
    # Departments that configuration names count even where the brand has no such channel: see fallback.
    codes |= {owner for owner in phrases if isinstance(owner, str)}
    codes |= {rule.route_to for rule in rules if rule.route_to}
    ordered = tuple(sorted(codes))
    departments = tuple(_department(code, position, owners) for position, code in enumerate(ordered))
    by_id = {channel.id: channel for channel in channels}
    known = (*(channel.channel_address for channel in channels), *facts.house_addresses)
    addresses = frozenset(filter(None, map(normalise_email, known)))
    return CompiledBrand(
        facts=facts,
        channels=by_id,
        scored=tuple((channel, ordered.index(channel.channel_code)) for channel in owners),
        departments=departments,
        standing=_standing(departments),
        limited=tuple(d.position for d in departments if d.limited and d.code != EMERGENCY),
        codes=ordered,
        index={code: position for position, code in enumerate(ordered)},
        phrases=PhraseIndex(phrases),
        rules=rules,
        own_domains=_domains(facts.own_domains),
        partner_domains=_domains(facts.partner_domains),
        own_addresses=addresses,
        own_address_domains=frozenset(map(email_domain, addresses)),
        arrivals={channel.id: _arrival_settings(facts, channel) for channel in channels},
        default_arrival=_settings(facts.rules.sender_patterns, facts.rules.time_based),
        fallbacks={channel.id: _active_chain(channel, by_id) for channel in channels},
        primary_of=_primaries(owners),
        hours=OpeningHours(owners),
    )


def fallback_cycles(channels: Sequence[ChannelFacts]) -> tuple[tuple[UUID, ...], ...]:
    """The circles in which fallback channels point at each other, each from its smallest id."""
    by_id = {channel.id: channel for channel in channels}
    cycles: set[tuple[UUID, ...]] = set()
    for channel in channels:
        path: list[UUID] = []
        current: ChannelFacts | None = channel
        while current is not None and current.id not in path:
            path.append(current.id)
            current = by_id.get(current.fallback_id) if current.fallback_id else None
        if current is not None:
            circle = path[path.index(current.id) :]
            start = circle.index(min(circle))
            cycles.add(tuple(circle[start:] + circle[:start]))
    return tuple(sorted(cycles))


def _active_chain(channel: ChannelFacts, by_id: Mapping[UUID, ChannelFacts]) -> tuple[ChannelFacts, ...]:
    """The channels that take over from `channel`, nearest first, without the ones that cannot."""
    chain: list[ChannelFacts] = []
    seen = {channel.id}
    following = channel.fallback_id
    while following is not None and following not in seen:
        seen.add(following)
        current = by_id.get(following)
        if current is None:
            break
        if current.is_active and current.may_own:
            chain.append(current)
        following = current.fallback_id
    return tuple(chain)


def _department(code: str, position: int, owners: Sequence[ChannelFacts]) -> Department:
    mine = [channel for channel in owners if channel.channel_code == code]
    active = tuple(channel for channel in mine if channel.is_active)
    unlimited = (c.priority_level for c in active if c.max_concurrent_conversations is None)
    priority = max(unlimited, default=None)
    media = {channel.channel_type for channel in active} | {""}
    return Department(
        code=code,
        position=position,
        active=active,
        inactive=tuple(
            sorted((c for c in mine if not c.is_active), key=lambda channel: -channel.routing_priority)
        ),
        limited=tuple(
            c
            for c in active
            if c.max_concurrent_conversations is not None
            and (priority is None or c.priority_level > priority)
        ),
        priority=priority,
        preferred={medium: _preferred(active, medium) for medium in media},
    )


def _standing(departments: Sequence[Department]) -> tuple[int, ...]:
    """By priority, then code. Priority alone brings nobody to the emergency desk or a closed-down one."""
    choosable = [
        department for department in departments if department.active and department.code != EMERGENCY
    ]
    return tuple(d.position for d in sorted(choosable, key=lambda d: -(d.priority or 0)))


def _preferred(active: Sequence[ChannelFacts], medium: str) -> tuple[ChannelFacts, ...]:
    """The channels that share the first place by arrival medium, primary and priority."""

    def rank(channel: ChannelFacts) -> tuple[bool, bool, int]:
        return channel.channel_type == medium, channel.is_primary, channel.priority_level

    best = max((rank(channel) for channel in active), default=None)
    return tuple(channel for channel in active if rank(channel) == best)


def _primaries(owners: Sequence[ChannelFacts]) -> dict[str, ChannelFacts]:
    primaries = [c for c in owners if c.is_active and c.is_primary and not c.is_global]
    return {c.channel_type: c for c in sorted(primaries, key=lambda channel: channel.routing_priority)}


def _ordered_rules(facts: BrandFacts, channels: Sequence[ChannelFacts]) -> tuple[CompiledRule, ...]:
    """The brand's own list first, then those of its active channels by routing priority, highest first."""
    active = sorted((c for c in channels if c.is_active), key=lambda channel: -channel.routing_priority)
    rules = [*facts.message_rules, *(rule for channel in active for rule in channel.message_rules)]
    return tuple(compile_rule(rule, number) for number, rule in enumerate(r for r in rules if r.enabled))


def _phrases(
    facts: BrandFacts, channels: Sequence[ChannelFacts], rules: Sequence[CompiledRule]
) -> dict[str | int, list[str]]:
    phrases: dict[str | int, list[str]] = {}
    for source in (facts.rules, *(channel.rules for channel in channels)):
        for code, words in source.keywords.items():
            phrases.setdefault(code, []).extend(words)
        if source.emergency_keywords:
            phrases.setdefault(ALARM, []).extend(source.emergency_keywords)
    phrases |= {rule.number: list(rule.keywords) for rule in rules if rule.keywords}
    return phrases


def _arrival_settings(facts: BrandFacts, channel: ChannelFacts) -> ArrivalSettings:
    brand, own = facts.rules, channel.rules
    return _settings(
        brand.sender_patterns.model_copy(update=own.sender_patterns.model_dump(exclude_none=True)),
        brand.time_based.model_copy(update=own.time_based.model_dump(exclude_none=True)),
    )


def _settings(patterns: SenderPatterns, time_based: TimeBased) -> ArrivalSettings:
    classes = (name for name in SenderClass if patterns.department(name))
    return ArrivalSettings({name: patterns.department(name) or "" for name in classes}, time_based)


def _domains(domains: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(normalise_domain, domains)))
