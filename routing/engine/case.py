"""A message under decision, and what each stage found out about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from routing.engine.brand import ArrivalSettings, CompiledBrand, Department
from routing.engine.business_rules import NO_RULES, RuleOutcome
from routing.engine.evidence import ContentOpinion
from routing.engine.explain import Verdict
from routing.engine.types import ChannelFacts, MessageFacts, SenderClass, SenderFacts, ThreadFacts

Analyze = Callable[..., ContentOpinion]
"""`analyze(text, *, subject="")`, as `routing.engine.content.analyze`."""


@dataclass(slots=True)
class Case:
    """The given, then one group of findings per stage. Departments are channel codes."""

    message: MessageFacts
    sender: SenderFacts
    thread: ThreadFacts | None
    brand: CompiledBrand
    loads: Mapping[UUID, int]
    analyze: Analyze | None
    arrival: ChannelFacts | None
    owner: ChannelFacts | None  # of the open thread, when it can still work on it
    settings: ArrivalSettings

    # 1, content: words per department; alarm: emergency words that are not denied
    matches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alarm: tuple[str, ...] = ()
    found: Mapping[str | int, list[str]] = field(default_factory=dict)
    words: int = 0
    opinion: ContentOpinion | None = None

    # 2, sender
    sender_class: SenderClass = SenderClass.NEW_EMAIL
    domain: str = ""

    # 3, context
    closed: frozenset[UUID] = frozenset()
    home: str = ""  # where the message stays without evidence: the arrival channel's, or the owner's
    history: Mapping[str, float] = field(default_factory=dict)
    sender_department: str | None = None
    is_emergency: bool = False
    urgent: bool = False

    # 4, business rules
    rules: RuleOutcome = field(default_factory=lambda: NO_RULES)

    # 5, selection, per position of a department in the brand; none means that nothing speaks for it
    odds: Mapping[int, float] = field(default_factory=dict)  # against a department without evidence
    total_odds: float = 1.0
    content: dict[int, float] = field(default_factory=dict)  # points
    ranking: Sequence[Department] = ()  # those in question, best score first
    verdict: Verdict | None = None

    def probability(self, code: str) -> float:
        """How likely the message belongs to a department, by its content alone."""
        position = self.brand.index.get(code)
        if position is None:
            return 0.0
        # The sum of the odds may fall a hair short of the largest of them.
        return min(1.0, self.odds.get(position, 1.0) / self.total_odds)
