from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.decorators import display

from channels_app.admin.base import ReadOnlyAdmin
from channels_app.admin.display import NOTHING, brand_badge, department_label, moment_html, pill
from routing.admin.filters import RuleFilter
from routing.admin.thread import component_name, decision_facts
from routing.admin.words import (
    ACTIONS,
    COMPONENTS,
    SENDERS,
    action_pill,
    confidence_meter,
    explanation_of,
    sender_name,
)
from routing.models import MessageRoutingLog


class ActionFilter(DropdownFilter):
    title = _("action")
    parameter_name = "action_taken"
    column = "action"
    words: dict[str, Any] = {code: words for code, (words, _kind) in ACTIONS.items()}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class SenderFilter(ActionFilter):
    title = _("sender")
    parameter_name = "sender"
    column = "sender_classification"
    words = dict(SENDERS)


@admin.register(MessageRoutingLog)
class RoutingLogAdmin(ReadOnlyAdmin):
    list_display = ("when", "badge", "conversation", "sentence", "from_to", "action_word", "sure")
    list_filter = (
        "business_entity", RuleFilter, ActionFilter, SenderFilter, "unsure", "manual_override", "target_channel",
        ("created_at", RangeDateFilter),
    )  # fmt: skip
    list_select_related = ("business_entity", "thread", "source_channel", "target_channel")
    search_fields = ("thread__reference_number", "routing_reason")
    search_help_text = _("Reference of the conversation, or words of the reason")
    change_form_template = "admin/routing/decision.html"
    fields = ()
    empty_title = _("No decisions yet")
    empty_hint = _("Every message that is routed leaves a decision here, with everything that led to it.")
    empty_icon = "alt_route"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        log = kwargs["obj"]
        context.update(
            title=log.thread.reference_number,
            subtitle=None,
            original=log.thread,  # the page is called after its conversation
            decision=decision_facts(log),
            component_names=[component_name(name) for name in COMPONENTS],
            badge=brand_badge(log.business_entity),
            thread_url=reverse("admin:channels_app_communicationthread_change", args=[log.thread_id]),
        )
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[no-any-return]

    @display(description=_("moment"), ordering="created_at")
    def when(self, log: MessageRoutingLog) -> Any:
        return moment_html(log.created_at)

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, log: MessageRoutingLog) -> Any:
        return brand_badge(log.business_entity)

    @display(description=_("conversation"), ordering="thread__reference_number")
    def conversation(self, log: MessageRoutingLog) -> str:
        return log.thread.reference_number

    @display(description=_("why"))
    def sentence(self, log: MessageRoutingLog) -> SafeString:
        text = explanation_of(log)
        return format_html('<span title="{}">{}</span>', text, f"{text[:90]}…" if len(text) > 90 else text)

    @display(description=_("from → to"))
    def from_to(self, log: MessageRoutingLog) -> str:
        source = department_label(log.source_channel.channel_code) if log.source_channel else NOTHING
        target = department_label(log.target_channel.channel_code) if log.target_channel else NOTHING
        return target if source == target else f"{source} → {target}"

    @display(description=_("action"), ordering="action")
    def action_word(self, log: MessageRoutingLog) -> SafeString:
        return pill(_("Moved by hand"), "info") if log.manual_override else action_pill(log.action)

    @display(description=_("confidence"), ordering="routing_confidence")
    def sure(self, log: MessageRoutingLog) -> Any:
        return confidence_meter(log)

    @display(description=_("sender"), ordering="sender_classification")
    def sender(self, log: MessageRoutingLog) -> str:
        return sender_name(log.sender_classification)
