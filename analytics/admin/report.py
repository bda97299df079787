from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from analytics.models import ReportSchedule
from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import NOTHING, brand_badge, pill, pills
from channels_app.models import BusinessEntityChannel
from channels_app.providers.registry import PROVIDERS
from channels_app.scoping import Ability, scope


class ReportScheduleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ReportSchedule
        fields = ("business_entity", "frequency", "recipients", "channel", "attachment", "is_active")

    def clean_recipients(self) -> list[str]:
        recipients = [str(address).strip() for address in self.cleaned_data["recipients"]]
        if not recipients:
            raise ValidationError(gettext("Fill in at least one mail address."))
        for address in recipients:
            validate_email(address)
        return recipients

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        channel = cleaned.get("channel")
        entity = cleaned.get("business_entity") or getattr(self.instance, "business_entity", None)
        if channel is not None and entity is not None and channel.business_entity_id != entity.pk:
            raise ValidationError({"channel": gettext("Choose a mailbox of the same brand.")})
        return cleaned


@admin.register(ReportSchedule)
class ReportScheduleAdmin(ScopedModelAdmin):
    """Reports by mail. The last finished week or month goes out within the hour after a report is made."""

    form = ReportScheduleForm
    view_ability = Ability.VIEW
    change_ability = Ability.CONFIGURE
    deletable = True
    list_display = ("frequency", "badge", "to", "channel", "attachment", "state")
    list_filter = ("business_entity", "frequency", "is_active")
    list_select_related = ("business_entity", "channel__business_entity")
    list_display_links = ("frequency",)
    empty_title = _("No reports yet")
    empty_hint = _("Add one, and the figures of the past week or month arrive by mail.")
    empty_icon = "outgoing_mail"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "channel":
            media = [code for code, provider in PROVIDERS.items() if provider.capabilities.rich_text]
            channels = BusinessEntityChannel.objects.filter(channel_type__in=media, is_active=True)
            kwargs["queryset"] = scope(channels, request.user, self.change_ability).select_related(
                "business_entity"
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, schedule: ReportSchedule) -> Any:
        return brand_badge(schedule.business_entity)

    @display(description=_("recipients"))
    def to(self, schedule: ReportSchedule) -> Any:
        return pills(schedule.recipients)

    @display(description=_("state"))
    def state(self, schedule: ReportSchedule) -> Any:
        if schedule.last_error:
            return pill(schedule.last_error, "bad")
        return pill(gettext("active"), "good") if schedule.is_active else NOTHING
