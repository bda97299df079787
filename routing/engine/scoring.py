"""The score of the specification, term by term.

score = priority_level
      + content  (20 per unit; see `routing.engine.evidence` for the units)
      + 15 when the brand's pattern for this kind of sender names the channel's department
      + 50 for an emergency channel when the message is urgent
      - 30 x the share of the channel's capacity in use (0 without a limit)

Channels are ranked on the raw score; 0..100 is for display only, since it would make 105 and 145 equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload
from uuid import UUID

from routing.engine.brand import CompiledBrand
from routing.engine.evidence import EMERGENCY
from routing.engine.types import Candidate, CandidateStatus, ChannelFacts, ScoreComponents

SENDER_POINTS = 15.0
URGENCY_POINTS = 50.0
LOAD_POINTS = 30.0


def load_penalty(load: int, limit: int | None) -> float:
    """Points lost to work in hand; a channel without limit loses none, one with no room all."""
    if limit is None:
        return 0.0
    if limit <= 0 or load >= limit:
        return LOAD_POINTS
    return LOAD_POINTS * max(load, 0) / limit


def has_room(channel: ChannelFacts, load: int) -> bool:
    limit = channel.max_concurrent_conversations
    return limit is None or load < limit


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """All that the score of any channel follows from. content: points per department of the brand."""

    brand: CompiledBrand
    loads: Mapping[UUID, int]
    content: Sequence[float]
    sender_department: str | None
    urgent: bool
    closed: frozenset[UUID]

    def ranked(self) -> list[Candidate]:
        """Every channel of the brand with its score, best first; equal ones by load, priority, code."""
        loaded = [(self.loads.get(channel.id, 0), channel) for channel in self.brand.candidates]
        scored = [(self._candidate(channel, load), load) for load, channel in loaded]
        scored.sort(key=lambda pair: (-pair[0].raw_score, pair[1], -pair[0].components.priority))
        return [candidate for candidate, _ in scored]

    def _candidate(self, channel: ChannelFacts, load: int) -> Candidate:
        code = channel.channel_code
        components = ScoreComponents(
            priority=float(channel.priority_level),
            content=self.content[self.brand.index[code]] if self.content else 0.0,
            sender=SENDER_POINTS if code == self.sender_department else 0.0,
            urgency=URGENCY_POINTS if self.urgent and code == EMERGENCY else 0.0,
            load=0.0 - load_penalty(load, channel.max_concurrent_conversations),
        )
        raw = (
            components.priority
            + components.content
            + components.sender
            + components.urgency
            + components.load
        )
        return Candidate(
            channel_id=channel.id,
            channel_code=code,
            channel_type=channel.channel_type,
            raw_score=raw,
            score=min(100.0, max(0.0, raw)),
            components=components,
            status=self._status(channel, load),
        )

    def _status(self, channel: ChannelFacts, load: int) -> CandidateStatus:
        if not channel.is_active:
            return CandidateStatus.INACTIVE
        if channel.id in self.closed:
            return CandidateStatus.CLOSED
        return CandidateStatus.AVAILABLE if has_room(channel, load) else CandidateStatus.AT_CAPACITY


class Candidates(Sequence[Candidate]):
    """Every channel with its score, best first; worked out when somebody looks.

    Routing needs the best department only, which is found without fifty objects per message.
    """

    __slots__ = ("_ranked", "_sheet")

    def __init__(self, sheet: ScoreSheet) -> None:
        self._sheet = sheet
        self._ranked: tuple[Candidate, ...] | None = None

    def _rank(self) -> tuple[Candidate, ...]:
        if self._ranked is None:
            self._ranked = tuple(self._sheet.ranked())
        return self._ranked

    def __len__(self) -> int:
        return len(self._sheet.brand.candidates)

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, index: int | slice) -> Candidate | tuple[Candidate, ...]:
        return self._rank()[index]

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._rank())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Candidates | tuple) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(self._rank())

    def __repr__(self) -> str:
        return repr(self._rank())
