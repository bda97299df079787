"""From a message to a decision, in the six stages of the specification.

`decide` is a pure function: no clock, no database, no network; `now` is the message's `received_at`.
Each stage notes what it found on the case, and the record puts all of it into the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from routing.engine.brand import CompiledBrand
from routing.engine.case import Analyze, Case
from routing.engine.choosing import select
from routing.engine.findings import analyse_content, apply_business_rules, classify, weigh_context
from routing.engine.recording import record
from routing.engine.types import MessageFacts, RoutingDecision, SenderFacts, ThreadFacts

STAGES: tuple[Callable[[Case], None], ...] = (
    analyse_content,
    classify,
    weigh_context,
    apply_business_rules,
    select,
)


def decide(
    message: MessageFacts,
    sender: SenderFacts,
    thread: ThreadFacts | None,
    brand: CompiledBrand,
    loads: Mapping[UUID, int],
    *,
    analyze: Analyze | None = None,
) -> RoutingDecision:
    """Where `message` goes, why, and what the customer hears.

    thread: the open thread it continues, None when it starts one. loads: open threads per channel, 0 for
    one that is missing. analyze: the content classifier; without it the configured keywords speak alone.
    Total: every message gets a decision, if need be that nobody can take it. ValueError only for a
    `received_at` without timezone.
    """
    arrival = brand.channels.get(message.source_channel_id)
    owner = brand.channels.get(thread.owner_channel_id) if thread is not None else None
    case = Case(
        message=message,
        sender=sender,
        thread=thread,
        brand=brand,
        loads=dict(loads),  # the caller goes on counting while the decision is kept
        analyze=analyze,
        arrival=arrival,
        owner=owner if owner is not None and owner.is_active and owner.may_own else None,
        settings=brand.arrivals[arrival.id] if arrival is not None else brand.default_arrival,
    )
    for stage in STAGES:
        stage(case)
    return record(case)
