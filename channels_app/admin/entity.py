from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.brand_setup import begin_page, bring_in_page, checklist_page, export_file
from channels_app.admin.display import brand_badge, pill
from channels_app.admin.keyword_table import KeywordTablePages
from channels_app.admin.summaries import brand_hours_in_words, rules_in_words
from channels_app.forms.entity import EntityForm
from channels_app.models import BusinessEntity
from channels_app.scoping import Ability, entity_ids

_TABS: Any = (
    (
        _("Brand"),
        {
            "classes": ["tab"],
            "fields": (
                "entity_name", "entity_code", "number_prefix", "default_language", "timezone", "own_domains",
                "partner_domains", "whatsapp_business_account_id", "is_active",
            ),
        },
    ),
    (
        _("Opening hours and holidays"),
        {
            "classes": ["tab"],
            "description": _("They hold for every channel that has no hours of its own."),
            "fields": ("opening_hours", "holiday_country", "holiday_subdivision", "closed_dates", "open_dates"),
        },
    ),
    (
        _("Routing"),
        {
            "classes": ["tab"],
            "description": _("These rules hold for all channels of the brand; a channel can add its own keywords."),
            "fields": (
                "keywords", "emergency_keywords", "emergency_words_do", "sender_existing_customer",
                "sender_new_email", "sender_partner_domain", "sender_internal", "outside_hours",
            ),
        },
    ),
    (
        _("Ratings"),
        {
            "classes": ["tab"],
            "description": _("Who was answered gets a link by mail or SMS, or a list to choose from in WhatsApp."),
            "fields": ("rating_enabled", "rating_delay_minutes", "rating_pause_days", "low_rating_action"),
        },
    ),
    (_("Look"), {"classes": ["tab"], "fields": ("brand_colour", "logo", "website")}),
    (
        _("Switches"),
        {
            "classes": ["tab"],
            "description": _("Both leave receiving and routing as they are; they only decide what goes out."),
            "fields": ("shadow_mode", "outgoing_stopped"),
        },
    ),
)  # fmt: skip
_SUMMARY: Any = (
    (None, {"fields": ("entity_name", "entity_code", "website", "own_domains", "partner_domains")}),
    (_("Opening hours and holidays"), {"fields": ("timezone", "hours_summary")}),
    (_("Routing"), {"fields": ("rules_summary",)}),
    (_("Switches"), {"fields": ("is_active", "shadow_mode", "outgoing_stopped")}),
)


@admin.register(BusinessEntity)
class EntityAdmin(KeywordTablePages, ScopedModelAdmin):
    form = EntityForm
    actions_detail = (
        "checklist",
        "export_file",
        "import_file",
        "keyword_table",
    )
    change_ability = Ability.ADMINISTER
    fixed_fields = ("entity_code",)
    list_display = ("badge", "entity_code", "hours_summary", "channel_count", "state")
    list_filter = ("is_active", "shadow_mode", "outgoing_stopped")
    actions_list = ("set_up", "bring_in")
    search_fields = ("entity_name", "entity_code")
    empty_title = _("No brands yet")
    empty_hint = _("Set up a brand; then give it its channels, so that customers can reach it.")
    empty_icon = "storefront"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A new brand has no members yet, so only who may do everything can make one."""
        return entity_ids(request.user, Ability.ADMINISTER) is None

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return _TABS if obj is None or self.has_change_permission(request, obj) else _SUMMARY

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = (
            ()
            if obj is None or self.has_change_permission(request, obj)
            else ("hours_summary", "rules_summary")
        )
        return (*super().get_readonly_fields(request, obj), *shown)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted = Count("channels", filter=Q(channels__is_active=True))
        rows: QuerySet[Any] = super().get_queryset(request).annotate(active_channels=counted)
        return rows

    # --- Setting up, and configuration as a file -------------------------------------------------------

    @action(description=_("Set up a brand"), url_path="set-up", icon="add_business", permissions=["add"])
    def set_up(self, request: HttpRequest) -> HttpResponse:
        return begin_page(request, self._context(request))

    @action(description=_("Import a configuration"), url_path="bring-in", icon="upload", permissions=["add"])
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return bring_in_page(request, None, self._context(request))

    @action(description=_("Checklist"), url_path="checklist", icon="checklist", permissions=["view"])
    def checklist(self, request: HttpRequest, object_id: str) -> HttpResponse:
        brand = self._brand(request, object_id, changes=False)
        may_change = self.has_change_permission(request, brand)
        return checklist_page(request, brand, self._context(request), may_change=may_change)

    @action(description=_("Export"), url_path="export", icon="download", permissions=["change"])
    def export_file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return export_file(self._brand(request, object_id))

    @action(description=_("Import"), url_path="import", icon="upload", permissions=["change"])
    def import_file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return bring_in_page(request, self._brand(request, object_id), self._context(request))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}

    def _brand(self, request: HttpRequest, object_id: str, *, changes: bool = True) -> BusinessEntity:
        brand: BusinessEntity | None = self.get_object(request, object_id)
        if brand is None or (changes and not self.has_change_permission(request, brand)):
            raise PermissionDenied
        return brand

    @display(description=_("brand"), ordering="entity_name")
    def badge(self, brand: BusinessEntity) -> Any:
        return brand_badge(brand)

    @display(description=_("opening hours"))
    def hours_summary(self, brand: BusinessEntity) -> str:
        return brand_hours_in_words(brand)

    @display(description=_("routing rules"))
    def rules_summary(self, brand: BusinessEntity) -> Any:
        return rules_in_words(brand.auto_routing_rules)

    @display(description=_("active channels"), ordering="active_channels")
    def channel_count(self, brand: BusinessEntity) -> int:
        return int(getattr(brand, "active_channels", 0))

    @display(description=_("state"))
    def state(self, brand: BusinessEntity) -> SafeString:
        if not brand.is_active:
            return pill(_("Off"))
        if brand.outgoing_stopped:
            return pill(_("Outgoing stopped"), "bad")
        if brand.shadow_mode:
            return pill(_("Shadow mode"), "warning")
        return pill(_("Live"), "good")
