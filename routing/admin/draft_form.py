"""The fields with which rules are drafted, in the simulator and for a backtest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_app.forms.fields import DepartmentChipsField
from channels_app.forms.registry import RulesField
from channels_app.forms.routing_rules import departments_of
from channels_app.models import BusinessEntity
from routing.services.drafts import DraftRules


class DraftRulesField(RulesField):
    """Message rules that need no name while they are a draft."""

    def clean(self, value: Any) -> list[dict[str, Any]]:
        named = [{**given, "name": given.get("name") or _("Draft rule")} for given in value or ()]
        return super().clean(named)


class DraftForm(forms.Form):
    """Call `offer` with the brand whose departments can be chosen; `draft` after validation."""

    keywords = DepartmentChipsField(
        label=gettext_lazy("Extra keywords"),
        help_text=gettext_lazy("Words and phrases to try, beside those that are configured."),
    )
    rules = DraftRulesField(
        label=gettext_lazy("Extra rules"),
        help_text=gettext_lazy("They come before the rules that exist."),
    )

    def offer(self, brand: BusinessEntity | None) -> None:
        keywords, rules = (self.fields[name].widget for name in ("keywords", "rules"))
        keywords.departments = departments_of(brand)
        rules.brand = brand

    @property
    def draft(self) -> DraftRules:
        return DraftRules.model_validate(
            {"keywords": self.cleaned_data["keywords"], "message_rules": self.cleaned_data["rules"]}
        )
