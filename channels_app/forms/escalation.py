"""`EscalationConfig` as form fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from channels_app.forms.fields import StepsField
from channels_app.forms.problems import in_words
from channels_app.models import BusinessEntity, MentionGroup
from channels_app.schemas import EscalationConfig

_FIELDS = {
    "info_text": "escalation_info_text",
    "warn_before_minutes": "escalation_warn_before",
    "fallback_after_minutes": "escalation_fallback_after",
    "steps": "escalation_steps",
}


class EscalationFields(forms.Form):
    """The fields that `escalation_config` is edited with. Their form calls `load_escalation` and
    `read_escalation`."""

    escalation_warn_before = forms.IntegerField(
        label=gettext_lazy("Warn the team (minutes before)"),
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"class": "cc-number"}),
        help_text=gettext_lazy("So many minutes before the promised time. Empty: no warning."),
    )
    escalation_fallback_after = forms.IntegerField(
        label=gettext_lazy("Hand to the fallback (minutes after)"),
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"class": "cc-number"}),
        help_text=gettext_lazy(
            "So many minutes after the promised time the conversation moves to the fallback channel. Empty: never."
        ),
    )
    escalation_info_text = forms.CharField(
        label=gettext_lazy("What customers read"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Fills {{ escalation_info }} in templates: what to do when it takes too long."
        ),
    )
    escalation_steps = StepsField(
        label=gettext_lazy("Escalation steps"),
        help_text=gettext_lazy(
            "Counted from the promised time; in an emergency from the moment the message came in. A step repeats "
            "until somebody takes the conversation."
        ),
    )

    def load_escalation(
        self, stored: Any, brand: BusinessEntity | None, departments: list[tuple[str, str]]
    ) -> None:
        config = stored if isinstance(stored, dict) else {}
        for key, field in _FIELDS.items():
            self.initial[field] = config.get(key)
        groups = MentionGroup.objects.filter(business_entity=brand) if brand is not None else ()
        self.fields["escalation_steps"].widget.suggestions = {
            "channel": departments,
            "mention_group": [(group.name, f"@{group.name}") for group in groups],
        }

    def read_escalation(self) -> dict[str, Any] | None:
        """What the fields hold in the form it is stored in; None when it is not valid."""
        given = {key: self.cleaned_data.get(field) for key, field in _FIELDS.items()}
        given["info_text"] = given["info_text"] or ""
        given["steps"] = given["steps"] or []
        try:
            config = EscalationConfig.model_validate(given)
        except ValidationError as error:
            for problem in error.errors():
                self.add_error(_FIELDS[str(problem["loc"][0])], _numbered(problem["loc"], in_words(problem)))
            return None
        return config.model_dump(mode="json", exclude_none=True)


def _numbered(location: tuple[Any, ...], text: str) -> str:
    if location[0] == "steps" and len(location) > 1:
        return _("Step %(number)d: %(problem)s") % {"number": location[1] + 1, "problem": text}
    return text
