"""Stage 6: the decision, with everything that led to it, ready for the log."""

from __future__ import annotations

from channels_app.schemas import normalise_email
from routing.engine.case import Case, Choice
from routing.engine.choosing import words_per_department
from routing.engine.evidence import EMERGENCY
from routing.engine.explain import Basis, Verdict, VerdictExplanation, reason
from routing.engine.leads import lead_score
from routing.engine.responses import auto_response
from routing.engine.scoring import Candidates, ScoreSheet
from routing.engine.types import Action, AutoResponseKind, ChannelFacts, RoutingDecision, Urgency


def record(case: Case) -> RoutingDecision:
    """6. Put what the stages found into the decision."""
    choice = case.choice
    assert choice is not None  # noqa: S101 - stage 5 always chooses
    placement = choice.placement
    target = placement.channel
    verdict = _verdict(case, choice)
    points, reasons = _lead(case, target)
    return RoutingDecision(
        target_channel_id=target.id if target else None,
        action=placement.action,
        urgency=Urgency.HIGH if case.urgent else Urgency.NORMAL,
        sender_classification=case.sender_class,
        reason=reason(verdict),
        explanation=VerdictExplanation(verdict),
        confidence=choice.confidence,
        unsure=choice.unsure,
        runner_up=choice.runner_up,
        labels=_labels(case, target),
        keyword_matches=case.matches,
        applied_rules=_applied(case, choice),
        auto_response=_answer(case, target, silent=placement.action is Action.LABEL_ONLY),
        candidates=Candidates(_sheet(case)),
        suggested_move=choice.suggested_move,
        is_emergency=case.is_emergency,
        alert_capacity=placement.alert_capacity,
        lead_score=points,
        lead_reasons=reasons,
        language=case.opinion.language if case.opinion else "",
        evidence_words=words_per_department(case, case.brand.codes) if case.opinion else case.matches,
    )


def _verdict(case: Case, choice: Choice) -> Verdict:
    target = choice.placement.channel
    suggests = choice.suggested_move is not None
    return Verdict(
        basis=choice.basis,
        department=choice.department,
        target=target.channel_code if target else "",
        words=() if suggests else choice.words,
        detail=choice.detail,
        runner_up=None if suggests else choice.runner_up,
        detours=choice.placement.detours,
        suggested_move=choice.suggested_move,
        suggestion_words=choice.words if suggests else (),
        urgent=case.urgent,
        stays=choice.department == case.home,
    )


def _applied(case: Case, choice: Choice) -> tuple[str, ...]:
    """Every rule that had a say, as kind:subject."""
    applied = [f"rule:{rule.id}" for rule in case.rules.applied]
    applied.extend(f"keywords:{code}" for code in case.matches)
    if case.is_emergency and EMERGENCY not in case.matches:
        applied.append("classifier:emergency")
    if choice.basis is Basis.CLASSIFIER:
        applied.append(f"classifier:{choice.department}")
    applied.extend(f"history:{code}" for code in case.history)
    if case.sender_department:
        applied.append(f"sender:{case.sender_class}:{case.sender_department}")
    if case.home:
        applied.append(f"{'thread' if case.owner else 'arrival'}:{case.home}")
    if choice.unsure:
        applied.append("unsure:stays")
    applied.extend(detour.value for detour in choice.placement.detours)
    return tuple(applied)


def _labels(case: Case, target: ChannelFacts | None) -> tuple[str, ...]:
    labels = dict.fromkeys(case.rules.labels)
    if case.message.automated:
        labels[case.message.automated] = None
    if target is not None and target.auto_categorize:
        labels |= dict.fromkeys(case.matches)
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
    brand, sender = case.brand, case.sender
    return auto_response(
        case.message,
        sender,
        case.thread,
        target,
        silent=silent,
        from_ourselves=case.domain in brand.own_address_domains
        and normalise_email(sender.email) in brand.own_addresses,
        is_emergency=case.is_emergency,
        closed=target is not None and target.id in case.closed,
    )


def _sheet(case: Case) -> ScoreSheet:
    return ScoreSheet(
        brand=case.brand,
        loads=case.loads,
        content=case.content,
        sender_department=case.sender_department,
        urgent=case.urgent,
        closed=case.closed,
    )
