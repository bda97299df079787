"""The form of a brand: its columns, its hours and holidays, and the rules that hold for all its channels."""

from __future__ import annotations

from typing import Any

import holidays
from babel import Locale
from django import forms
from django.utils.translation import get_language, gettext_lazy
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from channels_app.forms.fields import DatesField, WeekField, week_of
from channels_app.forms.problems import sentence
from channels_app.forms.routing_rules import RoutingRulesFields, SelectField, departments_of
from channels_app.models import BusinessEntity
from channels_app.schemas import BusinessCalendar

USUAL_COUNTRIES = ("NL", "BE", "DE", "FR", "LU", "GB")


def country_choices() -> list[tuple[str, str]]:
    """Every country whose holidays are known, by name in the reader's language, the usual ones first."""
    names = Locale.parse((get_language() or "nl")[:2]).territories
    known = set(holidays.list_supported_countries(include_aliases=False))
    rest = sorted(
        (code for code in known - set(USUAL_COUNTRIES)), key=lambda code: str(names.get(code, code))
    )
    return [(code, str(names.get(code, code))) for code in (*USUAL_COUNTRIES, *rest) if code in known]


class EntityForm(RoutingRulesFields, forms.ModelForm):  # type: ignore[type-arg]
    opening_hours = WeekField(label=gettext_lazy("Opening hours"))
    holiday_country = SelectField(
        label=gettext_lazy("Public holidays of"),
        blank=gettext_lazy("None: also open on public holidays"),
        help_text=gettext_lazy("Closed on these days. Emergency desks know no holidays."),
    )
    holiday_subdivision = forms.CharField(
        label=gettext_lazy("Province or state"),
        required=False,
        max_length=20,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Only where holidays differ within the country, e.g. BY for Bavaria."),
    )
    closed_dates = DatesField(
        label=gettext_lazy("Also closed on"),
        help_text=gettext_lazy("For instance between Christmas and New Year."),
    )
    open_dates = DatesField(
        label=gettext_lazy("Open all the same on"),
        help_text=gettext_lazy("Public holidays on which you work, such as Good Friday."),
    )

    class Meta:
        model = BusinessEntity
        fields = (
            "entity_name", "entity_code", "number_prefix", "default_language", "timezone", "own_domains",
            "partner_domains", "whatsapp_business_account_id", "is_active", "brand_colour", "logo", "website",
            "shadow_mode", "outgoing_stopped", "rating_enabled", "rating_delay_minutes", "rating_pause_days",
            "low_rating_action",
        )  # fmt: skip
        widgets = {
            "brand_colour": UnfoldAdminColorInputWidget(),
            "default_language": UnfoldAdminSelectWidget(),
            "low_rating_action": UnfoldAdminSelectWidget(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        brand = self.instance
        operational = brand.operational_config or {}
        days = operational.get("holidays") or {}
        if isinstance(days, str):
            days = {"country": days}
        country: Any = self.fields["holiday_country"]
        country.offer(country_choices())
        self.initial.update(
            opening_hours=week_of(operational.get("business_hours"), brand.timezone) or {},
            holiday_country=days.get("country") or "",
            holiday_subdivision=days.get("subdivision") or "",
            closed_dates=days.get("closed") or [],
            open_dates=days.get("open") or [],
        )
        self.load_rules(brand.auto_routing_rules, departments_of(brand))
        if not brand._state.adding:
            self.show_uses(brand)

    def _post_clean(self) -> None:
        brand, values = self.instance, self.cleaned_data
        rules = self.read_rules(brand.auto_routing_rules)
        if rules is not None:
            brand.auto_routing_rules = rules
        if not {"opening_hours", "closed_dates", "open_dates"} & self.errors.keys():
            self._read_operations(brand, values)
        super()._post_clean()  # type: ignore[misc]

    def _read_operations(self, brand: BusinessEntity, values: dict[str, Any]) -> None:
        days = {
            "country": values.get("holiday_country"),
            "subdivision": values.get("holiday_subdivision"),
            "closed": values.get("closed_dates"),
            "open": values.get("open_dates"),
        }
        days = {key: value for key, value in days.items() if value}
        hours = values.get("opening_hours")
        timezone = values.get("timezone") or brand.timezone
        try:
            BusinessCalendar.parse({"timezone": timezone, "hours": hours, "holidays": days})
        except ValueError as error:
            self.add_error(_field_of(str(error)), sentence(str(error)))
            return
        brand.operational_config = {
            **(brand.operational_config or {}),
            "business_hours": hours,
            "holidays": days,
        }


def _field_of(problem: str) -> str:
    if "timezone" in problem:
        return "timezone"
    if "subdivision" in problem:
        return "holiday_subdivision"
    if "country" in problem:
        return "holiday_country"
    return "closed_dates" if problem.startswith("holidays") else "opening_hours"
