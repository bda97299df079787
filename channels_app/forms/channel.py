"""The form of a channel: its columns, the settings of its medium, its rules, hours and escalation."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from channels_app.forms.escalation import EscalationFields
from channels_app.forms.fields import WeekField, week_of
from channels_app.forms.medium_settings import (
    read_settings,
    settings_fields,
    settings_initial,
    show_stored_secrets,
)
from channels_app.forms.problems import sentence
from channels_app.forms.routing_rules import RoutingRulesFields, departments_of
from channels_app.forms.widgets import SuggestWidget
from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.providers.registry import provider_for
from channels_app.schemas import BusinessCalendar, describe_hours
from channels_app.services.accounts import channel_configure

EVENTS = (
    ("new_thread", gettext_lazy("a new conversation")),
    ("emergency", gettext_lazy("an emergency")),
    ("sla_warning", gettext_lazy("an answer is almost due")),
    ("sla_breach", gettext_lazy("an answer is overdue")),
    ("escalation", gettext_lazy("a step of an escalation")),
    ("capacity", gettext_lazy("a department is full")),
    ("incident", gettext_lazy("trouble with a channel")),
    ("daily_summary", gettext_lazy("the summary of the day")),
    ("low_rating", gettext_lazy("a customer who was not satisfied")),
)


class ChannelForm(RoutingRulesFields, EscalationFields, forms.ModelForm):  # type: ignore[type-arg]
    """`medium` and `brand` are set by `channel_form`; they never change once the channel exists."""

    medium: ClassVar[str]
    brand: ClassVar[BusinessEntity]

    opening_hours = WeekField(label=gettext_lazy("Opening hours"), optional=True)
    notify_events = forms.MultipleChoiceField(
        label=gettext_lazy("Tell the team about"),
        choices=EVENTS,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=gettext_lazy("None ticked: about everything."),
    )

    class Meta:
        model = BusinessEntityChannel
        fields = (
            "channel_code", "channel_name", "channel_address", "display_name", "department",
            "auto_response_template", "sla_response_minutes", "max_concurrent_conversations", "auto_assignment",
            "idle_resolve_days", "rating_requests", "notify_events", "is_active", "is_primary", "priority_level",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel = self.instance
        if channel._state.adding:
            channel.business_entity, channel.channel_type = self.brand, self.medium
        self.provider = provider_for(self.medium)
        departments = departments_of(self.brand)
        self.load_rules(channel.auto_routing_rules, departments)
        self.load_escalation(channel.escalation_config, self.brand, departments)
        self.initial["opening_hours"] = week_of(channel.business_hours, self.brand.timezone)
        self.fields["opening_hours"].widget.inherited = brand_hours(self.brand)
        self.initial.update(settings_initial(self.provider.Config, channel))
        show_stored_secrets(self, channel)
        if "channel_code" in self.fields:
            self.fields["channel_code"].widget = SuggestWidget(BusinessEntityChannel.Purpose.choices)

    def clean_is_primary(self) -> bool:
        wanted: bool = self.cleaned_data["is_primary"]
        other = (
            BusinessEntityChannel.objects.filter(
                business_entity=self.brand, channel_type=self.medium, is_primary=True
            )
            .exclude(pk=self.instance.pk)
            .first()
        )
        if wanted and other is not None:
            raise forms.ValidationError(
                _("%(channel)s is the main channel of this medium now; take the mark away there first."),
                params={"channel": other.channel_name},
            )
        return wanted

    def clean_opening_hours(self) -> Any:
        hours = self.cleaned_data["opening_hours"]
        if hours is not None:
            try:
                BusinessCalendar.parse({"timezone": self.brand.timezone, "hours": hours})
            except ValueError as error:
                raise forms.ValidationError(sentence(str(error))) from error
        return hours

    def _post_clean(self) -> None:
        """Put the typed parts on the channel first, so that the constraints are judged on the whole."""
        channel, values = self.instance, self.cleaned_data
        rules = self.read_rules(channel.auto_routing_rules)
        escalation = self.read_escalation()
        channel.channel_address = values.get("channel_address") or channel.channel_address
        config = read_settings(self, self.provider.Config, channel)
        if rules is not None:
            channel.auto_routing_rules = rules
        if escalation is not None:
            channel.escalation_config = escalation
        if "opening_hours" in values:
            channel.business_hours = values["opening_hours"]
        if config is not None:
            channel_configure(channel=channel, config=config)
        super()._post_clean()  # type: ignore[misc]

    def _get_validation_exclusions(self) -> set[str]:
        derived = {"business_entity", "channel_type", "channel_code", "provider_account"}
        return super()._get_validation_exclusions() - derived  # type: ignore[misc, no-any-return]


def channel_form(medium: str, brand: BusinessEntity) -> type[ChannelForm]:
    """The form for a channel of this medium and brand."""
    fields = settings_fields(provider_for(medium).Config)
    return type("MediumChannelForm", (ChannelForm,), {"medium": medium, "brand": brand, **fields})


def brand_hours(brand: BusinessEntity) -> str:
    """The opening hours of a brand in words, "" when it has none."""
    from django.utils.translation import get_language

    hours = (brand.operational_config or {}).get("business_hours")
    if not hours:
        return ""
    try:
        calendar = BusinessCalendar.parse({"timezone": brand.timezone, "hours": hours})
    except ValueError:
        return ""
    return describe_hours(calendar, "nl" if (get_language() or "nl").startswith("nl") else "en")
