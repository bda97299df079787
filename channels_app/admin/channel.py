from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.channel_status import last_check_html, state_pill, webhook_html
from channels_app.admin.display import (
    brand_badge,
    department_label,
    medium_choices,
    medium_icon,
    medium_name,
    moment_html,
)
from channels_app.admin.filters import DepartmentFilter, MediumFilter
from channels_app.admin.summaries import (
    escalation_in_words,
    hours_in_words,
    rules_in_words,
    settings_in_words,
)
from channels_app.forms.channel import brand_hours, channel_form
from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationThread, Incident
from channels_app.providers.base import ProviderError
from channels_app.providers.registry import PROVIDERS, provider_for
from channels_app.scoping import scope
from channels_app.services.channel_check import channel_check
from channels_app.services.template_sync import templates_sync

_GENERAL = (
    "brand", "medium", "channel_code", "channel_name", "channel_address", "display_name", "department",
    "auto_response_template", "is_active", "is_primary",
)  # fmt: skip
_ROUTING: tuple[str, ...] = (
    "keywords", "emergency_keywords", "emergency_words_do", "sender_existing_customer", "sender_new_email",
    "sender_partner_domain", "sender_internal", "outside_hours", "priority_level",
    "max_concurrent_conversations", "auto_assignment", "idle_resolve_days", "rating_requests",
)  # fmt: skip
_ESCALATION = (
    "sla_response_minutes", "escalation_warn_before", "escalation_steps", "escalation_fallback_after",
    "escalation_info_text",
)  # fmt: skip
_STATUS = ("state_field", "webhooks", "check_field", "last_checked", "created_at", "updated_at")
_SUMMARY = (
    (None, {"fields": ("brand", "medium", "channel_name", "channel_address", "department", "state_field")}),
    (_("Settings"), {"fields": ("settings_summary",)}),
    (
        _("Routing"),
        {"fields": ("rules_summary", "priority_level", "max_concurrent_conversations", "auto_assignment")},
    ),
    (_("Opening hours"), {"fields": ("hours_summary",)}),
    (_("Promise and escalation"), {"fields": ("sla_response_minutes", "escalation_summary")}),
)


