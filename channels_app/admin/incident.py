from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ReadOnlyAdmin
from channels_app.admin.display import NOTHING, brand_badge, moment_html, pill, span_in_words
from channels_app.admin.filters import OpenFilter
from channels_app.models import Incident
from channels_app.scoping import Ability
from channels_app.services.incidents import incidents_close


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ("state", "what", "badge", "channel", "detail_short", "since", "lasted", "occurrences")
    list_filter = (OpenFilter, "business_entity", "kind")
    list_select_related = ("business_entity", "channel__business_entity")
    search_fields = ("detail", "reference")
    actions = ("close_selected",)
    empty_title = _("No incidents")
    empty_hint = _(
        "When a channel stops working, it appears here and on the first page, until it works again."
    )
    empty_icon = "verified"
    fields = (
        "state", "what", "business_entity", "channel", "detail", "reference", "since", "closed", "occurrences",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_ordering(self, request: HttpRequest) -> Any:
        """What is going on first, the latest first."""
        return (F("closed_at").desc(nulls_first=True), "-opened_at")

    def has_close_permission(self, request: HttpRequest) -> bool:
        return self.allowed(request, Ability.CONFIGURE)

    @admin.action(description=_("Close"), permissions=["close"])
    def close_selected(self, request: HttpRequest, queryset: QuerySet[Incident]) -> None:
        now: datetime = timezone.now()
        count = 0
        for incident in queryset.filter(closed_at__isnull=True):
            if self.allowed(request, Ability.CONFIGURE, incident):
                count += incidents_close(
                    kind=incident.kind, now=now, channel_id=incident.channel_id, reference=incident.reference
                )
        text = ngettext("%(count)d incident closed.", "%(count)d incidents closed.", count)
        messages.success(request, text % {"count": count})

    @display(description=_("state"), ordering="closed_at")
    def state(self, incident: Incident) -> SafeString:
        return pill(gettext("Closed")) if incident.closed_at else pill(gettext("Open"), "bad")

    @display(description=_("incident"), ordering="kind")
    def what(self, incident: Incident) -> str:
        return incident.get_kind_display()

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, incident: Incident) -> Any:
        return brand_badge(incident.business_entity)

    @display(description=_("what happened"))
    def detail_short(self, incident: Incident) -> str:
        return incident.detail[:120] or incident.reference or NOTHING

    @display(description=_("since"), ordering="opened_at")
    def since(self, incident: Incident) -> Any:
        return moment_html(incident.opened_at)

    @display(description=_("closed"), ordering="closed_at")
    def closed(self, incident: Incident) -> Any:
        return moment_html(incident.closed_at)

    @display(description=_("lasted"))
    def lasted(self, incident: Incident) -> str:
        until = incident.closed_at or timezone.now()
        return span_in_words((until - incident.opened_at).total_seconds())
