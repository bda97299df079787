"""The on-call rota: a week calendar per brand, and the shifts it is made of."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import brand_badge
from channels_app.models import BusinessEntity, OnCallShift
from channels_app.models.base import new_id
from channels_app.schemas import normalise_phone
from channels_app.scoping import Ability, may, visible_entities
from channels_app.selectors.rota import DAY_MINUTES, Block, RotaDay, rota_week, serving


class ShiftForm(forms.ModelForm):  # type: ignore[type-arg]
    also_on = forms.TypedMultipleChoiceField(
        label=_("Also on"),
        choices=OnCallShift.Day,
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Makes the same shift on these days too."),
    )

    class Meta:
        model = OnCallShift
        fields = ("business_entity", "weekday", "starts_at", "ends_at", "person", "phone", "email")

    def clean_phone(self) -> str:
        given: str = self.cleaned_data["phone"].strip()
        number = normalise_phone(given) if given else ""
        if given and not number:
            raise ValidationError(gettext("This is not a phone number, e.g. +31612345678 or 06 12345678."))
        return number

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not values.get("phone") and not values.get("email") and not self.errors:
            raise ValidationError(
                gettext("Give a phone number or an email address; otherwise nobody can be called.")
            )
        return values


@admin.register(OnCallShift)
class OnCallAdmin(ScopedModelAdmin):
    form = ShiftForm
    deletable = True
    list_display = ("day", "hours", "person", "badge", "phone", "email")
    list_filter = ("business_entity", "weekday")
    list_select_related = ("business_entity",)
    search_fields = ("person", "phone", "email")
    ordering = ("business_entity__entity_name", "weekday", "starts_at")
    fields = ("business_entity", "weekday", ("starts_at", "ends_at"), "person", ("phone", "email"))
    add_fields = ("business_entity", "weekday", "also_on", *fields[2:])
    empty_title = _("Nobody is on call")
    empty_hint = _("Add a shift, so that an emergency reaches somebody.")
    empty_icon = "call"
    list_before_template = "admin/channels_app/rota.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else self.add_fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for weekday in form.cleaned_data.get("also_on") or () if not change else ():
            if weekday != obj.weekday:
                again = OnCallShift.objects.get(pk=obj.pk)
                again.pk, again.weekday, again._state.adding = new_id(), weekday, True
                super().save_model(request, again, form, change)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        rotas = [] if request.GET.get("q") else _rotas(request)
        response: TemplateResponse = super().changelist_view(
            request, {"rotas": rotas, **(extra_context or {})}
        )
        return response

    @display(description=_("day"), ordering="weekday")
    def day(self, shift: OnCallShift) -> str:
        return shift.get_weekday_display()

    @display(description=_("hours"), ordering="starts_at")
    def hours(self, shift: OnCallShift) -> str:
        night = gettext(" (next day)") if shift.ends_at <= shift.starts_at else ""
        return f"{shift.starts_at:%H:%M}–{shift.ends_at:%H:%M}{night}"

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, shift: OnCallShift) -> Any:
        return brand_badge(shift.business_entity)


def _rotas(request: HttpRequest) -> list[dict[str, Any]]:
    """The calendars of the brands that the reader sees, or of the one that the list is narrowed to."""
    brands = visible_entities(request.user).filter(is_active=True).order_by("entity_name")
    chosen = request.GET.get("business_entity__id__exact", "")
    shifts = OnCallShift.objects.filter(business_entity__in=brands).order_by("business_entity_id")
    by_brand = {
        brand_id: list(group)
        for brand_id, group in groupby(shifts, key=lambda shift: shift.business_entity_id)
    }
    return [
        _rota(
            brand, by_brand.get(brand.id, []), timezone.now(), may(request.user, Ability.CONFIGURE, brand.id)
        )
        for brand in brands
        if chosen in ("", str(brand.id))
    ]


def _rota(brand: BusinessEntity, shifts: list[OnCallShift], now: datetime, editable: bool) -> dict[str, Any]:
    local = now.astimezone(ZoneInfo(brand.timezone))
    days = rota_week(shifts)
    uncovered = sum(until - since for day in days for since, until in day.gaps)
    return {
        "brand": brand,
        "badge": brand_badge(brand),
        "serving": serving(shifts, local),
        "hours_without": round(uncovered / 60, 1),
        "days": [_day(brand, day, editable) for day in days],
        "today": local.weekday(),
        "now": _percent(local.hour * 60 + local.minute),
    }


def _day(brand: BusinessEntity, day: RotaDay, editable: bool) -> dict[str, Any]:
    add = reverse("admin:channels_app_oncallshift_add") if editable else ""
    start, end = next(iter(day.gaps), (17 * 60, DAY_MINUTES))
    prefilled = {
        "business_entity": brand.id,
        "weekday": day.weekday,
        "starts_at": _clock(start),
        "ends_at": _clock(end % DAY_MINUTES),
    }
    return {
        "number": day.weekday,
        "label": OnCallShift.Day(day.weekday).label,
        "add": f"{add}?{urlencode(prefilled)}" if editable else "",
        "blocks": [_shown(block, editable) for block in day.blocks],
        "gaps": [{"top": _percent(since), "height": _percent(until - since)} for since, until in day.gaps],
    }


def _shown(block: Block, editable: bool) -> dict[str, Any]:
    shift = block.shift
    return {
        "person": shift.person,
        "how": shift.phone or shift.email,
        "times": f"{shift.starts_at:%H:%M}–{shift.ends_at:%H:%M}",
        "url": reverse("admin:channels_app_oncallshift_change", args=[shift.id]) if editable else "",
        "top": _percent(block.starts),
        "height": _percent(block.ends - block.starts),
        "left": f"{100 * block.lane / block.lanes:.2f}%",
        "width": f"{100 / block.lanes:.2f}%",
        "tone": sum(map(ord, shift.person)) % 5,
    }


def _percent(minutes: int) -> str:
    return f"{100 * minutes / DAY_MINUTES:.2f}%"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
