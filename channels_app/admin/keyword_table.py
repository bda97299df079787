"""The keyword table of a brand: to a file, and from a file with a look at what changes first."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminRadioSelectWidget

from channels_app.admin.display import brand_badge, department_label
from channels_app.models import BusinessEntity
from channels_app.requests import client_address
from channels_app.scoping import Ability, may
from channels_app.services.audit import audit_export
from channels_app.services.contact_import.reading import LARGEST_FILE
from channels_app.services.keyword_table import (
    ALARM,
    HEADER,
    KeywordPlan,
    keyword_plan,
    keyword_rows,
    keyword_rows_of_file,
    keyword_table_save,
)
from channels_app.sheets import CSV_TYPE, XLSX_TYPE, csv_file, xlsx_file

_SALT = "channels_app.keyword_table"
SHOWN_PROBLEMS = 20


class KeywordFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX with the columns department, keyword and channel."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx", "class": "cc-upload"}),
    )
    mode = forms.ChoiceField(
        label=_("What to do with it"),
        choices=[
            ("add", _("Add to the keywords that are there")),
            ("replace", _("Put in the place of all keywords of the brand")),
        ],
        initial="add",
        widget=UnfoldAdminRadioSelectWidget(),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise forms.ValidationError(gettext("The file is larger than 10 MB; split it."))
        return upload


class KeywordTablePages:
    """The button and pages of the keyword table, for the admin of brands."""

    @action(description=_("Keyword table"), url_path="keywords", icon="table")
    def keyword_table(self, request: HttpRequest, object_id: str) -> HttpResponse:
        admin: Any = self
        entity: BusinessEntity | None = admin.get_object(request, object_id)
        if entity is None or not may(request.user, Ability.VIEW, entity.pk):
            raise PermissionDenied
        if request.method == "GET" and request.GET.get("as") in ("csv", "xlsx"):
            audit_export(
                brands=[entity.pk], name=gettext("Keyword table"), actor=request.user,
                detail={"format": request.GET["as"]}, ip=client_address(request),
            )  # fmt: skip
            return _download(entity, request.GET["as"])
        editable = may(request.user, Ability.ADMINISTER, entity.pk)
        if request.method == "POST" and not editable:
            raise PermissionDenied
        if request.method == "POST" and "table" in request.POST:
            return self._save(request, entity)
        form = KeywordFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                rows = keyword_rows_of_file(form.cleaned_data["file"].read())
                return self._preview(request, entity, rows, replace=form.cleaned_data["mode"] == "replace")
            except ValidationError as error:
                form.add_error("file", error)
        return self._page(request, entity, form=form, editable=editable, count=len(keyword_rows(entity)))

    def _preview(
        self, request: HttpRequest, entity: BusinessEntity, rows: list[Any], *, replace: bool
    ) -> HttpResponse:
        plan = keyword_plan(entity, rows, replace=replace)
        table = signing.dumps(
            {"brand": entity.pk.hex, "rows": rows, "replace": replace, "seen": plan.fingerprint},
            salt=_SALT,
            compress=True,
        )
        return self._page(
            request, entity, plan=plan, table=table, changes=_in_words(plan), replace=replace,
            problems=plan.problems[:SHOWN_PROBLEMS], more_problems=max(len(plan.problems) - SHOWN_PROBLEMS, 0),
        )  # fmt: skip

    def _save(self, request: HttpRequest, entity: BusinessEntity) -> HttpResponse:
        try:
            given = signing.loads(request.POST["table"], salt=_SALT, max_age=24 * 3600)
        except signing.BadSignature as error:
            raise PermissionDenied from error
        if given["brand"] != entity.pk.hex:
            raise PermissionDenied
        rows = [tuple(row) for row in given["rows"]]
        try:
            done = keyword_table_save(
                user=request.user, entity=entity, rows=rows, replace=given["replace"], fingerprint=given["seen"],
                now=timezone.now(),
            )  # fmt: skip
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self._preview(request, entity, rows, replace=given["replace"])
        added = ngettext("%(count)d keyword added", "%(count)d keywords added", done.added) % {
            "count": done.added
        }
        gone = ngettext("%(count)d removed", "%(count)d removed", done.removed) % {"count": done.removed}
        messages.success(request, f"{added}, {gone}.")
        return HttpResponseRedirect(request.path)

    def _page(self, request: HttpRequest, entity: BusinessEntity, **context: Any) -> HttpResponse:
        admin: Any = self
        return TemplateResponse(
            request,
            "admin/channels_app/keyword_table.html",
            {
                **admin.admin_site.each_context(request),
                "title": gettext("Keyword table"),
                "opts": admin.opts,
                "badge": brand_badge(entity),
                "entity": entity,
                "back": reverse("admin:channels_app_businessentity_change", args=[entity.pk]),
                **context,
            },
        )


def _download(entity: BusinessEntity, kind: str) -> HttpResponse:
    rows = keyword_rows(entity)
    if kind == "csv":
        content, content_type = csv_file(HEADER, rows), CSV_TYPE
    else:
        content, content_type = xlsx_file("keywords", HEADER, rows), XLSX_TYPE
    name = f"keywords-{entity.entity_code}-{timezone.localdate():%Y-%m-%d}.{kind}"
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _in_words(plan: KeywordPlan) -> list[dict[str, Any]]:
    return [
        {
            "department": gettext("Emergency words")
            if change.department == ALARM
            else department_label(change.department),
            "channel": change.channel,
            "added": change.added,
            "removed": change.removed,
        }
        for change in plan.changes
    ]
