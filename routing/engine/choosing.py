"""Stage 5: the score names the department, the medium its channel."""

from __future__ import annotations

from collections.abc import Mapping

from routing.engine.brand import Department
from routing.engine.case import Case
from routing.engine.evidence import (
    ARRIVAL,
    CERTAIN,
    CLASSIFIER_BOUND,
    CLASSIFIER_PER_WORD,
    EMERGENCY,
    classifier_weights,
    keyword_weight,
    odds_of,
)
from routing.engine.explain import Basis, Verdict
from routing.engine.scoring import SENDER_POINTS, URGENCY_POINTS, load_penalty
from routing.engine.selection import Placement, emergency_department, escalate, find_channel, place
from routing.engine.types import Action, ChannelFacts

SUGGESTION_PROBABILITY = 0.75
_CLASSIFIER_WORDS = 3
_LEAST_FOR_EMERGENCY = CERTAIN / 20
_UNNAMED = 3  # enough for a best and a second choice beside the department that cannot take it


def select(case: Case) -> None:
    """5. Weigh the evidence, rank the departments, and find the channel that takes the message."""
    brand, rules = case.brand, case.rules
    if not brand.departments:
        case.verdict = Verdict(Placement(None, Action.UNROUTABLE), Basis.NO_CHANNELS, "", 0.0)
        return
    _weigh(case)
    desk = emergency_department(brand) if case.is_emergency else None
    forced = desk.code if desk else rules.decided_by.route_to if rules.decided_by else None
    if forced is not None:
        case.content[brand.index[forced]] = CERTAIN + max(case.content.values(), default=0.0)
    ranking = case.ranking = _rank(case)
    best = ranking[0]
    if case.message.automated or rules.silenced_by is not None:
        verdict = _keep_silently(case, best)
    elif case.is_emergency:
        verdict = _emergency(case, desk or _whoever_is_there(case, best))
    elif case.owner is not None:
        verdict = _stay_in_thread(case, case.owner, forced or best.code)
    elif rules.decided_by is not None:
        verdict = Verdict(place(best, case), Basis.RULE, best.code, 1.0, detail=rules.decided_by.name)
    else:
        verdict = _follow_evidence(case, best)
    verdict.runner_up = _runner_up(case, verdict)
    verdict.urgent = case.urgent
    verdict.stays = verdict.department == case.home
    case.verdict = verdict


def _weigh(case: Case) -> None:
    index, opinion = case.brand.index, case.opinion
    weights: dict[int, float] = {}
    if opinion is not None:
        bound = CLASSIFIER_BOUND
        if case.matches:
            bound = min(bound, CLASSIFIER_PER_WORD * case.words)
        weights = classifier_weights(opinion.departments, case.brand.codes, case.home, bound)
    for code, words in case.matches.items():
        if (position := index.get(code)) is not None:
            weights[position] = weights.get(position, 0.0) + keyword_weight(words)
    for code, weight in case.history.items():
        if (position := index.get(code)) is not None:
            weights[position] = weights.get(position, 0.0) + weight
    if case.home:
        position = index[case.home]
        weights[position] = weights.get(position, 0.0) + ARRIVAL
    found, total = odds_of(weights, len(index))
    case.odds, case.total_odds = found, total
    content = case.content
    for position, odds in found.items():
        content[position] = CERTAIN * (odds - 1.0) / total


def _rank(case: Case) -> list[Department]:
    """Departments in question by the raw score of their best channel; equal ones by load, priority, code.

    Those that nothing speaks for keep their standing order, so that only the first of them need a score.
    """
    brand, index, departments = case.brand, case.brand.index, case.brand.departments
    points = case.content.copy()
    if (position := index.get(case.sender_department)) is not None:
        points[position] = points.get(position, 0.0) + SENDER_POINTS
    if (emergency := index.get(EMERGENCY)) is not None:
        if case.urgent:
            points[emergency] = points.get(emergency, 0.0) + URGENCY_POINTS
        elif case.home != EMERGENCY and points.get(emergency, 0.0) < _LEAST_FOR_EMERGENCY:
            points.pop(emergency, None)  # priority alone brings nobody there, not even as the second choice
    for position in brand.limited:
        points.setdefault(position, 0.0)
    unnamed = 0
    for position in brand.standing:
        if position not in points:
            points[position] = 0.0
            unnamed += 1
            if unnamed == _UNNAMED:
                break
    scored = []
    for position, extra in points.items():
        department = departments[position]
        if department.limited:
            priority, load, penalty = _best_channel(department, case)
            scored.append((penalty - extra - priority, load, -priority, position))
        else:
            priority = department.priority or 0
            # Departments are in order of their codes, so that the position settles what is left.
            scored.append((-extra - priority, 0, -priority, position))
    scored.sort()
    return [departments[one[3]] for one in scored] or list(departments)


