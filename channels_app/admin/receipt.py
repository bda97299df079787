from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from channels_app.admin.base import ReadOnlyAdmin
from channels_app.admin.display import NOTHING, brand_badge, medium_icon, moment_html, pill
from channels_app.admin.filters import BrandOfChannelFilter, MediumFilter
from channels_app.models import AccountNotice, InboundReceipt
from channels_app.scoping import Ability
from channels_app.services.receipts import receipts_replay

SHOWN_CHARACTERS = 100_000
_STATES = {"pending": "info", "done": "good", "quarantined": "bad"}
_SEVERITIES = {"info": "info", "warning": "warning", "critical": "bad"}


def readable_body(raw: bytes) -> str:
    """A raw exchange as text for people: JSON indented, anything else as it is, unreadable bytes marked."""
    text = raw.decode("utf-8", errors="replace").replace("\x00", "␀")
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    cut = len(text) - SHOWN_CHARACTERS
    if cut <= 0:
        return text
    return text[:SHOWN_CHARACTERS] + "\n… " + gettext("%(count)d more characters") % {"count": cut}


@admin.register(InboundReceipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """What arrived, before anything was understood of it. Only who may configure sees it: it is raw."""

    view_ability = Ability.CONFIGURE
    list_display = ("arrived", "medium", "where", "state_pill", "why", "attempts", "handled")
    list_filter = (BrandOfChannelFilter, "state", ("provider", MediumFilter))
    list_select_related = ("channel__business_entity",)
    search_fields = ("reason",)
    search_help_text = _("Reason of quarantine")
    actions = ("replay_selected",)
    actions_detail = ("replay",)
    empty_title = _("Nothing has arrived yet")
    empty_hint = _("Every message and status that a provider brings is kept here first, exactly as it came.")
    empty_icon = "move_to_inbox"
    fieldsets = (
        (None, {"fields": ("medium", "channel", "state_pill", "reason", "arrived", "handled", "attempts")}),
        (_("Raw exchange"), {"fields": ("address", "header_list", "raw")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        page = request.resolver_match.url_name if request.resolver_match is not None else ""
        return rows.defer("body", "headers") if (page or "").endswith("_changelist") else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("medium", "state_pill", "arrived", "handled", "address", "header_list", "raw")

    def has_replay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if not self.allowed(request, Ability.CONFIGURE, object_id):
            return False
        if object_id is None:
            return True
        return (
            self.get_queryset(request).filter(pk=object_id, state=InboundReceipt.State.QUARANTINED).exists()
        )

    @admin.action(description=_("Play again"), permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[InboundReceipt]) -> None:
        count = receipts_replay(receipt_ids=queryset.values_list("pk", flat=True))
        if count:
            text = ngettext(
                "%(count)d receipt is played again.", "%(count)d receipts are played again.", count
            )
            messages.success(request, text % {"count": count})
        else:
            messages.warning(request, gettext("Only receipts in quarantine can be played again."))

    @action(
        description=_("Play again"), url_path="replay", icon="replay", permissions=["replay"],
        variant=ActionVariant.PRIMARY, attrs={"data-post": "1"},
    )  # fmt: skip
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        receipt = self.get_object(request, object_id)
        if receipt is None or not self.has_replay_permission(request, object_id):
            raise PermissionDenied
        if request.method == "POST" and receipts_replay(receipt_ids=[receipt.pk]):
            messages.success(
                request, gettext("The receipt is played again; look at the conversations in a moment.")
            )
        return HttpResponseRedirect(reverse("admin:channels_app_inboundreceipt_change", args=[receipt.pk]))

    @display(description=_("received"), ordering="received_at")
    def arrived(self, receipt: InboundReceipt) -> Any:
        return moment_html(receipt.received_at)

    @display(description=_("medium"), ordering="provider")
    def medium(self, receipt: InboundReceipt) -> SafeString:
        return medium_icon(receipt.provider)

    @display(description=_("channel"))
    def where(self, receipt: InboundReceipt) -> str:
        return str(receipt.channel) if receipt.channel else gettext("shared address")

    @display(description=_("state"), ordering="state")
    def state_pill(self, receipt: InboundReceipt) -> SafeString:
        return pill(receipt.get_state_display(), _STATES.get(receipt.state, "neutral"))

    @display(description=_("reason"))
    def why(self, receipt: InboundReceipt) -> str:
        return receipt.reason[:120] or NOTHING

    @display(description=_("processed"), ordering="processed_at")
    def handled(self, receipt: InboundReceipt) -> Any:
        return moment_html(receipt.processed_at)

    @display(description=_("address called"))
    def address(self, receipt: InboundReceipt) -> SafeString:
        return format_html('<code class="cc-code">{} {}</code>', receipt.method, receipt.url or NOTHING)

    @display(description=_("headers"))
    def header_list(self, receipt: InboundReceipt) -> Any:
        lines = "\n".join(f"{name}: {value}" for name, value in sorted((receipt.headers or {}).items()))
        return format_html('<pre class="cc-raw">{}</pre>', lines) if lines else NOTHING

    @display(description=_("body"))
    def raw(self, receipt: InboundReceipt) -> SafeString:
        return format_html('<pre class="cc-raw">{}</pre>', readable_body(bytes(receipt.body)))


@admin.register(AccountNotice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("when", "medium", "badge", "severity_pill", "kind", "reference", "words")
    list_filter = ("business_entity", "severity", ("provider", MediumFilter))
    list_select_related = ("business_entity", "channel__business_entity")
    search_fields = ("reference", "text", "account")
    empty_title = _("No notices")
    empty_hint = _("What a provider says about an account appears here: quality, templates, restrictions.")
    empty_icon = "campaign"
    fields = (
        "when",
        "medium",
        "business_entity",
        "channel",
        "severity_pill",
        "kind",
        "reference",
        "text",
        "details",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @display(description=_("received"), ordering="created_at")
    def when(self, notice: AccountNotice) -> Any:
        return moment_html(notice.created_at)

    @display(description=_("medium"), ordering="provider")
    def medium(self, notice: AccountNotice) -> SafeString:
        return medium_icon(notice.provider)

    @display(description=_("brand"))
    def badge(self, notice: AccountNotice) -> Any:
        return brand_badge(notice.business_entity)

    @display(description=_("severity"), ordering="severity")
    def severity_pill(self, notice: AccountNotice) -> SafeString:
        return pill(notice.get_severity_display(), _SEVERITIES.get(notice.severity, "neutral"))

    @display(description=_("text"))
    def words(self, notice: AccountNotice) -> str:
        return notice.text[:120] or NOTHING

    @display(description=_("details"))
    def details(self, notice: AccountNotice) -> Any:
        text = json.dumps(notice.data, indent=2, ensure_ascii=False) if notice.data else ""
        return format_html('<pre class="cc-raw">{}</pre>', text) if text else NOTHING
