from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ReadOnlyAdmin, ReadOnlyInline
from channels_app.admin.display import NOTHING, brand_badge, moment_html, pill
from channels_app.admin.filters import BrandOfChannelFilter
from channels_app.models import Mailbox, MailboxDay, MailboxFolder

SKIPPED = {
    "before_first_connection": _("older than the first connection"),
    "already_imported": _("imported before"),
    "deleted_meanwhile": _("deleted meanwhile"),
}


class FolderInline(ReadOnlyInline):
    model = MailboxFolder
    fields = ("name", "uid_validity", "last_uid", "connected_at")
    show_change_link = False


class DayInline(ReadOnlyInline):
    model = MailboxDay
    fields = ("day", "fetches", "failures", "seen", "imported", "headers_only", "why_skipped", "quarantined")
    readonly_fields = ("why_skipped",)
    show_change_link = False
    per_page = 31

    @display(description=_("skipped, with the reason"))
    def why_skipped(self, row: MailboxDay) -> SafeString | str:
        return (
            format_html_join(
                "", "<div>{} {}</div>", ((n, SKIPPED.get(key, key)) for key, n in sorted(row.skipped.items()))
            )
            or NOTHING
        )


@admin.register(Mailbox)
class MailboxAdmin(ReadOnlyAdmin):
    """The fetch ledger: what was read of each mailbox, and what keeps it from being read."""

    list_display = ("name", "badge", "state", "success", "expires_on")
    list_display_links = ("name",)
    list_filter = (BrandOfChannelFilter,)
    list_select_related = ("channel__business_entity",)
    search_fields = ("channel__channel_address", "channel__channel_name")
    inlines = (DayInline, FolderInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "channel", "state", "last_success_at", "attempted_at", "next_attempt_at", "failures", "last_error",
                    "last_error_at", "expires_on",
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = ("state",)
    empty_title = _("No mailbox has been read yet")
    empty_hint = _("Give an email channel its servers and log-in; it is read within a minute.")
    empty_icon = "mark_email_unread"

    @display(description=_("mailbox"), header=True, ordering="channel__channel_address")
    def name(self, row: Mailbox) -> list[str]:
        return [row.channel.channel_address, row.channel.channel_name]

    @display(description=_("brand"))
    def badge(self, row: Mailbox) -> Any:
        return brand_badge(row.channel.business_entity)

    @display(description=_("state"))
    def state(self, row: Mailbox) -> SafeString:
        if not row.channel.is_active:
            return pill(_("Off"))
        if row.failures:
            return pill(_("Fails"), "bad", row.last_error)
        if row.last_error or row.last_success_at is None:
            return pill(_("Not read yet"), title=row.last_error)
        return pill(_("Is read"), "good")

    @display(description=_("last success"), ordering="last_success_at")
    def success(self, row: Mailbox) -> Any:
        return moment_html(row.last_success_at)