def _best_channel(department: Department, case: Case) -> tuple[int, int, float]:
    """(priority, load, load penalty) of the channel with the best score, where some have a limit."""
    scored = [(department.priority, 0, 0.0)] if department.priority is not None else []
    for channel in department.limited:
        load = case.loads.get(channel.id, 0)
        penalty = load_penalty(load, channel.max_concurrent_conversations)
        scored.append((channel.priority_level, load, penalty))
    return max(scored, key=lambda item: (item[0] - item[2], -item[1]))


def _keep_silently(case: Case, best: Department) -> Verdict:
    channel, detour = (case.owner, None) if case.owner else find_channel(best, case)
    placement = Placement(channel, Action.LABEL_ONLY, (detour,) if detour else ())
    rule = case.rules.silenced_by
    basis, detail = (Basis.SILENCED, rule.name) if rule else (Basis.AUTOMATED, case.message.automated)
    code = channel.channel_code if channel else best.code
    return Verdict(placement, basis, code, case.probability(code), detail=detail)


def _whoever_is_there(case: Case, best: Department) -> Department:
    """For an emergency in a brand without a desk for it: the thread's owner, else the best active one."""
    owner = case.brand.department(case.owner.channel_code) if case.owner else None
    return owner or next((department for department in case.ranking if department.active), best)


def _emergency(case: Case, desk: Department) -> Verdict:
    words = case.alarm or _classifier_words(case, EMERGENCY)
    confidence = 1.0 if case.alarm or case.opinion is None else case.opinion.emergency
    owner, thread = case.owner, case.thread
    if owner is not None and owner.channel_code == desk.code:
        known = thread is not None and thread.was_urgent
        placement = Placement(owner, Action.ROUTE if known else Action.ESCALATE)
        return Verdict(placement, Basis.EMERGENCY, desk.code, confidence, words, detail=Basis.THREAD)
    return Verdict(escalate(desk, case), Basis.EMERGENCY, desk.code, confidence, words)


def _stay_in_thread(case: Case, owner: ChannelFacts, likely: str) -> Verdict:
    verdict = Verdict(Placement(owner, Action.ROUTE), Basis.THREAD, owner.channel_code, 1.0)
    department = case.brand.department(likely)
    certain = case.rules.decided_by is not None or case.probability(likely) >= SUGGESTION_PROBABILITY
    if likely != owner.channel_code and certain and department is not None and department.active:
        verdict.suggested_move = likely
        verdict.words = _deciding_words(case, likely)
    return verdict


def _follow_evidence(case: Case, best: Department) -> Verdict:
    confidence = case.probability(best.code)
    words = _deciding_words(case, best.code)
    if confidence >= case.brand.facts.unsure_below:
        basis = _basis(case, best.code)
        detail = case.sender_class if basis is Basis.SENDER else ""
        return Verdict(place(best, case), basis, best.code, confidence, words, detail)
    home = case.brand.department(case.home) or best
    verdict = Verdict(place(home, case), Basis.UNSURE, best.code, case.probability(home.code), words)
    verdict.unsure = True
    return verdict


def _basis(case: Case, code: str) -> Basis:
    if code in case.matches:
        return Basis.KEYWORDS
    if case.opinion is not None and code == _most_likely(case):
        return Basis.CLASSIFIER
    if code == case.home:
        return Basis.ARRIVAL
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


def _runner_up(case: Case, verdict: Verdict) -> str | None:
    """The best department that could have taken it instead."""
    target, meant = verdict.target, "" if verdict.unsure else verdict.department
    for department in case.ranking:
        code = department.code
        if department.active and code != target and code != meant:
            return code
    return None


def words_per_department(case: Case) -> Mapping[str, tuple[str, ...]]:
    """All words that spoke for each department, the operator's first."""
    if case.opinion is None:
        return case.matches
    spoken = {code: dict.fromkeys(words) for code, words in case.matches.items()}
    counts: dict[str, int] = {}
    for word, code, weight in sorted(case.opinion.evidence, key=lambda item: -item[2]):
        count = counts.get(code, 0)
        if weight > 0 and count < _CLASSIFIER_WORDS:
            counts[code] = count + 1
            spoken.setdefault(code, {})[word] = None
    return {code: tuple(words) for code, words in spoken.items()}
