"""A message rule in words, so that staff can check what they configured by reading it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from channels_app.schemas.departments import Language, department_name, join_words

if TYPE_CHECKING:
    from channels_app.schemas.rules import MessageRoutingRule

_SENDERS: dict[Language, dict[str, str]] = {
    "nl": {
        "existing_customer": "een bestaande klant",
        "partner_domain": "een partner",
        "internal": "een collega",
        "new_email": "onbekend",
    },
    "en": {
        "existing_customer": "an existing customer",
        "partner_domain": "a partner",
        "internal": "a colleague",
        "new_email": "unknown",
    },
}
_MEDIA: dict[str, dict[Language, str]] = {
    "email": {"nl": "e-mail", "en": "email"},
    "whatsapp": {"nl": "WhatsApp", "en": "WhatsApp"},
    "sms": {"nl": "sms", "en": "text message"},
    "phone": {"nl": "telefoon", "en": "phone"},
    "teams": {"nl": "Teams", "en": "Teams"},
}
_CONDITIONS: dict[Language, dict[str, str]] = {
    "nl": {
        "keywords": "het bericht {} bevat",
        "senders": "de afzender {} is",
        "sender_domains": "de afzender mailt vanaf {}",
        "media": "het binnenkomt via {}",
        "arrival_channels": "het binnenkomt bij {}",
        "subject_contains": "het onderwerp {} bevat",
        "within": "het binnen openingstijd is",
        "outside": "het buiten openingstijd is",
    },
    "en": {
        "keywords": "the message contains {}",
        "senders": "the sender is {}",
        "sender_domains": "the sender mails from {}",
        "media": "it arrives by {}",
        "arrival_channels": "it arrives at {}",
        "subject_contains": "the subject contains {}",
        "within": "it is within opening hours",
        "outside": "it is outside opening hours",
    },
}
_CONSEQUENCES: dict[Language, dict[str, str]] = {
    "nl": {
        "route_to": "stuur naar {}",
        "raise_urgency": "behandel als urgent",
        "add_labels": "geef label {}",
        "label_only": "bewaar alleen, zonder antwoord en zonder klok",
    },
    "en": {
        "route_to": "send to {}",
        "raise_urgency": "treat as urgent",
        "add_labels": "add label {}",
        "label_only": "only keep it, without answer and without clock",
    },
}


def rule_sentence(rule: MessageRoutingRule, language: Language) -> str:
    """ "Als <conditions>, <consequences>", in Dutch or English, without a final full stop."""
    given = rule.conditions
    words = _CONDITIONS[language]
    options: dict[str, list[str]] = {
        "keywords": _quoted(given.keywords),
        "senders": [_SENDERS[language][sender] for sender in given.senders],
        "sender_domains": list(given.sender_domains),
        "media": [_MEDIA.get(medium, {}).get(language, medium) for medium in given.media],
        "arrival_channels": [department_name(code, language) for code in given.arrival_channels],
        "subject_contains": _quoted(given.subject_contains),
    }
    conditions = [words[key].format(_or(values, language)) for key, values in options.items() if values]
    if given.hours:
        conditions.append(words[given.hours])
    opening: Literal["Als", "If"] = "Als" if language == "nl" else "If"
    return f"{opening} {join_words(conditions, language)}, {_consequences(rule, language)}"


def _consequences(rule: MessageRoutingRule, language: Language) -> str:
    then = rule.consequence
    words = _CONSEQUENCES[language]
    parts = []
    if then.route_to:
        parts.append(words["route_to"].format(department_name(then.route_to, language)))
    if then.raise_urgency:
        parts.append(words["raise_urgency"])
    if then.add_labels:
        parts.append(words["add_labels"].format(join_words(_quoted(then.add_labels), language)))
    if then.label_only:
        parts.append(words["label_only"])
    return join_words(parts, language)


def _quoted(values: Iterable[str]) -> list[str]:
    return [f"“{value}”" for value in values]


def _or(values: list[str], language: Language) -> str:
    return join_words(values, language, "or")
