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
from json import dumps
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


_Score = tuple[float, int, int, int, float, float, float, float]
"""(-raw, load, -priority, position in `CompiledBrand.scored`; content, sender, urgency, load points)."""


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

    def json(self) -> str:
        """The candidates as a JSON array of `candidate_rows`, best first.

        Written without the objects in between, since every decision is logged.
        """
        return f"[{','.join(map(self._candidate_json, self._scores()))}]"

    def _scores(self) -> list[_Score]:
        brand, content, loads = self._brand, self._content, self._loads
        scores = []
        for position, (channel, department) in enumerate(brand.scored):
            load = loads.get(channel.id, 0) if loads else 0
            code, priority = channel.channel_code, channel.priority_level
            points = content.get(department, 0.0)
            sender = SENDER_POINTS if code == self._sender_department else 0.0
            urgency = URGENCY_POINTS if self._urgent and code == EMERGENCY else 0.0
            limit = channel.max_concurrent_conversations
            lost = 0.0 if limit is None else 0.0 - load_penalty(load, limit)
            raw = priority + points + sender + urgency + lost
            scores.append((-raw, load, -priority, position, points, sender, urgency, lost))
        scores.sort()
        return scores

    def _rank(self) -> tuple[Candidate, ...]:
        if self._ranked is None:
            self._ranked = tuple(self._candidate(score) for score in self._scores())
        return self._ranked

    def _candidate(self, score: _Score) -> Candidate:
        lowest, load, _, position, content, sender, urgency, lost = score
        channel, raw = self._brand.scored[position][0], -lowest
        return Candidate(
            channel.id,
            channel.channel_code,
            channel.channel_type,
            raw,
            min(100.0, max(0.0, raw)),
            ScoreComponents(float(channel.priority_level), content, sender, urgency, lost),
            self._status(channel, load),
        )

    def _candidate_json(self, score: _Score) -> str:
        _, load, _, position, content, sender, urgency, lost = score
        channel = self._brand.scored[position][0]
        status = self._status(channel, load)
        # Most channels are not spoken of, and look the same in every decision.
        key = None if content else (position, sender, urgency, lost, status)
        text = self._brand.candidate_texts.get(key) if key else None
        if text is None:
            text = (
                f"[{dumps(channel.channel_code)},{dumps(channel.channel_type)},{channel.priority_level},"
                f'{round(content, 2):g},{sender:g},{urgency:g},{round(lost, 2):g},"{status.value}"]'
            )
            if key:
                self._brand.candidate_texts[key] = text
        return text

    def _status(self, channel: ChannelFacts, load: int) -> CandidateStatus:
        if not channel.is_active:
            return CandidateStatus.INACTIVE
        if self._closed and channel.id in self._closed:
            return CandidateStatus.CLOSED
        return CandidateStatus.AVAILABLE if has_room(channel, load) else CandidateStatus.AT_CAPACITY

    def __len__(self) -> int:
        return len(self._brand.scored)

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
