"""What holds for every configuration and every message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app.schemas import AutoRoutingRules
from routing.engine import compile_brand, decide
from routing.engine.types import (
    Action,
    BrandFacts,
    ChannelFacts,
    MessageFacts,
    RoutingDecision,
    SenderFacts,
    ThreadFacts,
)
from tests.routing.engine.brands import OFFICE_HOURS
from tests.routing.engine.opinions import Opinion, always

CODES = ("support", "sales", "admin", "operations", "emergency", "garantie")
MEDIA = ("email", "whatsapp", "sms")
WORDS = ("alfa", "bravo", "charlie", "delta", "echo foxtrot", "golf")
IDS = tuple(UUID(int=number) for number in range(1, 9))
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

probability = st.floats(0, 1, allow_nan=False)
keywords = st.dictionaries(st.sampled_from(CODES), st.lists(st.sampled_from(WORDS), max_size=3), max_size=4)
rules = st.builds(
    lambda words, alarm: AutoRoutingRules.model_validate({"keywords": words, "emergency_keywords": alarm}),
    keywords,
    st.lists(st.sampled_from(WORDS), max_size=1),
)
opinions = st.none() | st.builds(
    lambda weights, emergency, urgent: Opinion(
        {code: weight / (sum(weights) or 1) for code, weight in zip(CODES, weights, strict=False)},
        emergency,
        urgent,
    ),
    st.lists(probability, min_size=1, max_size=4),
    probability,
    probability,
)


@st.composite
def channels(draw: st.DrawFn, number: int) -> ChannelFacts:
    return ChannelFacts(
        id=IDS[number],
        entity_code="merk",
        channel_code=draw(st.sampled_from(CODES)),
        channel_type=draw(st.sampled_from(MEDIA)),
        channel_address=f"{number}@merk.nl",
        channel_name=str(number),
        priority_level=draw(st.integers(1, 100)),
        is_active=draw(st.booleans()) or draw(st.booleans()),
        is_primary=draw(st.booleans()),
        may_own=draw(st.integers(0, 9)) > 0,
        max_concurrent_conversations=draw(st.none() | st.integers(0, 3)),
        calendar=draw(st.sampled_from([None, OFFICE_HOURS])),
        rules=draw(rules),
        fallback_id=draw(st.none() | st.sampled_from(IDS)),
    )


@st.composite
def brands(draw: st.DrawFn) -> BrandFacts:
    count = draw(st.integers(0, 6))
    return BrandFacts(
        entity_code="merk",
        entity_name="Merk",
        channels=tuple(draw(channels(number)) for number in range(count)),
        rules=draw(rules),
        unsure_below=draw(st.sampled_from([0.0, 0.5, 0.9])),
    )


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    received = NOON + timedelta(hours=draw(st.integers(0, 200)))
    return {
        "message": MessageFacts(
            source_channel_id=draw(st.sampled_from(IDS)),
            text=draw(st.lists(st.sampled_from([*WORDS, "echo", "geen", "ruis"]), max_size=6).map(" ".join)),
            received_at=received,
            sent_at=received,
            subject=draw(st.sampled_from(["", "alfa", "Re: bravo"])),
            automated=draw(st.sampled_from(["", "", "", "spam"])),
        ),
        "sender": SenderFacts(
            email="klant@voorbeeld.nl",
            contact_kind=draw(st.sampled_from(["unknown", "customer"])),
            recent_departments=tuple(draw(st.lists(st.sampled_from(CODES), max_size=3))),
        ),
        "thread": draw(st.none() | st.builds(ThreadFacts, owner_channel_id=st.sampled_from(IDS))),
        "loads": draw(st.dictionaries(st.sampled_from(IDS), st.integers(0, 4))),
        "opinion": draw(opinions),
    }


def decision_of(brand: BrandFacts, call: dict[str, Any]) -> RoutingDecision:
    opinion = call["opinion"]
    return decide(
        call["message"],
        call["sender"],
        call["thread"],
        compile_brand(brand),
        call["loads"],
        analyze=None if opinion is None else always(opinion),
    )


@given(brands(), calls())
@settings(max_examples=250, deadline=None)
def test_every_message_gets_a_sound_decision(brand: BrandFacts, call: dict[str, Any]) -> None:
    decision = decision_of(brand, call)
    own = {channel.id: channel for channel in brand.channels}
    stays = call["thread"] is not None and decision.target_channel_id == call["thread"].owner_channel_id
    target = own.get(decision.target_channel_id) if decision.target_channel_id else None
    assert (target is None) == (decision.target_channel_id is None)
    if decision.action is Action.UNROUTABLE:
        assert target is None
    if target is None:
        assert decision.action in (Action.UNROUTABLE, Action.LABEL_ONLY)
        assert decision.auto_response is None
    else:
        assert target.is_active
        assert target.may_own
        assert decision.runner_up != target.channel_code
        limit = target.max_concurrent_conversations
        if decision.action is Action.ROUTE and not stays:
            assert limit is None or call["loads"].get(target.id, 0) < limit
    if decision.is_emergency:
        assert decision.action in (Action.ESCALATE, Action.UNROUTABLE) or stays
    assert 0 <= decision.confidence <= 1
    assert len(decision.reason) <= 200
    assert decision.explanation.nl.endswith(".")
    assert decision.explanation.en.endswith(".")
    assert {c.channel_id for c in decision.candidates} == {c.id for c in brand.channels if c.may_own}


@given(brands(), calls(), st.randoms())
@settings(max_examples=120, deadline=None)
def test_the_order_of_channels_changes_nothing(brand: BrandFacts, call: dict[str, Any], random: Any) -> None:
    shuffled = list(brand.channels)
    random.shuffle(shuffled)
    first, second = decision_of(brand, call), decision_of(replace(brand, channels=tuple(shuffled)), call)
    assert first == second
    assert repr(first) == repr(second)


def rank(decision: RoutingDecision, code: str) -> int:
    """How many departments score higher than `code` does."""
    best: dict[str, float] = {}
    for candidate in decision.candidates:
        best[candidate.channel_code] = max(candidate.raw_score, best.get(candidate.channel_code, -1e9))
    return sum(score > best[code] + 1e-9 for score in best.values())


@given(brands().filter(lambda brand: brand.channels), calls(), st.data())
@settings(max_examples=250, deadline=None)
def test_one_more_keyword_never_lowers_its_department(
    brand: BrandFacts, call: dict[str, Any], data: st.DataObject
) -> None:
    code = data.draw(st.sampled_from(sorted({c.channel_code for c in brand.channels if c.may_own} or {""})))
    text = call["message"].text
    if not code or not text:
        return
    before = decision_of(brand, call)
    more = {department: list(words) for department, words in brand.rules.keywords.items()}
    more.setdefault(code, []).append(data.draw(st.sampled_from(text.split())))
    richer = replace(
        brand, rules=AutoRoutingRules.model_validate(brand.rules.model_dump() | {"keywords": more})
    )
    after = decision_of(richer, call)
    assert rank(after, code) <= rank(before, code)


@given(brands(), calls(), st.integers(0, 4))
@settings(max_examples=120, deadline=None)
def test_work_in_hand_never_overrules_the_evidence(
    brand: BrandFacts, call: dict[str, Any], load: int
) -> None:
    """A message with one decisive keyword belongs to the same department however busy it is."""
    certain = replace(brand, rules=AutoRoutingRules.model_validate({"keywords": {"support": ["zulu"]}}))
    certain = replace(
        certain,
        channels=tuple(replace(c, rules=AutoRoutingRules(), fallback_id=None) for c in brand.channels),
    )
    message = replace(call["message"], text="zulu", subject="", automated="")
    quiet = call | {"message": message, "loads": {}, "opinion": None, "thread": None}
    busy = quiet | {"loads": dict.fromkeys(IDS, load)}
    chosen = [decision_of(certain, one).target_channel_id for one in (quiet, busy)]
    codes = {channel.id: channel.channel_code for channel in certain.channels}
    assert len({codes.get(id) if id else None for id in chosen}) == 1
