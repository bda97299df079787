"""Importing contacts: choose a file, see what it would do, then let it; and what earlier imports did."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import NOTHING, brand_badge, moment_html, pill
from channels_app.forms.contact_import import ColumnsForm, ContactFileForm
from channels_app.models import Contact, ContactImport
from channels_app.scoping import Ability
from channels_app.services.contact_import.applying import (
    contact_import_apply,
    contact_import_begin,
    contact_import_map,
    contact_import_plan,
)
from channels_app.services.contact_import.columns import TARGETS
from channels_app.services.contact_import.planning import Action, Change, PlannedContact
from channels_app.services.contact_import.reading import read_sheet

SHOWN_PER_KIND = 50


@admin.register(ContactImport)
class ContactImportAdmin(ScopedModelAdmin):
    change_ability = Ability.CONFIGURE
    deletable = True
    list_display = ("file_name", "badge", "state_pill", "outcome", "created_by", "begun")
    list_filter = ("business_entity", "state")
    list_select_related = ("business_entity", "created_by")
    search_fields = ("file_name",)
    search_help_text = _("File name")
    empty_title = _("No contacts imported yet")
    empty_hint = _("Import a CSV or XLSX file, so that your customers are known before they write.")
    empty_icon = "upload_file"
    fields = (
        "business_entity", "file_name", "state_pill", "outcome", "refusals_list", "created_by", "applied_at",
    )  # fmt: skip
    readonly_fields = fields

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ContactFileForm(request.user, request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                draft = contact_import_begin(
                    user=request.user, entity=given["brand"], file_name=given["file"].name,
                    content=given["file"].read(), kind=given["kind"], overwrite=given["overwrite"],
                    now=timezone.now(),
                )  # fmt: skip
                return HttpResponseRedirect(self._address(draft))
            except ValidationError as error:
                form.add_error("file", error)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import contacts"),
            "opts": self.opts,
            "form": form,
            "known_columns": list(TARGETS.values()),
        }
        return TemplateResponse(request, "admin/channels_app/contact_import/choose.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        draft: ContactImport | None = self.get_object(request, object_id)
        if draft is None or draft.state != ContactImport.State.DRAFT:
            return super().change_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]
        if not self.has_change_permission(request, draft):
            raise PermissionDenied
        return self._draft(request, draft)

    def _draft(self, request: HttpRequest, draft: ContactImport) -> HttpResponse:
        form = ColumnsForm(draft, read_sheet(bytes(draft.content)), request.POST or None)
        if request.method == "POST" and form.is_valid():
            contact_import_map(
                user=request.user, draft=draft, columns=form.columns,
                kind=form.cleaned_data["kind"], overwrite=form.cleaned_data["overwrite"],
            )  # fmt: skip
            if "_import" in request.POST:
                return self._apply(request, draft)
            return HttpResponseRedirect(self._address(draft))
        plan = contact_import_plan(draft)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What %(file)s would do") % {"file": draft.file_name},
            "opts": self.opts,
            "draft": draft,
            "form": form,
            "plan": plan,
            "total": plan.created + plan.changed,
            "sections": [
                (gettext("Refused"), "bad", plan.refused, _planned_rows(plan.refused)),
                (gettext("Changed"), "info", plan.of(Action.CHANGE), _planned_rows(plan.of(Action.CHANGE))),
                (gettext("New"), "good", plan.of(Action.CREATE), _planned_rows(plan.of(Action.CREATE))),
            ],
            "shown": SHOWN_PER_KIND,
        }
        return TemplateResponse(request, "admin/channels_app/contact_import/preview.html", context)

    def _apply(self, request: HttpRequest, draft: ContactImport) -> HttpResponse:
        done = contact_import_apply(user=request.user, import_id=draft.pk, now=timezone.now())
        total = done.contacts_created + done.contacts_changed
        messages.success(
            request,
            ngettext("%(count)d contact imported.", "%(count)d contacts imported.", total) % {"count": total},
        )
        return HttpResponseRedirect(self._address(done))

    def _address(self, draft: ContactImport) -> str:
        return reverse("admin:channels_app_contactimport_change", args=[draft.pk])

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, done: ContactImport) -> Any:
        return brand_badge(done.business_entity)

    @display(description=_("state"), ordering="state")
    def state_pill(self, done: ContactImport) -> SafeString:
        return pill(done.get_state_display(), "good" if done.state == ContactImport.State.DONE else "warning")

    @display(description=_("outcome"))
    def outcome(self, done: ContactImport) -> Any:
        if done.state == ContactImport.State.DRAFT:
            return NOTHING
        counts = (
            (done.contacts_created, gettext("new"), "good"),
            (done.contacts_changed, gettext("changed"), "info"),
            (done.contacts_unchanged, gettext("unchanged"), "neutral"),
            (done.rows_refused, gettext("refused"), "bad"),
        )
        parts = ((pill(f"{count} {word}", kind),) for count, word, kind in counts if count)
        return format_html_join(" ", "{}", parts) or NOTHING

    @display(description=_("begun"), ordering="created_at")
    def begun(self, done: ContactImport) -> Any:
        return moment_html(done.created_at)

    @display(description=_("why refused"))
    def refusals_list(self, done: ContactImport) -> Any:
        rows = (
            (lines_in_words(refusal["lines"]), refusal["title"], " ".join(refusal["reasons"]))
            for refusal in done.refusals
        )
        listed = format_html_join("", "<li>{} {}: {}</li>", rows)
        return format_html('<ul class="cc-list">{}</ul>', listed) if listed else NOTHING


def lines_in_words(lines: Any) -> str:
    listed = ", ".join(str(line) for line in lines[:5]) + ("…" if len(lines) > 5 else "")
    return ngettext("line %(lines)s", "lines %(lines)s", len(lines)) % {"lines": listed}


def _planned_rows(
    planned: list[PlannedContact],
) -> list[tuple[str, PlannedContact, list[tuple[Any, str, str]]]]:
    return [
        (lines_in_words(contact.lines), contact, [_change_in_words(change) for change in contact.changes])
        for contact in planned[:SHOWN_PER_KIND]
    ]


def _change_in_words(change: Change) -> tuple[Any, str, str]:
    before, after = change.before, change.after
    if change.field == "kind":
        names = {value: str(label) for value, label in Contact.Kind.choices}
        before, after = names.get(before, before), names.get(after, after)
    if change.field in ("customer_numbers", "order_numbers", "charger_serials", "emails", "phones", "notes"):
        return TARGETS[change.field], "", f"+ {after}"
    return TARGETS[change.field], before, after
