from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from analytics.models import ChannelAnalytics
from channels_app.admin.base import ReadOnlyAdmin
from channels_app.admin.display import NOTHING, brand_badge, pill
from channels_app.admin.filters import BrandOfChannelFilter


@admin.register(ChannelAnalytics)
class ChannelAnalyticsAdmin(ReadOnlyAdmin):
    list_display = (
        "period", "badge", "channel", "messages_received", "messages_sent", "auto_responses_sent", "response",
        "breaches", "new_conversations_started", "conversations_resolved", "customer_satisfaction_score",
    )  # fmt: skip
    list_filter = (BrandOfChannelFilter, "business_entity_channel", ("date_tracked", RangeDateFilter))
    list_select_related = ("business_entity_channel__business_entity",)
    search_fields = ("business_entity_channel__channel_name",)
    exclude = ("channel_specific_metrics",)
    empty_title = _("No figures yet")
    empty_hint = _("Every hour the figures of each channel are counted up and appear here.")
    empty_icon = "monitoring"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return tuple(
            field.name
            for field in self.model._meta.fields
            if field.name not in ("id", "channel_specific_metrics")
        )

    @display(description=_("period"), ordering="date_tracked")
    def period(self, row: ChannelAnalytics) -> str:
        day = f"{row.date_tracked:%d-%m-%Y}"
        return day if row.hour_tracked is None else f"{day} {row.hour_tracked:02d}:00"

    @display(description=_("brand"))
    def badge(self, row: ChannelAnalytics) -> Any:
        return brand_badge(row.business_entity_channel.business_entity)

    @display(description=_("channel"), ordering="business_entity_channel__channel_name")
    def channel(self, row: ChannelAnalytics) -> str:
        return row.business_entity_channel.channel_name

    @display(description=_("average response"), ordering="avg_response_time_minutes")
    def response(self, row: ChannelAnalytics) -> str:
        minutes = row.avg_response_time_minutes
        return NOTHING if minutes is None else gettext("%(count)d min") % {"count": minutes}

    @display(description=_("too late"), ordering="sla_breaches")
    def breaches(self, row: ChannelAnalytics) -> Any:
        return pill(row.sla_breaches, "bad") if row.sla_breaches else row.sla_breaches
