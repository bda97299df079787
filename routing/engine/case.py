"""A message under decision, and what each stage found out about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from routing.engine.brand import ArrivalSettings, CompiledBrand, Department
from routing.engine.business_rules import RuleOutcome
from routing.engine.evidence import ContentOpinion
from routing.engine.explain import Basis
from routing.engine.selection import Placement
from routing.engine.types import ChannelFacts, MessageFacts, SenderClass, SenderFacts, ThreadFacts

Analyze = Callable[..., ContentOpinion]
"""`analyze(text, *, subject="")`, as `routing.engine.content.analyze`."""


@dataclass(slots=True)
class Choice:
    """The outcome of stage 5. department: where the evidence points; basis and words: what decided."""

    placement: Placement
    basis: Basis
    department: str
    confidence: float
    words: tuple[str, ...] = ()
    detail: str = ""
    unsure: bool = False
    runner_up: str | None = None
    suggested_move: str | None = None


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
    unmatched_words: int = 0
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
    rules: RuleOutcome = field(default_factory=RuleOutcome)

    # 5, selection: probability and points of content, per department of the brand
    probabilities: list[float] = field(default_factory=list)
    content: list[float] = field(default_factory=list)
    ranking: Sequence[Department] = ()  # best score first
    choice: Choice | None = None
