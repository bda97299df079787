from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ReadOnlyAdmin, ReadOnlyInline
from channels_app.admin.display import NOTHING, brand_badge, moment_html, pill
from routing.admin.words import step_outcome, step_target
from routing.models import Escalation, EscalationStep, SlaTimer

_TIMER_STATES = {"running": "info", "met": "good", "breached": "bad", "cancelled": "neutral"}
_ESCALATION_STATES = {"open": "bad", "acknowledged": "good", "closed": "neutral"}
_STEP_STATES = {"pending": "info", "done": "good", "skipped": "neutral"}


@admin.register(SlaTimer)
class SlaTimerAdmin(ReadOnlyAdmin):
    list_display = (
        "conversation",
        "badge",
        "department",
        "state_pill",
        "since",
        "due",
        "answered",
        "minutes",
    )
    list_filter = ("business_entity", "state", "channel", "first_response")
    list_select_related = ("business_entity", "thread", "channel__business_entity")
    search_fields = ("thread__reference_number",)
    empty_title = _("No response clocks yet")
    empty_hint = _("A clock starts with every message of a customer and stops when a person answers.")
    empty_icon = "timer"
    fields = (
        "thread", "badge", "department", "state_pill", "first_response", "since", "due", "warned", "breached",
        "answered", "elapsed_minutes", "business_minutes",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @display(description=_("conversation"), ordering="thread__reference_number")
    def conversation(self, timer: SlaTimer) -> str:
        return timer.thread.reference_number

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, timer: SlaTimer) -> Any:
        return brand_badge(timer.business_entity)

    @display(description=_("department"), ordering="channel__channel_name")
    def department(self, timer: SlaTimer) -> str:
        return timer.channel.channel_name

    @display(description=_("state"), ordering="state")
    def state_pill(self, timer: SlaTimer) -> SafeString:
        return pill(timer.get_state_display(), _TIMER_STATES.get(timer.state, "neutral"))

    @display(description=_("started"), ordering="started_at")
    def since(self, timer: SlaTimer) -> Any:
        return moment_html(timer.started_at)

    @display(description=_("due"), ordering="due_at")
    def due(self, timer: SlaTimer) -> Any:
        return moment_html(timer.due_at)

    @display(description=_("warned"))
    def warned(self, timer: SlaTimer) -> Any:
        return moment_html(timer.warned_at)

    @display(description=_("breached"))
    def breached(self, timer: SlaTimer) -> Any:
        return moment_html(timer.breached_at)

    @display(description=_("answered"), ordering="answered_at")
    def answered(self, timer: SlaTimer) -> Any:
        return moment_html(timer.answered_at)

    @display(description=_("business minutes"), ordering="business_minutes")
    def minutes(self, timer: SlaTimer) -> Any:
        return NOTHING if timer.business_minutes is None else round(timer.business_minutes)


class StepInline(ReadOnlyInline):
    model = EscalationStep
    fields = ("position", "target", "due", "finished", "state_pill", "result")
    readonly_fields = fields
    ordering = ("position",)
    show_change_link = False

    @display(description=_("who is told"))
    def target(self, step: EscalationStep) -> str:
        return step_target(step.by, step.to)

    @display(description=_("due"))
    def due(self, step: EscalationStep) -> Any:
        return moment_html(step.due_at)

    @display(description=_("done"))
    def finished(self, step: EscalationStep) -> Any:
        return moment_html(step.done_at)

    @display(description=_("what came of it"))
    def result(self, step: EscalationStep) -> str:
        return step_outcome(step.outcome) if step.outcome else NOTHING

    @display(description=_("state"))
    def state_pill(self, step: EscalationStep) -> SafeString:
        return pill(step.get_state_display(), _STEP_STATES.get(step.state, "neutral"))


@admin.register(Escalation)
class EscalationAdmin(ReadOnlyAdmin):
    list_display = ("conversation", "badge", "cause_pill", "state_pill", "department", "since", "who")
    list_filter = ("business_entity", "cause", "state", "channel")
    list_select_related = ("business_entity", "thread", "channel__business_entity", "raised_by")
    search_fields = ("thread__reference_number", "acknowledged_by")
    inlines = (StepInline,)
    empty_title = _("No escalations")
    empty_hint = _("An emergency or an overdue answer appears here, with everyone who was told.")
    empty_icon = "notification_important"
    fields = (
        "thread",
        "badge",
        "cause_pill",
        "state_pill",
        "department",
        "since",
        "acknowledged",
        "who",
        "reason",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @display(description=_("conversation"), ordering="thread__reference_number")
    def conversation(self, escalation: Escalation) -> str:
        return escalation.thread.reference_number

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, escalation: Escalation) -> Any:
        return brand_badge(escalation.business_entity)

    @display(description=_("cause"), ordering="cause")
    def cause_pill(self, escalation: Escalation) -> SafeString:
        kind = "bad" if escalation.cause == Escalation.Cause.EMERGENCY else "warning"
        return pill(escalation.get_cause_display(), kind)

    @display(description=_("state"), ordering="state")
    def state_pill(self, escalation: Escalation) -> SafeString:
        return pill(escalation.get_state_display(), _ESCALATION_STATES.get(escalation.state, "neutral"))

    @display(description=_("department"))
    def department(self, escalation: Escalation) -> str:
        return escalation.channel.channel_name

    @display(description=_("since"), ordering="created_at")
    def since(self, escalation: Escalation) -> Any:
        return moment_html(escalation.created_at)

    @display(description=_("acknowledged"), ordering="acknowledged_at")
    def acknowledged(self, escalation: Escalation) -> Any:
        return moment_html(escalation.acknowledged_at)

    @display(description=_("acknowledged by"))
    def who(self, escalation: Escalation) -> str:
        return escalation.acknowledged_by or NOTHING
