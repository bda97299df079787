"""Stage 5: the score names the department, the medium its channel."""

from __future__ import annotations

from collections.abc import Sequence

from routing.engine.brand import Department
from routing.engine.case import Case, Choice
from routing.engine.evidence import (
    ARRIVAL,
    CERTAIN,
    CLASSIFIER_BOUND,
    CLASSIFIER_PER_WORD,
    EMERGENCY,
    classifier_weights,
    keyword_weight,
    probabilities_of,
)
from routing.engine.explain import Basis
from routing.engine.scoring import SENDER_POINTS, URGENCY_POINTS, load_penalty
from routing.engine.selection import Placement, Situation, emergency_department, escalate, find_channel, place
from routing.engine.types import Action

SUGGESTION_PROBABILITY = 0.75
_CLASSIFIER_WORDS = 3


def select(case: Case) -> None:
    """5. Weigh the evidence, rank the departments, and find the channel that takes the message."""
    situation = Situation(
        brand=case.brand,
        loads=case.loads,
        closed=case.closed,
        arrival=case.arrival,
        urgent=case.urgent,
    )
    if not case.brand.departments:
        case.choice = Choice(Placement(None, Action.UNROUTABLE), Basis.NO_CHANNELS, "", 0.0)
        return
    _weigh(case)
    desk = emergency_department(case.brand) if case.is_emergency else None
    forced = desk.code if desk else case.rules.decided_by.route_to if case.rules.decided_by else None
    if forced is not None:
        case.content[case.brand.index[forced]] = max(case.content) + CERTAIN
    case.ranking = _rank(case)
    best = next(
        (department for department in case.ranking if _in_question(case, department)), case.ranking[0]
    )
    if case.message.automated or case.rules.silenced_by is not None:
        case.choice = _keep_silently(case, best, situation)
    elif case.is_emergency:
        case.choice = _emergency(case, desk or _whoever_is_there(case, best), situation)
    elif case.owner is not None:
        case.choice = _stay_in_thread(case, forced or best.code)
    elif case.rules.decided_by is not None:
        rule = case.rules.decided_by
        case.choice = Choice(place(best, situation), Basis.RULE, best.code, 1.0, detail=rule.name)
    else:
        case.choice = _follow_evidence(case, best, situation)
    case.choice.runner_up = _runner_up(case, case.choice)


def _weigh(case: Case) -> None:
    codes, index = case.brand.codes, case.brand.index
    opinion = case.opinion
    if opinion is None:
        weights = [0.0] * len(codes)
    else:
        bound = CLASSIFIER_BOUND
        if case.matches:
            bound = min(bound, CLASSIFIER_PER_WORD * case.unmatched_words)
        weights = classifier_weights(opinion.departments, codes, case.home, bound)
    for code, words in case.matches.items():
        if code in index:
            weights[index[code]] += keyword_weight(words)
    for code, weight in case.history.items():
        if code in index:
            weights[index[code]] += weight
    if case.home:
        weights[index[case.home]] += ARRIVAL
    case.probabilities, nothing = probabilities_of(weights)
    case.content = [CERTAIN * (probability - nothing) for probability in case.probabilities]


def _rank(case: Case) -> list[Department]:
    """Departments by the raw score of their best channel; equal ones by load, priority and code."""
    scored = []
    for department, content in zip(case.brand.departments, case.content, strict=True):
        if department.limited:
            priority, load, penalty = _best_channel(department, case)
            scored.append((penalty - content - priority, load, -priority, department.position))
        else:
            priority = department.priority or 0
            scored.append((-content - priority, 0, -priority, department.position))
    # Departments are in order of their codes, so that the position settles what is left.
    for code, points in (
        (case.sender_department, SENDER_POINTS),
        (EMERGENCY if case.urgent else None, URGENCY_POINTS),
    ):
        position = case.brand.index.get(code) if code else None
        if position is not None:
            score, load, priority, _ = scored[position]
            scored[position] = (score - points, load, priority, position)
    scored.sort()
    return [case.brand.departments[position] for *_, position in scored]


def _best_channel(department: Department, case: Case) -> tuple[int, int, float]:
    """(priority, load, load penalty) of the channel with the best score; all 0 when none is active."""
    best = (department.priority or 0, 0, 0.0)
    if not department.limited:
        return best
    scored = [best] if department.priority is not None else []
    for channel in department.limited:
        load = case.loads.get(channel.id, 0)
        penalty = load_penalty(load, channel.max_concurrent_conversations)
        scored.append((channel.priority_level, load, penalty))
    return max(scored, key=lambda item: (item[0] - item[2], -item[1]))


