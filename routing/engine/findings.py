"""Stages 1 to 4: what the message says, who wrote it, when and where, and which rules of staff hold."""

from __future__ import annotations

import re

from routing.engine.brand import ALARM
from routing.engine.business_rules import RuleContext, apply_rules
from routing.engine.case import Case
from routing.engine.emergencies import denied, meant
from routing.engine.evidence import EMERGENCY, history_weights
from routing.engine.senders import classify_sender, trusted_domain
from routing.engine.text import pad, word_count

EMERGENCY_PROBABILITY = 0.5
URGENT_PROBABILITY = 0.5

_REPLY = re.compile(r"\s*(?:re|antw|aw|sv|fw|fwd|doorst|wg)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


def analyse_content(case: Case) -> None:
    """1. Keywords of all departments, words of alarm, and the classifier's opinion."""
    message = case.message
    subject = message.subject
    if case.thread is not None and _REPLY.match(subject):
        subject = ""  # the subject of the first message, not what the customer wrote this time
    text = f"{subject}\n{message.text}" if subject else message.text
    padded = pad(text)
    search = case.brand.phrases.find(padded)
    case.found = found = search.phrases
    if found:
        if ALARM in found or EMERGENCY in found:
            case.alarm = tuple(meant(text, dict.fromkeys([*found.get(EMERGENCY, ()), *found.get(ALARM, ())])))
        matches: dict[str, tuple[str, ...]] = {}
        for code, words in found.items():
            if isinstance(code, str) and code != EMERGENCY:
                matches[code] = tuple(words)
        case.matches = matches
    if case.analyze is not None and not message.automated:
        case.opinion = case.analyze(message.text, subject=subject)
        case.words = word_count(padded)


def classify(case: Case) -> None:
    """2. The sender's class."""
    message, brand = case.message, case.brand
    case.domain = trusted_domain(case.sender, message.authentication)
    case.sender_class = classify_sender(
        case.sender,
        automated=message.automated,
        authentication=message.authentication,
        domain=case.domain,
        own_domains=brand.own_domains,
        partner_domains=brand.partner_domains,
    )
    case.sender_department = case.settings.sender_departments.get(case.sender_class)


def weigh_context(case: Case) -> None:
    """3. Opening hours, workload, the sender's history, urgency."""
    brand, message = case.brand, case.message
    case.closed = brand.hours.closed_at(message.received_at)
    home = case.owner or case.arrival
    case.home = home.channel_code if home is not None and home.may_own else ""
    if case.sender.recent_departments and message.authentication != "fail" and not message.automated:
        case.history = history_weights(case.sender.recent_departments)
    if not message.automated:
        _judge_urgency(case)


def _judge_urgency(case: Case) -> None:
    opinion = case.opinion
    escalates = case.settings.time_based.emergency_keywords != "raise_urgency"
    if case.alarm and escalates:
        case.matches = {**case.matches, EMERGENCY: case.alarm}
        case.is_emergency = True
    elif opinion is not None and opinion.emergency >= EMERGENCY_PROBABILITY and not _just_keywords(case):
        words = [word for word, code, _ in opinion.evidence if code == EMERGENCY]
        case.is_emergency = not denied(f"{case.message.subject}\n{case.message.text}", words)
    case.urgent = (
        case.is_emergency
        or bool(case.alarm)
        or (case.thread is not None and case.thread.was_urgent)
        or (opinion is not None and opinion.urgent >= URGENT_PROBABILITY)
    )


def _just_keywords(case: Case) -> bool:
    """Whether a message has no word beside the operator's keywords: "help" alone is what they say it is."""
    return case.words <= sum(phrase.count(" ") + 1 for words in case.matches.values() for phrase in words)


def apply_business_rules(case: Case) -> None:
    """4. The ordered message rules of the brand and its channels."""
    if not case.brand.rules:
        return
    message = case.message
    case.rules = apply_rules(
        case.brand.rules,
        RuleContext(
            found=case.found.keys(),
            sender_class=case.sender_class,
            domain=case.domain,
            arrival=case.arrival,
            subject=message.subject,
            at=message.received_at,
        ),
    )
    case.urgent = case.urgent or (case.rules.raise_urgency and not message.automated)
    if case.rules.silenced_by is not None:
        # A newsletter about fire is no fire, and no reading for the emergency desk.
        case.is_emergency = case.urgent = False
        case.matches = {code: words for code, words in case.matches.items() if code != EMERGENCY}