@admin.register(BusinessEntityChannel)
class ChannelAdmin(ScopedModelAdmin):
    fixed_fields = ("channel_code",)
    list_display = ("name", "badge", "medium", "department_name", "promise", "load", "state", "checked")
    list_filter = ("business_entity", ("channel_type", MediumFilter), DepartmentFilter, "is_active")
    list_select_related = ("business_entity",)
    search_fields = ("channel_name", "channel_code", "channel_address", "display_name")
    ordering = ("business_entity__entity_name", "channel_type", "-priority_level")
    actions_detail = ("check_connection", "fetch_templates")
    change_form_outer_before_template = "admin/channels_app/channel_banner.html"
    empty_title = _("No channels yet")
    empty_hint = _("Add the first channel: a mailbox, a WhatsApp number, a phone number or a Teams channel.")
    empty_icon = "forum"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        open_threads = (
            CommunicationThread.objects.unresolved()
            .filter(channel=OuterRef("pk"))
            .order_by()
            .values("channel")
            .annotate(count=Count("pk"))
            .values("count")
        )
        rows: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                open_threads=Coalesce(Subquery(open_threads), 0),
                open_incidents=Count("incidents", filter=Q(incidents__closed_at__isnull=True)),
            )
        )
        return rows

    # --- Adding: first brand and medium, then the form that belongs to them ---------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if self._chosen(request) is None:
            return self._choose(request)
        return super().add_view(request, form_url, extra_context)  # type: ignore[no-any-return]

    def _chosen(self, request: HttpRequest) -> tuple[str, BusinessEntity] | None:
        medium, brand_id = request.GET.get("medium", ""), request.GET.get("business_entity", "")
        brand = next((brand for brand in self._brands(request) if str(brand.pk) == brand_id), None)
        return (medium, brand) if brand is not None and medium in PROVIDERS else None

    def _brands(self, request: HttpRequest) -> list[BusinessEntity]:
        if self.change_ability is None:
            return []
        return list(scope(BusinessEntity.objects.filter(is_active=True), request.user, self.change_ability))

    def _choose(self, request: HttpRequest) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Add a channel"),
            "opts": self.opts,
            "brands": self._brands(request),
            "media": [(code, name, PROVIDERS[code].icon) for code, name in medium_choices()],
            "chosen_brand": request.GET.get("business_entity", ""),
        }
        return TemplateResponse(request, "admin/channels_app/choose_medium.html", context)

    # --- The form ------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        medium, brand = self._medium_and_brand(request, obj)
        kwargs["form"] = channel_form(medium, brand)
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None:
            template: Any = form.base_fields.get("auto_response_template")
            if template is not None:
                template.queryset = template.queryset.filter(business_entity=brand)
        return form

    def _medium_and_brand(self, request: HttpRequest, obj: Any) -> tuple[str, BusinessEntity]:
        if obj is not None:
            return obj.channel_type, obj.business_entity
        chosen = self._chosen(request)
        if chosen is None:
            raise PermissionDenied
        return chosen

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return _SUMMARY
        medium, brand = self._medium_and_brand(request, obj)
        capabilities = provider_for(medium).capabilities
        settings = tuple(
            name for name in channel_form(medium, brand).base_fields if name.startswith("setting_")
        )
        notifies = ("notify_events",) if capabilities.notifies else ()
        tabs: list[tuple[Any, tuple[str, ...]]] = [
            (_("General"), (*_GENERAL, *notifies)),
            (gettext("Settings of %(medium)s") % {"medium": medium_name(medium)}, settings),
        ]
        if capabilities.receives:
            tabs += [(_("Routing"), _ROUTING)]
        tabs += [(_("Opening hours"), ("opening_hours",))]
        if capabilities.receives:
            tabs += [(_("Promise and escalation"), _ESCALATION)]
        if obj is not None:
            tabs += [(_("Status"), _STATUS)]
        about = {
            _ROUTING: _("The keywords and senders of the brand hold here too; these come on top of them.")
        }
        return [
            (name, {"classes": ["tab"], "fields": fields, "description": about.get(fields)})
            for name, fields in tabs
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown: tuple[str, ...] = ("brand", "medium")
        if obj is not None:
            shown += _STATUS
            if not self.has_change_permission(request, obj):
                shown += ("settings_summary", "rules_summary", "hours_summary", "escalation_summary")
        return (*super().get_readonly_fields(request, obj), *shown)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        channel = kwargs.get("obj")
        if channel is not None:
            context["incidents"] = list(
                Incident.objects.filter(channel=channel, closed_at__isnull=True).order_by("-opened_at")
            )
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[no-any-return]

    # --- Buttons -------------------------------------------------------------------------------------

    @action(
        description=_("Check connection"), url_path="check", icon="network_check", permissions=["change"],
        variant=ActionVariant.PRIMARY, attrs={"data-post": "1"},
    )  # fmt: skip
    def check_connection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        channel = self._editable(request, object_id)
        if request.method == "POST":
            was_suspended = channel.suspended_at is not None
            report = channel_check(channel=channel, now=timezone.now())
            if report.ok:
                text = (
                    gettext("The connection works; the channel sends again.")
                    if was_suspended
                    else gettext("The connection works.")
                )
                messages.success(request, text)
            else:
                messages.error(request, gettext("The connection does not work yet; see below what is wrong."))
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Connection of %(channel)s") % {"channel": channel.channel_name},
            "opts": self.opts,
            "original": channel,
            "last_check": last_check_html(channel),
            "webhooks": webhook_html(channel),
            "back": self._address(channel),
        }
        return TemplateResponse(request, "admin/channels_app/channel_check.html", context)

    @action(
        description=_("Fetch templates from Meta"), url_path="fetch-templates", icon="sync",
        permissions=["sync"], attrs={"data-post": "1"},
    )  # fmt: skip
    def fetch_templates(self, request: HttpRequest, object_id: str) -> HttpResponse:
        channel = self._editable(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(self._address(channel))
        try:
            outcome = templates_sync(channel=channel, now=timezone.now())
        except ProviderError as error:
            messages.error(
                request, gettext("The templates could not be fetched: %(problem)s") % {"problem": error.text}
            )
        except ValidationError:
            messages.error(request, gettext("Complete the settings of the channel first."))
        else:
            total = outcome.created + outcome.updated
            text = ngettext("%(count)d template fetched", "%(count)d templates fetched", total) % {
                "count": total
            }
            details = gettext("%(new)d new, %(gone)d no longer there, %(skipped)d in another language") % {
                "new": outcome.created,
                "gone": outcome.gone,
                "skipped": outcome.skipped,
            }
            messages.success(request, f"{text} ({details}).")
            templates = reverse("admin:channels_app_communicationtemplate_changelist")
            return HttpResponseRedirect(
                f"{templates}?business_entity__id__exact={channel.business_entity_id}"
            )
        return HttpResponseRedirect(self._address(channel))

    def has_sync_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Templates are fetched where the medium has any."""
        if not self.has_change_permission(request, object_id):
            return False
        channel = self.get_queryset(request).filter(pk=object_id).first()
        return channel is not None and provider_for(channel.channel_type).capabilities.templates

    def _editable(self, request: HttpRequest, object_id: str) -> BusinessEntityChannel:
        channel: BusinessEntityChannel | None = self.get_object(request, object_id)
        if channel is None or not self.has_change_permission(request, channel):
            raise PermissionDenied
        return channel

    def _address(self, channel: BusinessEntityChannel) -> str:
        return reverse("admin:channels_app_businessentitychannel_change", args=[channel.pk])

    # --- Columns and facts ---------------------------------------------------------------------------

    @display(description=_("channel"), header=True, ordering="channel_name")
    def name(self, channel: BusinessEntityChannel) -> list[str]:
        return [channel.channel_name, channel.channel_address]

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, channel: BusinessEntityChannel) -> Any:
        return brand_badge(channel.business_entity)

    @display(description=_("brand"))
    def brand(self, channel: BusinessEntityChannel) -> Any:
        return brand_badge(channel.business_entity)

    @display(description=_("medium"), ordering="channel_type")
    def medium(self, channel: BusinessEntityChannel) -> SafeString:
        return medium_icon(channel.channel_type)

    @display(description=_("department"), ordering="channel_code")
    def department_name(self, channel: BusinessEntityChannel) -> str:
        return department_label(channel.channel_code)

    @display(description=_("answer within"), ordering="sla_response_minutes")
    def promise(self, channel: BusinessEntityChannel) -> str:
        return gettext("%(count)d min") % {"count": channel.sla_response_minutes}

    @display(description=_("open"), ordering="open_threads")
    def load(self, channel: BusinessEntityChannel) -> str:
        count, most = int(getattr(channel, "open_threads", 0)), channel.max_concurrent_conversations
        return f"{count} / {most}" if most else str(count)

    @display(description=_("state"))
    def state(self, channel: BusinessEntityChannel) -> SafeString:
        return state_pill(channel, int(getattr(channel, "open_incidents", 0)))

    @display(description=_("state"))
    def state_field(self, channel: BusinessEntityChannel) -> SafeString:
        return state_pill(channel, int(getattr(channel, "open_incidents", 0)))

    @display(description=_("checked"), ordering="last_checked_at")
    def checked(self, channel: BusinessEntityChannel) -> Any:
        return moment_html(channel.last_checked_at)

    @display(description=_("last checked"))
    def last_checked(self, channel: BusinessEntityChannel) -> Any:
        return moment_html(channel.last_checked_at)

    @display(description=_("what the last check found"))
    def check_field(self, channel: BusinessEntityChannel) -> Any:
        return last_check_html(channel)

    @display(description=_("webhook address"))
    def webhooks(self, channel: BusinessEntityChannel) -> Any:
        return webhook_html(channel)

    @display(description=_("settings"))
    def settings_summary(self, channel: BusinessEntityChannel) -> Any:
        return settings_in_words(channel)

    @display(description=_("routing rules"))
    def rules_summary(self, channel: BusinessEntityChannel) -> Any:
        return rules_in_words(channel.auto_routing_rules)

    @display(description=_("opening hours"))
    def hours_summary(self, channel: BusinessEntityChannel) -> str:
        brand = channel.business_entity
        return hours_in_words(brand.timezone, channel.business_hours, empty=brand_hours(brand))

    @display(description=_("escalation"))
    def escalation_summary(self, channel: BusinessEntityChannel) -> Any:
        return escalation_in_words(channel)
