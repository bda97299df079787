"""The form of a template, and the sample that its preview is filled in with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from channels_app.forms.channel import brand_hours
from channels_app.forms.fields import ChipsField
from channels_app.models import BusinessEntity, CommunicationTemplate
from channels_app.services.rendering import (
    VARIABLES,
    duration_in_words,
    moment_in_words,
    validate_placeholders,
)

_TEXTS = ("subject", "content", "html_content")


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    provider_variables = ChipsField(
        label=gettext_lazy("Values of {{1}}, {{2}} ..."),
        help_text=gettext_lazy(
            "Which placeholder fills each numbered one, in order: customer_name, reference_number."
        ),
    )

    class Meta:
        model = CommunicationTemplate
        fields = (
            "business_entity", "template_code", "template_name", "situation", "language", "channel_type",
            "channel", "is_active", "subject", "content", "html_content", "provider_name", "provider_category",
            "provider_variables", "approval",
        )  # fmt: skip
        widgets = {
            "subject": UnfoldAdminTextInputWidget(attrs={"data-placeholders": "1"}),
            "content": UnfoldAdminTextareaWidget(attrs={"data-placeholders": "1", "rows": 10}),
            "html_content": UnfoldAdminTextareaWidget(attrs={"data-placeholders": "1", "rows": 6}),
        }

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name in _TEXTS:
            try:
                validate_placeholders(values.get(name) or "")
            except ValidationError as error:
                self.add_error(name, error)
        for variable in values.get("provider_variables") or ():
            if variable not in VARIABLES:
                text = _("“%(name)s” is not a placeholder. Use one of: %(known)s.")
                self.add_error(
                    "provider_variables",
                    ValidationError(text, params={"name": variable, "known": ", ".join(VARIABLES)}),
                )
        self._check_channel(values)
        return values

    def _check_channel(self, values: dict[str, Any]) -> None:
        channel = values.get("channel")
        if channel is None:
            return
        brand = values.get("business_entity") or (
            None if self.instance._state.adding else self.instance.business_entity
        )
        if brand is not None and channel.business_entity_id != brand.pk:
            self.add_error("channel", _("This channel belongs to another brand."))
        medium = values.get("channel_type")
        if medium and medium != channel.channel_type:
            self.add_error("channel", _("This channel is of another medium than the template."))


def sample_variables(brand: BusinessEntity | None, language: str) -> dict[str, str]:
    """Values for a preview: the brand's own where it has them, made up otherwise."""
    now = timezone.localtime()
    name = brand.entity_name if brand is not None else "ChargeCars"
    prefix = brand.number_prefix if brand is not None else "CC"
    # The sample customer and colleague speak the template's language, not the reader's.
    samples = _SAMPLES.get(language, _SAMPLES["en"])
    return {
        **samples,
        "entity_name": name,
        "expected_response_time": duration_in_words(120, language),
        "business_hours": (brand_hours(brand) if brand is not None else "") or samples["business_hours"],
        "current_time": moment_in_words(now, language),
        "reference_number": f"{prefix}-MSG-{now.year}-000123",
        "signature": samples["signature"].format(brand=name),
    }


_SAMPLES: dict[str, dict[str, str]] = {
    "nl": {
        "customer_name": "Sanne de Vries",
        "channel_name": "Klantenservice",
        "business_hours": "ma t/m vr 09:00-17:00",
        "emergency_contact": "+31 85 130 00 00",
        "department": "Klantenservice",
        "escalation_info": "Duurt het langer? Bel ons dan even.",
        "signature": "Met vriendelijke groet,\nTeam {brand}",
        "agent_name": "Daan Bakker",
        "next_opening": "morgen om 09:00",
    },
    "en": {
        "customer_name": "Emma Clarke",
        "channel_name": "Customer support",
        "business_hours": "Mon to Fri 09:00-17:00",
        "emergency_contact": "+31 85 130 00 00",
        "department": "Customer support",
        "escalation_info": "If it takes longer, please call us.",
        "signature": "Kind regards,\nTeam {brand}",
        "agent_name": "Daan Bakker",
        "next_opening": "tomorrow at 09:00",
    },
}