def _keep_silently(case: Case, best: Department, situation: Situation) -> Choice:
    channel, detour = (case.owner, None) if case.owner else find_channel(best, situation)
    placement = Placement(channel, Action.LABEL_ONLY, (detour,) if detour else ())
    rule = case.rules.silenced_by
    basis, detail = (Basis.SILENCED, rule.name) if rule else (Basis.AUTOMATED, case.message.automated)
    code = channel.channel_code if channel else best.code
    return Choice(placement, basis, code, _probability(case, code), detail=detail)


def _whoever_is_there(case: Case, best: Department) -> Department:
    """For an emergency in a brand without a desk for it: the thread's owner, else the best active one."""
    owner = case.brand.department(case.owner.channel_code) if case.owner else None
    return owner or next((department for department in case.ranking if department.active), best)


def _emergency(case: Case, desk: Department, situation: Situation) -> Choice:
    words = case.alarm or _classifier_words(case, EMERGENCY)
    confidence = 1.0 if case.alarm or case.opinion is None else case.opinion.emergency
    owner, thread = case.owner, case.thread
    if owner is not None and owner.channel_code == desk.code:
        known = thread is not None and thread.was_urgent
        placement = Placement(owner, Action.ROUTE if known else Action.ESCALATE)
        return Choice(placement, Basis.EMERGENCY, desk.code, confidence, words, detail=Basis.THREAD)
    return Choice(escalate(desk, situation), Basis.EMERGENCY, desk.code, confidence, words)


def _stay_in_thread(case: Case, likely: str) -> Choice:
    owner = case.owner
    assert owner is not None  # noqa: S101 - by the caller's condition
    choice = Choice(Placement(owner, Action.ROUTE), Basis.THREAD, owner.channel_code, 1.0)
    department = case.brand.department(likely)
    certain = case.rules.decided_by is not None or _probability(case, likely) >= SUGGESTION_PROBABILITY
    if likely != owner.channel_code and certain and department is not None and department.active:
        choice.suggested_move = likely
        choice.words = _deciding_words(case, likely)
    return choice


def _follow_evidence(case: Case, best: Department, situation: Situation) -> Choice:
    confidence = case.probabilities[best.position]
    words = _deciding_words(case, best.code)
    if confidence >= case.brand.facts.unsure_below:
        basis = _basis(case, best.code)
        detail = case.sender_class if basis is Basis.SENDER else ""
        return Choice(place(best, situation), basis, best.code, confidence, words, detail)
    home = case.brand.department(case.home) or best
    choice = Choice(place(home, situation), Basis.UNSURE, best.code, case.probabilities[home.position], words)
    choice.unsure = True
    return choice


def _probability(case: Case, code: str) -> float:
    position = case.brand.index.get(code)
    return 0.0 if position is None else case.probabilities[position]


def _basis(case: Case, code: str) -> Basis:
    if code in case.matches:
        return Basis.KEYWORDS
    believed = case.opinion is not None and code == _most_likely(case)
    if code == case.home:
        return Basis.CLASSIFIER if believed else Basis.ARRIVAL
    if believed:
        return Basis.CLASSIFIER
    if code in case.history:
        return Basis.HISTORY
    return Basis.SENDER if code == case.sender_department else Basis.PRIORITY


def _most_likely(case: Case) -> str | None:
    """The department that the classifier finds more likely than all others together."""
    departments = case.opinion.departments if case.opinion else {}
    code = max(departments, key=lambda code: departments[code], default=None)
    return code if code is not None and departments[code] > 1 / 2 else None


def _deciding_words(case: Case, code: str) -> tuple[str, ...]:
    return case.matches.get(code) or _classifier_words(case, code)


def _classifier_words(case: Case, code: str) -> tuple[str, ...]:
    if case.opinion is None:
        return ()
    weighed = [(weight, word) for word, department, weight in case.opinion.evidence if department == code]
    weighed.sort(reverse=True)
    return tuple(dict.fromkeys(word for weight, word in weighed if weight > 0))[:_CLASSIFIER_WORDS]


def _in_question(case: Case, department: Department) -> bool:
    """Priority alone brings nobody to the emergency desk."""
    code = department.code
    return code != EMERGENCY or case.urgent or code == case.home or case.content[department.position] > 0


def _runner_up(case: Case, choice: Choice) -> str | None:
    """The best department that could have taken it instead."""
    channel = choice.placement.channel
    taken = {channel.channel_code if channel else choice.department}
    if not choice.unsure:
        taken.add(choice.department)
    for department in case.ranking:
        if department.active and department.code not in taken and _in_question(case, department):
            return department.code
    return None


def words_per_department(case: Case, codes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """All words that spoke for each department, the operator's first."""
    words = {}
    for code in codes:
        spoken = dict.fromkeys([*case.matches.get(code, ()), *_classifier_words(case, code)])
        if spoken:
            words[code] = tuple(spoken)
    return words
