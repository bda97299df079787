"""The routing rules that staff write: keywords and patterns per channel, and ordered message rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from channels_app.schemas.base import ChannelCode, Settings
from channels_app.schemas.departments import Language
from channels_app.schemas.folding import fold_words
from channels_app.schemas.identity import normalise_domain
from channels_app.schemas.rule_sentence import rule_sentence

_ROUTE_TO = "route_to_"


def _chips(values: Any) -> Any:
    """Trim, drop empty ones, and keep the first spelling of those that fold to the same words."""
    if values is None:
        return ()
    if isinstance(values, str) or not isinstance(values, Iterable) or isinstance(values, Mapping):
        raise ValueError("expected a list of words or phrases")
    chips: dict[str, str] = {}
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not a word or phrase")
        chip = " ".join(value.split())
        if not chip:
            continue
        folded = fold_words(chip)
        if not folded:
            raise ValueError(f"{chip!r} has no letter or digit, so it can never match")
        chips.setdefault(folded, chip)
    return tuple(chips.values())


def _domains(values: Any) -> Any:
    domains = []
    for value in _chips(values):
        domain = normalise_domain(value)
        if not domain:
            raise ValueError(f"{value!r} is not a domain such as partner.nl")
        domains.append(domain)
    return tuple(dict.fromkeys(domains))


def _codes(values: Any) -> Any:
    return tuple(dict.fromkeys(values)) if isinstance(values, list | tuple) else values or ()


def _route(value: str) -> str:
    if not value.startswith(_ROUTE_TO) or len(value) == len(_ROUTE_TO):
        raise ValueError(f'{value!r} is not an action: write "{_ROUTE_TO}" and a department')
    return value


Phrases = Annotated[tuple[str, ...], BeforeValidator(_chips)]
"""Words and phrases as staff typed them, trimmed, without doubles under folding."""
RouteAction = Annotated[str, AfterValidator(_route)]
SenderClassName = Literal["existing_customer", "partner_domain", "internal", "new_email"]


class SenderPatterns(Settings):
    """Which department usually serves a kind of sender: "route_to_<department>"."""

    existing_customer: RouteAction | None = None
    new_email: RouteAction | None = None
    partner_domain: RouteAction | None = None
    internal: RouteAction | None = None

    def department(self, sender_class: str) -> str | None:
        action: str | None = getattr(self, sender_class, None)
        return action.removeprefix(_ROUTE_TO) if action else None


class TimeBased(Settings):
    """What happens inside and outside office hours; None: the brand's choice, else the first listed."""

    office_hours: Literal["immediate_routing"] | None = None
    outside_hours: Literal["queue_for_next_day", "immediate_routing"] | None = None
    emergency_keywords: Literal["always_escalate", "raise_urgency"] | None = None


class AutoRoutingRules(Settings):
    """`auto_routing_rules` of a channel, or the defaults of a brand. Every part may be missing."""

    keywords: dict[ChannelCode, Phrases] = Field(default_factory=dict)
    sender_patterns: SenderPatterns = Field(default_factory=SenderPatterns)
    time_based: TimeBased = Field(default_factory=TimeBased)
    emergency_keywords: Phrases = ()

    @model_validator(mode="before")
    @classmethod
    def _absent_is_empty(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            return {name: value for name, value in data.items() if value is not None}
        return {} if data is None else data


class RuleConditions(Settings):
    """All that are given must hold; within one, any of its values."""

    keywords: Phrases = ()
    senders: Annotated[tuple[SenderClassName, ...], BeforeValidator(_codes)] = ()
    sender_domains: Annotated[tuple[str, ...], BeforeValidator(_domains)] = ()
    media: Annotated[tuple[str, ...], BeforeValidator(_codes)] = ()
    arrival_channels: Annotated[tuple[ChannelCode, ...], BeforeValidator(_codes)] = ()
    subject_contains: Phrases = ()
    hours: Literal["within", "outside"] | None = None

    @model_validator(mode="after")
    def _not_for_every_message(self) -> RuleConditions:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError("a rule needs at least one condition, otherwise it would catch every message")
        return self


class RuleConsequence(Settings):
    """What a matching rule does. `label_only`: keep and label it; no answer, no clock, no team."""

    route_to: ChannelCode | None = None
    raise_urgency: bool = False
    add_labels: Annotated[tuple[str, ...], BeforeValidator(_chips)] = ()
    label_only: bool = False

    @model_validator(mode="after")
    def _does_one_sensible_thing(self) -> RuleConsequence:
        if not (self.route_to or self.raise_urgency or self.add_labels or self.label_only):
            raise ValueError("a rule needs a consequence: route, raise urgency, label or label only")
        if self.label_only and self.raise_urgency:
            raise ValueError("a rule cannot both keep a message silent and make it urgent")
        return self


class MessageRoutingRule(Settings):
    """One rule of an ordered list. The first that names a department decides; labels and urgency add up."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    enabled: bool = True
    conditions: RuleConditions
    consequence: RuleConsequence

    def sentence(self, language: Language) -> str:
        """The rule in words: "Als de afzender een partner is, stuur naar planning"."""
        return rule_sentence(self, language)
