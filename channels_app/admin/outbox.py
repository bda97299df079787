from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from channels_app.admin.base import ReadOnlyAdmin
from channels_app.admin.display import NOTHING, brand_badge, medium_icon, moment_html, pill
from channels_app.admin.filters import NeedsAttentionFilter
from channels_app.models import OutboxItem
from channels_app.scoping import Ability, brand_of, may
from channels_app.services.outbox import outbox_release
from channels_app.services.outbox_decisions import outbox_mark_sent

State = OutboxItem.State
UNDECIDED = (State.FAILED, State.UNKNOWN, State.HELD)
_STATES = {
    State.HELD: "warning", State.QUEUED: "info", State.CLAIMED: "info", State.SENDING: "info",
    State.SENT: "good", State.FAILED: "bad", State.UNKNOWN: "warning",
}  # fmt: skip


@admin.register(OutboxItem)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = ("made", "medium", "badge", "subject", "state_pill", "attempts", "problem")
    list_filter = (NeedsAttentionFilter, "business_entity", "state", "channel")
    list_select_related = ("business_entity", "channel__business_entity", "message__thread")
    search_fields = ("recipient", "error_text", "message__thread__reference_number")
    search_help_text = _("Recipient, reference number or what went wrong")
    actions = ("send_again_selected", "mark_sent_selected")
    actions_detail = ("send_again", "mark_sent")
    empty_title = _("The outbox is empty")
    empty_hint = _("Answers and notifications pass through here; what fails stays until somebody decides.")
    empty_icon = "outbox"
    fields = (
        "badge", "channel", "to", "what", "text", "state_pill", "problem", "error_code", "attempts", "made",
        "next_try", "finished",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who answers customers may decide about what did not reach them."""
        if not self.allowed(request, Ability.CONVERSE, object_id):
            return False
        return (
            object_id is None or self.get_queryset(request).filter(pk=object_id, state__in=UNDECIDED).exists()
        )

    @admin.action(description=_("Send again"), permissions=["decide"])
    def send_again_selected(
        self, request: HttpRequest, queryset: QuerySet[OutboxItem]
    ) -> HttpResponse | None:
        return self._confirmed(
            request, queryset, "send_again_selected", gettext("Send again"),
            gettext("The customer may get what is “unknown” a second time. Send it again?"), self._release,
        )  # fmt: skip

    @admin.action(description=_("Mark as sent"), permissions=["decide"])
    def mark_sent_selected(self, request: HttpRequest, queryset: QuerySet[OutboxItem]) -> HttpResponse | None:
        return self._confirmed(
            request, queryset, "mark_sent_selected", gettext("Mark as sent"),
            gettext("Nothing is sent; the items are only recorded as sent. Is that right?"), self._mark,
        )  # fmt: skip

    @action(
        description=_("Send again"), url_path="send-again", icon="send", permissions=["decide"],
        variant=ActionVariant.PRIMARY,
        attrs={"data-post": "1", "data-confirm": _("Send this again? If it is “unknown”, the customer may get it twice.")},
    )  # fmt: skip
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, self._release)

    @action(
        description=_("Mark as sent"), url_path="mark-sent", icon="done_all", permissions=["decide"],
        attrs={"data-post": "1", "data-confirm": _("Record this as sent, without sending anything?")},
    )  # fmt: skip
    def mark_sent(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, self._mark)

    def _decide(self, request: HttpRequest, object_id: str, decide: Callable[..., None]) -> HttpResponse:
        item = self.get_object(request, object_id)
        if item is None or not self.allowed(request, Ability.CONVERSE, item):
            raise PermissionDenied
        if request.method == "POST":
            decide(request, [item])
        return HttpResponseRedirect(reverse("admin:channels_app_outboxitem_change", args=[item.pk]))

    def _confirmed(
        self, request: HttpRequest, queryset: QuerySet[OutboxItem], name: str, title: str, question: str,
        decide: Callable[..., None],
    ) -> HttpResponse | None:  # fmt: skip
        items = [
            item
            for item in queryset.filter(state__in=UNDECIDED)
            if may(request.user, Ability.CONVERSE, brand_of(item))
        ]
        if not items:
            messages.warning(
                request, gettext("Nothing to decide: choose items that failed, are unknown or held back.")
            )
            return None
        if request.POST.get("confirmed"):
            decide(request, items)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title, "opts": self.opts, "items": items, "question": question, "action": name,
            "total": len(items), "back": request.get_full_path(),
        }  # fmt: skip
        return TemplateResponse(request, "admin/channels_app/outbox_confirm.html", context)

    def _release(self, request: HttpRequest, items: list[OutboxItem]) -> None:
        count = outbox_release(item_ids=[item.pk for item in items], now=timezone.now())
        text = ngettext("%(count)d item is sent again.", "%(count)d items are sent again.", count)
        messages.success(request, text % {"count": count})

    def _mark(self, request: HttpRequest, items: list[OutboxItem]) -> None:
        count = outbox_mark_sent(item_ids=[item.pk for item in items], now=timezone.now())
        text = ngettext("%(count)d item is marked as sent.", "%(count)d items are marked as sent.", count)
        messages.success(request, text % {"count": count})

    @display(description=_("made"), ordering="created_at")
    def made(self, item: OutboxItem) -> Any:
        return moment_html(item.created_at)

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, item: OutboxItem) -> Any:
        return brand_badge(item.business_entity)

    @display(description=_("medium"))
    def medium(self, item: OutboxItem) -> SafeString:
        return medium_icon(item.channel.channel_type, with_name=False)

    @display(description=_("recipient"), ordering="recipient")
    def to(self, item: OutboxItem) -> str:
        return item.recipient or NOTHING

    @display(description=_("what"))
    def what(self, item: OutboxItem) -> str:
        if item.message is None:
            return str((item.payload or {}).get("title") or gettext("Notification to the team"))
        return f"{item.message.get_message_type_display()} · {item.message.thread.reference_number}"

    @display(description=_("what, and to whom"), header=True, ordering="recipient")
    def subject(self, item: OutboxItem) -> list[str]:
        return [self.what(item), item.recipient]

    @display(description=_("text"))
    def text(self, item: OutboxItem) -> str:
        if item.message is None:
            return str((item.payload or {}).get("preview") or NOTHING)
        return item.message.body or NOTHING

    @display(description=_("state"), ordering="state")
    def state_pill(self, item: OutboxItem) -> SafeString:
        return pill(item.get_state_display(), _STATES.get(State(item.state), "neutral"))

    @display(description=_("not before"), ordering="available_at")
    def next_try(self, item: OutboxItem) -> Any:
        return moment_html(item.available_at) if item.state == State.QUEUED else NOTHING

    @display(description=_("finished"))
    def finished(self, item: OutboxItem) -> Any:
        return moment_html(item.finished_at)

    @display(description=_("what went wrong"))
    def problem(self, item: OutboxItem) -> str:
        return item.error_text or NOTHING
