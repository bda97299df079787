from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ReadOnlyAdmin
from channels_app.admin.display import brand_badge, moment_html, pill
from channels_app.models import Attachment, FiledDocument


@admin.register(FiledDocument)
class DocumentAdmin(ReadOnlyAdmin):
    """The files customers mailed, by the number they are about."""

    list_display = ("filed_under", "file", "who", "conversation", "badge", "when")
    list_filter = ("business_entity", "kind")
    list_select_related = ("business_entity", "attachment__message__thread__contact")
    search_fields = (
        "number", "attachment__name", "attachment__message__thread__contact__name",
        "attachment__message__thread__contact__company",
    )  # fmt: skip
    search_help_text = _("Number, file name, or name of the customer")
    empty_title = _("No documents yet")
    empty_hint = _(
        "Switch on filing at a mailbox, as the standard set does for administration; the attachments of its mail "
        "are filed within a minute or two."
    )
    empty_icon = "folder_open"
    fields = ("filed_under", "file", "who", "conversation", "business_entity", "when")
    readonly_fields = fields

    @display(description=_("filed under"), ordering="number")
    def filed_under(self, row: FiledDocument) -> SafeString:
        if row.kind == FiledDocument.Kind.NONE:
            return pill(row.get_kind_display())
        return format_html("<strong>{}</strong> {}", row.number, pill(row.get_kind_display(), "info"))

    @display(description=_("file name"), ordering="attachment__name")
    def file(self, row: FiledDocument) -> SafeString:
        file = row.attachment
        if file.state != Attachment.State.STORED:
            return format_html("{} {}", file.name, pill(file.get_state_display(), "warning"))
        url = reverse(
            "admin:channels_app_communicationthread_attachment", args=[file.message.thread_id, file.pk]
        )
        return format_html('<a href="{}" class="cc-link-button">{}</a>', url, file.name)

    @display(description=_("contact"), ordering="attachment__message__thread__contact__name")
    def who(self, row: FiledDocument) -> str:
        return str(row.attachment.message.thread.contact)

    @display(description=_("conversation"))
    def conversation(self, row: FiledDocument) -> SafeString:
        thread = row.attachment.message.thread
        url = reverse("inbox-thread", args=[thread.pk])
        return format_html('<a href="{}" class="cc-link-button">{}</a>', url, thread.reference_number)

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, row: FiledDocument) -> Any:
        return brand_badge(row.business_entity)

    @display(description=_("received"), ordering="attachment__message__sent_at")
    def when(self, row: FiledDocument) -> Any:
        return moment_html(row.attachment.message.sent_at)
