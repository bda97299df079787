"""From the department to the channel: medium, fallback, hours and room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from routing.engine.brand import CompiledBrand, Department
from routing.engine.evidence import EMERGENCY
from routing.engine.scoring import has_room
from routing.engine.types import Action, ChannelFacts

SUPPORT = "support"


class Detour(StrEnum):
    """Why a message is not simply at the channel that its department would give it."""

    NONE = ""
    CHAIN = "fallback:chain"
    PRIMARY = "fallback:primary"
    SUPPORT = "fallback:support"
    UNROUTABLE = "fallback:none"
    CLOSED = "hours:queue_for_next_day"
    FULL = "capacity:queue"
    RELIEVED = "capacity:fallback"


@dataclass(slots=True)
class Placement:
    """The channel that owns the thread from now on; detours in the order they were taken."""

    channel: ChannelFacts | None
    action: Action
    detours: tuple[Detour, ...] = ()
    alert_capacity: bool = False


class Situation(Protocol):
    """What placing depends on besides the department; the case under decision has it all."""

    brand: CompiledBrand
    loads: Mapping[UUID, int]
    closed: frozenset[UUID]
    arrival: ChannelFacts | None
    urgent: bool


def _waits(channel: ChannelFacts, situation: Situation) -> bool:
    """Whether the message is held until the channel opens: not when urgent or staff want it at once."""
    if situation.urgent or not situation.closed or channel.id not in situation.closed:
        return False
    return situation.brand.arrivals[channel.id].time_based.outside_hours != "immediate_routing"


def _has_room(channel: ChannelFacts, situation: Situation) -> bool:
    limit = channel.max_concurrent_conversations
    return limit is None or has_room(channel, situation.loads.get(channel.id, 0))


def own_channel(department: Department, situation: Situation) -> ChannelFacts | None:
    """The department's channel for this message: where it arrived, its medium, primary, priority, load,
    the brand's own before a shared one, code."""
    arrival = situation.arrival
    if (
        arrival is not None
        and arrival.channel_code == department.code
        and arrival.is_active
        and arrival.may_own
    ):
        return arrival
    preferred = department.preferred_for(arrival.channel_type if arrival else "")
    if len(preferred) < 2:
        return preferred[0] if preferred else None
    loads = situation.loads
    return min(preferred, key=lambda channel: loads.get(channel.id, 0))


def find_channel(department: Department | None, situation: Situation) -> tuple[ChannelFacts | None, Detour]:
    """The department's own channel, else its fallback, the brand's primary of the medium, its support."""
    if department is not None:
        channel = own_channel(department, situation)
        if channel is not None:
            return channel, Detour.NONE
        for inactive in department.inactive:
            for substitute in situation.brand.fallbacks[inactive.id]:
                return substitute, Detour.CHAIN
    primary = situation.brand.primary_of.get(situation.arrival.channel_type if situation.arrival else "")
    if primary is not None:
        return primary, Detour.PRIMARY
    support = situation.brand.department(SUPPORT)
    channel = own_channel(support, situation) if support else None
    return (channel, Detour.SUPPORT) if channel else (None, Detour.UNROUTABLE)


def emergency_department(brand: CompiledBrand) -> Department | None:
    """Who takes an emergency: the emergency desk, or who stands in for it, else support, if they can."""
    emergency, support = brand.department(EMERGENCY), brand.department(SUPPORT)
    if emergency is not None and (
        emergency.active or any(brand.fallbacks[channel.id] for channel in emergency.inactive)
    ):
        return emergency
    return support if support is not None and support.active else None


def place(department: Department | None, situation: Situation) -> Placement:
    """Where a message of `department` goes now. A full or closed department keeps its messages."""
    channel, detour = find_channel(department, situation)
    taken = (detour,) if detour else ()
    if channel is None:
        return Placement(None, Action.UNROUTABLE, taken)
    if _waits(channel, situation):
        return Placement(channel, Action.QUEUE_FOR_NEXT_DAY, (*taken, Detour.CLOSED))
    if _has_room(channel, situation):
        return Placement(channel, Action.ROUTE, taken)
    for relief in situation.brand.fallbacks[channel.id]:
        if relief.id not in situation.closed and _has_room(relief, situation):
            return Placement(relief, Action.ROUTE, (*taken, Detour.RELIEVED), alert_capacity=True)
    return Placement(channel, Action.QUEUE_FOR_CAPACITY, (*taken, Detour.FULL), alert_capacity=True)


def escalate(department: Department | None, situation: Situation) -> Placement:
    """Where an emergency goes: at once, whatever the hour and however full."""
    channel, detour = find_channel(department, situation)
    taken = (detour,) if detour else ()
    if channel is None:
        return Placement(None, Action.UNROUTABLE, taken)
    return Placement(channel, Action.ESCALATE, taken, alert_capacity=not _has_room(channel, situation))
