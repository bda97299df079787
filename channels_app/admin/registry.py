from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from unfold.decorators import display

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import NOTHING, brand_badge, medium_icon, pill
from channels_app.admin.filters import BrandOfChannelFilter
from channels_app.admin.permissions import named
from channels_app.admin.summaries import reader_language
from channels_app.forms.registry import RegistryForm
from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationChannel
from channels_app.schemas import MessageRoutingRule
from channels_app.scoping import Ability, entity_ids, scope


@admin.register(CommunicationChannel)
class RegistryAdmin(ScopedModelAdmin):
    form = RegistryForm
    fixed_fields = ("business_entity_channel",)
    list_display = ("name", "badge", "medium", "serves", "routing_priority", "fallback", "rules")
    list_filter = (BrandOfChannelFilter, "entity_scope")
    list_select_related = (
        "business_entity_channel__business_entity",
        "fallback_channel__business_entity_channel__business_entity",
    )
    search_fields = ("business_entity_channel__channel_name", "business_entity_channel__channel_address")
    filter_horizontal = ("shared_entities",)
    empty_title = _("No channels in the registry")
    empty_hint = _(
        "Register a channel to give it message rules, a fallback, or to share it with other brands."
    )
    empty_icon = "hub"
    fieldsets = (
        (
            _("Channel"),
            {"classes": ["tab"], "fields": ("business_entity_channel", "routing_priority", "fallback_channel")},
        ),
        (
            _("Rules"),
            {
                "classes": ["tab"],
                "description": _("Each line is one rule in words. Open it to change it; switch it off to keep it for later."),
                "fields": ("message_routing_rules",),
            },
        ),
        (_("Brands served"), {"classes": ["tab"], "fields": ("entity_scope", "shared_entities")}),
    )  # fmt: skip
    summary = (
        (
            None,
            {
                "fields": (
                    "business_entity_channel", "serves", "routing_priority", "fallback", "rules_in_words",
                )
            },
        ),
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj is None or self.has_change_permission(request, obj) else self.summary

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        viewing = obj is not None and not self.has_change_permission(request, obj)
        return (
            *super().get_readonly_fields(request, obj),
            *(("serves", "fallback", "rules_in_words") if viewing else ()),
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.readers_brands = entity_ids(request.user)
        return form

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("shared_entities")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A channel is registered once; a fallback may be a shared desk of another of the user's brands."""
        if db_field.name == "business_entity_channel":
            ability = self.change_ability or self.view_ability
            free = scope(BusinessEntityChannel.objects.all(), request.user, ability)
            kwargs["queryset"] = named(free.filter(registration__isnull=True))
        if db_field.name == "fallback_channel":
            own = named(scope(CommunicationChannel.objects.all(), request.user, self.view_ability))
            editing = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
            kwargs["queryset"] = own.exclude(pk=editing) if editing else own
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A desk of all brands concerns brands that this user may not know: only who sees all makes one."""
        field: Any = super().formfield_for_choice_field(db_field, request, **kwargs)
        if db_field.name == "entity_scope" and entity_ids(request.user, Ability.CONFIGURE) is not None:
            field.choices = [
                choice for choice in field.choices if choice[0] != CommunicationChannel.Scope.GLOBAL
            ]
        return field

    @display(description=_("channel"), header=True, ordering="business_entity_channel__channel_name")
    def name(self, row: CommunicationChannel) -> list[str]:
        return [row.business_entity_channel.channel_name, row.business_entity_channel.channel_address]

    @display(description=_("brand"))
    def badge(self, row: CommunicationChannel) -> Any:
        return brand_badge(row.business_entity_channel.business_entity)

    @display(description=_("medium"))
    def medium(self, row: CommunicationChannel) -> SafeString:
        return medium_icon(row.business_entity_channel.channel_type)

    @display(description=_("serves"))
    def serves(self, row: CommunicationChannel) -> Any:
        if row.entity_scope == CommunicationChannel.Scope.GLOBAL:
            return pill(gettext("All brands"), "info")
        if row.entity_scope == CommunicationChannel.Scope.MULTI:
            return ", ".join(brand.entity_name for brand in self._shared(row)) or NOTHING
        return row.business_entity_channel.business_entity.entity_name

    @staticmethod
    def _shared(row: CommunicationChannel) -> list[BusinessEntity]:
        return list(row.shared_entities.all())

    @display(description=_("fallback"))
    def fallback(self, row: CommunicationChannel) -> str:
        if row.fallback_channel is None:
            return NOTHING
        return row.fallback_channel.business_entity_channel.channel_name

    @display(description=_("rules"))
    def rules(self, row: CommunicationChannel) -> str:
        rules = row.message_routing_rules or []
        count = sum(1 for rule in rules if rule.get("enabled", True))
        return ngettext("%(count)d rule", "%(count)d rules", count) % {"count": count} if rules else NOTHING

    @display(description=_("rules"))
    def rules_in_words(self, row: CommunicationChannel) -> Any:
        lines = []
        for raw in row.message_routing_rules or []:
            try:
                rule = MessageRoutingRule.model_validate(raw)
            except ValidationError:
                lines.append((gettext("A rule that cannot be read."), ""))
            else:
                lines.append(
                    (f"{rule.sentence(reader_language())}.", "" if rule.enabled else gettext("(off)"))
                )
        return format_html_join("", "<p>{} {}</p>", lines) or NOTHING
