"""The fields with which rules are drafted, in the simulator and for a backtest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from channels_app.forms.fields import DepartmentChipsField
from channels_app.forms.registry import RulesField
from channels_app.forms.routing_rules import departments_of
from channels_app.models import BusinessEntity
from routing.services.drafts import DraftRules


class DraftRulesField(RulesField):
    """Message rules that need no name while they are a draft; one that is still blank does not count."""

    def clean(self, value: Any) -> list[dict[str, Any]]:
        begun = [
            {**given, "name": given["name"] or _("Draft rule")}
            for given in value or ()
            if any(given["conditions"].values()) or any(given["consequence"].values())
        ]
        return super().clean(begun)


class DraftForm(forms.Form):
    """Call `offer` with the brand whose departments can be chosen. `draft`: the rules, once valid."""

    draft: DraftRules

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

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if {"keywords", "rules"} <= values.keys():
            try:
                self.draft = DraftRules.model_validate(
                    {"keywords": values["keywords"], "message_rules": values["rules"]}
                )
            except ValidationError:
                self.add_error("keywords", _("A keyword needs at least one letter or digit."))
        return values
