"""Rules that are tried before they are saved: the brand as it would be with them."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from channels_app.schemas import AutoRoutingRules, MessageRoutingRule
from channels_app.schemas.base import ChannelCode, Settings
from channels_app.schemas.rules import Phrases
from routing.engine.brand import CompiledBrand, compile_brand


class DraftRules(Settings):
    """What would be added. The message rules come before all that exist."""

    keywords: dict[ChannelCode, Phrases] = Field(default_factory=dict)
    message_rules: tuple[MessageRoutingRule, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.message_rules and not any(self.keywords.values())


def with_draft(compiled: CompiledBrand, draft: DraftRules) -> CompiledBrand:
    """A copy of the brand's configuration to which the draft is added; the brand itself stays as it is."""
    if draft.is_empty:
        return compiled
    facts = compiled.facts
    keywords = {code: list(words) for code, words in facts.rules.keywords.items()}
    for code, words in draft.keywords.items():
        keywords.setdefault(code, []).extend(words)
    rules = facts.rules.model_dump(exclude={"keywords"}) | {"keywords": keywords}
    return compile_brand(
        replace(
            facts,
            rules=AutoRoutingRules.model_validate(rules),
            message_rules=(*draft.message_rules, *facts.message_rules),
        )
    )
