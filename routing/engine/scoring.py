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


class Candidates(Sequence[Candidate]):
    """Every channel with its score, best first, equal ones by load, priority and code; worked out when
    somebody looks, since the best department is found without fifty objects per message.

    content: points per department's position in the brand. loads: open threads per channel.
    """

    __slots__ = ("_brand", "_closed", "_content", "_loads", "_ranked", "_sender_department", "_urgent")

    def __init__(
        self,
        brand: CompiledBrand,
        loads: Mapping[UUID, int],
        content: Mapping[int, float],
        sender_department: str | None,
        urgent: bool,
        closed: frozenset[UUID],
    ) -> None:
        self._brand = brand
        self._loads = loads
        self._content = content
        self._sender_department = sender_department
        self._urgent = urgent
        self._closed = closed
        self._ranked: tuple[Candidate, ...] | None = None

    def _rank(self) -> tuple[Candidate, ...]:
        if self._ranked is None:
            scored = []
            for channel in self._brand.candidates:
                load = self._loads.get(channel.id, 0)
                scored.append((self._candidate(channel, load), load))
            scored.sort(key=lambda pair: (-pair[0].raw_score, pair[1], -pair[0].components.priority))
            self._ranked = tuple(candidate for candidate, _ in scored)
        return self._ranked

    def _candidate(self, channel: ChannelFacts, load: int) -> Candidate:
        code = channel.channel_code
        priority = float(channel.priority_level)
        content = self._content.get(self._brand.index[code], 0.0)
        sender = SENDER_POINTS if code == self._sender_department else 0.0
        urgency = URGENCY_POINTS if self._urgent and code == EMERGENCY else 0.0
        lost = 0.0 - load_penalty(load, channel.max_concurrent_conversations)
        raw = priority + content + sender + urgency + lost
        return Candidate(
            channel.id,
            code,
            channel.channel_type,
            raw,
            min(100.0, max(0.0, raw)),
            ScoreComponents(priority, content, sender, urgency, lost),
            self._status(channel, load),
        )

    def _status(self, channel: ChannelFacts, load: int) -> CandidateStatus:
        if not channel.is_active:
            return CandidateStatus.INACTIVE
        if channel.id in self._closed:
            return CandidateStatus.CLOSED
        return CandidateStatus.AVAILABLE if has_room(channel, load) else CandidateStatus.AT_CAPACITY

    def __len__(self) -> int:
        return len(self._brand.candidates)

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
