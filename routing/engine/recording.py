"""Stage 6: the decision, with everything that led to it, ready for the log."""

from __future__ import annotations

from channels_app.schemas import email_domain, normalise_email
from routing.engine.case import Case
from routing.engine.choosing import words_per_department
from routing.engine.evidence import EMERGENCY
from routing.engine.explain import Basis, Verdict, VerdictExplanation, reason
from routing.engine.leads import lead_score
from routing.engine.responses import auto_response
from routing.engine.scoring import Candidates
from routing.engine.types import Action, AutoResponseKind, ChannelFacts, RoutingDecision, Urgency

# Looking up a member of an enumeration costs as much as a call.
# A reaction, a mark out of a list or STOP says something of what was written before: nothing to sort by.
_REMARK = "system"
_HIGH, _NORMAL, _LABEL_ONLY = Urgency.HIGH, Urgency.NORMAL, Action.LABEL_ONLY


def record(case: Case) -> RoutingDecision:
    """6. Put what the stages found into the decision."""
    verdict = case.verdict
    assert verdict is not None  # noqa: S101 - stage 5 always gives one
    placement = verdict.placement
    target = placement.channel
    points, reasons = _lead(case, target)
    # In the order of the fields: naming 21 of them for every message takes twice as long.
    return RoutingDecision(
        target.id if target else None,
        placement.action,
        _HIGH if case.urgent else _NORMAL,
        case.sender_class,
        reason(verdict),
        VerdictExplanation(verdict),
        verdict.confidence,
        verdict.unsure,
        verdict.runner_up,
        _labels(case, target),
        case.matches,
        _applied(case, verdict),
        _answer(case, target, silent=placement.action is _LABEL_ONLY),
        Candidates(case.brand, case.loads, case.content, case.sender_department, case.urgent, case.closed),
        verdict.suggested_move,
        case.is_emergency,
        placement.alert_capacity,
        points,
        reasons,
        case.opinion.language if case.opinion else "",
        words_per_department(case),
    )


def _applied(case: Case, verdict: Verdict) -> tuple[str, ...]:
    """Every rule that had a say, as kind:subject."""
    applied = [f"rule:{rule.id}" for rule in case.rules.applied]
    for code in case.matches:
        applied.append(f"keywords:{code}")
    if case.is_emergency and EMERGENCY not in case.matches:
        applied.append("classifier:emergency")
    if verdict.basis is Basis.CLASSIFIER:
        applied.append(f"classifier:{verdict.department}")
    for code in case.history:
        applied.append(f"history:{code}")
    if case.sender_department:
        applied.append(f"sender:{case.sender_class}:{case.sender_department}")
    if case.home:
        applied.append(f"{'thread' if case.owner else 'arrival'}:{case.home}")
    if verdict.unsure:
        applied.append("unsure:stays")
    for detour in verdict.placement.detours:
        applied.append(str(detour))
    return tuple(applied)


def _labels(case: Case, target: ChannelFacts | None) -> tuple[str, ...]:
    categorised = target is not None and target.auto_categorize
    if not (case.rules.labels or case.message.automated or categorised):
        return ()
    labels = dict.fromkeys(case.rules.labels)
    if case.message.automated not in ("", _REMARK):
        labels[case.message.automated] = None
    if categorised:  # without the classifier, the departments whose words were found
        labels |= dict.fromkeys(case.opinion.topics if case.opinion else case.matches)
    return tuple(labels)


def _lead(case: Case, target: ChannelFacts | None) -> tuple[int | None, tuple[str, ...]]:
    if target is None or not target.lead_scoring or case.message.automated:
        return None, ()
    message = case.message
    return lead_score(
        f"{message.subject}\n{message.text}",
        is_new=case.sender.is_new,
        sales_keywords=case.matches.get("sales", ()),
        opinion=case.opinion,
    )


def _answer(case: Case, target: ChannelFacts | None, *, silent: bool) -> AutoResponseKind | None:
    return auto_response(
        case.message,
        case.sender,
        case.thread,
        target,
        silent=silent,
        from_ourselves=_from_ourselves(case),
        is_emergency=case.is_emergency,
        closed=bool(case.closed) and target is not None and target.id in case.closed,
    )


def _from_ourselves(case: Case) -> bool:
    """Whether an answer would go to one of the house's own addresses."""
    sender, house = case.sender, case.brand
    domain = case.domain or email_domain(sender.email)
    if domain in house.own_address_domains and normalise_email(sender.email) in house.own_addresses:
        return True
    return (
        bool(sender.reply_to)
        and email_domain(sender.reply_to) in house.own_address_domains
        and normalise_email(sender.reply_to) in house.own_addresses
    )
