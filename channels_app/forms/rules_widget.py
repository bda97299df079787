"""Ordered message rules: each a sentence with a switch, and its form folded away behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from pydantic import ValidationError

from channels_app.forms.problems import all_in_words
from channels_app.forms.routing_rules import departments_of
from channels_app.forms.widgets import ProjectWidget, decisions_url, posted, posted_chips
from channels_app.models import BusinessEntity
from channels_app.providers.registry import PROVIDERS
from channels_app.schemas import MessageRoutingRule
from channels_app.selectors.rule_uses import Uses

SENDER_CHOICES = (
    ("existing_customer", gettext_lazy("a known customer")),
    ("partner_domain", gettext_lazy("a partner")),
    ("internal", gettext_lazy("a colleague")),
    ("new_email", gettext_lazy("unknown")),
)
HOURS_CHOICES = (
    ("", gettext_lazy("at any time")),
    ("within", gettext_lazy("within opening hours")),
    ("outside", gettext_lazy("outside opening hours")),
)
_CHIPS = ("keywords", "subject_contains", "sender_domains")
_CHECKS = ("senders", "media", "arrival_channels")


class RulesWidget(ProjectWidget):
    """The value is a list of rules as the schema dumps them, or as they were typed; `brand` and `uses`
    are set by the form."""

    template_name = "admin/widgets/rules.html"
    brand: BusinessEntity | None = None
    uses: Mapping[str, Uses] | None = None  # by the rule's name in the log; None where they are not shown

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        departments = departments_of(self.brand)
        context.update(
            rules=[self._shown(name, str(index), rule) for index, rule in enumerate(value or ())],
            blank=self._shown(name, "__row__", {}),
            departments=departments,
            senders=SENDER_CHOICES,
            hours=HOURS_CHOICES,
            media=[
                (code, _(provider.label))
                for code, provider in PROVIDERS.items()
                if provider.capabilities.receives
            ],
        )
        return context

    def _shown(self, name: str, index: str, rule: dict[str, Any]) -> dict[str, Any]:
        sentence, problems = self._judged(rule)
        applied = f"rule:{rule.get('id', '')}"
        return {
            "index": index,
            "name": f"{name}-{index}",
            "id": rule.get("id", ""),
            "title": rule.get("name", ""),
            "enabled": rule.get("enabled", True),
            "given": rule.get("conditions") or {},
            "then": rule.get("consequence") or {},
            "sentence": sentence,
            "problems": problems,
            "uses": None if self.uses is None or not rule.get("id") else self.uses.get(applied, Uses()),
            "decisions": decisions_url(applied),
        }

    def _judged(self, rule: dict[str, Any]) -> tuple[str, list[str]]:
        if not rule:
            return _("New rule"), []
        language = "nl" if (get_language() or "nl").startswith("nl") else "en"
        try:
            parsed = MessageRoutingRule.model_validate({**rule, "id": rule.get("id") or "new"})
        except ValidationError as error:
            return rule.get("name") or _("New rule"), all_in_words(error)
        return f"{parsed.sentence('nl' if language == 'nl' else 'en')}.", []

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        return [
            self._posted(data, f"{name}-{index}")
            for index in posted(data, f"{name}-row")
            if index != "__row__"
        ]

    def _posted(self, data: Any, name: str) -> dict[str, Any]:
        conditions: dict[str, Any] = {key: posted_chips(data, f"{name}-{key}") for key in _CHIPS}
        conditions |= {key: posted(data, f"{name}-{key}") for key in _CHECKS}
        conditions["hours"] = data.get(f"{name}-hours") or None
        return {
            "id": data.get(f"{name}-id", ""),
            "name": (data.get(f"{name}-name") or "").strip(),
            "enabled": bool(data.get(f"{name}-enabled")),
            "conditions": conditions,
            "consequence": {
                "route_to": data.get(f"{name}-route_to") or None,
                "raise_urgency": bool(data.get(f"{name}-raise_urgency")),
                "add_labels": posted_chips(data, f"{name}-add_labels"),
                "label_only": bool(data.get(f"{name}-label_only")),
            },
        }
