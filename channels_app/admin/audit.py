"""The audit trail: to look through, to narrow down and to take along."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.decorators import display

from channels_app.admin.base import ReadOnlyAdmin
from channels_app.admin.display import NOTHING, brand_badge, moment_html, pill
from channels_app.models import AuditEntry
from channels_app.requests import client_address
from channels_app.scoping import Ability, scope
from channels_app.selectors.audit import detail_in_words, differences, kind_in_words, names_of_changes
from channels_app.services.audit import audit_export
from channels_app.sheets import CSV_TYPE, XLSX_TYPE, csv_file, xlsx_file

Action = AuditEntry.Action
MOST_EXPORTED = 10_000
_ALARMING = {
    Action.SIGN_IN_FAILED, Action.LOCKED_OUT, Action.FACTOR_FAILED, Action.FACTOR_REMOVED, Action.DELETED,
    Action.ERASED, Action.REDACTED,
}  # fmt: skip
_NOTEWORTHY = {
    Action.EXPORTED,
    Action.ACCESS_EXPORTED,
    Action.PURGED,
    Action.RECOVERY_USED,
    Action.OVERRIDDEN,
}


class KindFilter(DropdownFilter):
    """The kinds of object that stand in the trail of the user's brands."""

    title = _("kind of object")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = (
            scope(AuditEntry.objects.exclude(object_type=""), request.user, Ability.ADMINISTER)
            .order_by("object_type")
            .values_list("object_type", flat=True)
            .distinct()
        )
        return sorted(((kind, kind_in_words(kind)) for kind in kinds), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(object_type=self.value()) if self.value() else queryset


class PeriodFilter(DropdownFilter):
    title = _("period")
    parameter_name = "period"
    days = {"1": _("Last 24 hours"), "7": _("Last 7 days"), "30": _("Last 30 days"), "365": _("Last year")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.days.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in self.days:
            return queryset
        return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(str(self.value()))))


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    view_ability = Ability.ADMINISTER
    list_display = ("at", "who", "action_pill", "thing", "badge", "changed")
    list_display_links = ("at", "thing")
    list_filter = ("business_entity", "action", KindFilter, PeriodFilter, ("created_at", RangeDateFilter))
    list_select_related = ("business_entity",)
    search_fields = ("object_name", "actor_name", "=object_id", "=ip_address")
    search_help_text = _("Who, or the name of what was changed")
    actions = ("export_csv", "export_xlsx")
    show_full_result_count = False
    empty_title = _("Nothing happened yet")
    empty_hint = _(
        "Changes of the configuration, moves by hand, exports and sign-ins appear here by themselves."
    )
    empty_icon = "policy"
    fields = ("at", "who", "action_pill", "badge", "what_of", "all_changes", "more", "ip_address", "emptied")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> HttpResponse | None:
        return self._export(request, queryset, "csv")

    @admin.action(description=_("Export as Excel workbook"), permissions=["export"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> HttpResponse | None:
        return self._export(request, queryset, "xlsx")

    def _export(self, request: HttpRequest, queryset: QuerySet[AuditEntry], kind: str) -> HttpResponse | None:
        entries = list(queryset.select_related("business_entity")[: MOST_EXPORTED + 1])
        if len(entries) > MOST_EXPORTED:
            text = gettext("These are more than %(most)d entries; choose a shorter period.")
            messages.warning(request, text % {"most": MOST_EXPORTED})
            return None
        header = [
            gettext("when"), gettext("who"), gettext("what"), gettext("kind of object"), gettext("object"),
            gettext("brand"), gettext("changes"), gettext("detail"), gettext("from address"),
        ]  # fmt: skip
        rows = [_row(entry) for entry in entries]
        audit_export(
            brands=[entry.business_entity_id for entry in entries],
            name=gettext("Audit trail"),
            actor=request.user,
            object_type=AuditEntry._meta.label_lower,
            detail={"format": kind, "rows": len(rows)},
            ip=client_address(request),
        )
        content = csv_file(header, rows) if kind == "csv" else xlsx_file(gettext("Audit trail"), header, rows)
        answer = HttpResponse(content, content_type=CSV_TYPE if kind == "csv" else XLSX_TYPE)
        name = f"audit-{timezone.localdate():%Y-%m-%d}.{kind}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    @display(description=_("when"), ordering="created_at")
    def at(self, entry: AuditEntry) -> Any:
        return moment_html(entry.created_at)

    @display(description=_("who"), ordering="actor_name")
    def who(self, entry: AuditEntry) -> str:
        return _who(entry)

    @display(description=_("what"), ordering="action")
    def action_pill(self, entry: AuditEntry) -> SafeString:
        tone = "bad" if entry.action in _ALARMING else "warning" if entry.action in _NOTEWORTHY else "info"
        return pill(entry.get_action_display(), tone)

    @display(description=_("object"), header=True)
    def thing(self, entry: AuditEntry) -> list[str]:
        return [entry.object_name or NOTHING, kind_in_words(entry.object_type)]

    @display(description=_("object"))
    def what_of(self, entry: AuditEntry) -> str:
        kind = kind_in_words(entry.object_type)
        return f"{entry.object_name} ({kind})" if entry.object_name else kind or NOTHING

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, entry: AuditEntry) -> Any:
        return brand_badge(entry.business_entity)

    @display(description=_("changes"))
    def changed(self, entry: AuditEntry) -> str:
        return names_of_changes(entry) or detail_in_words(entry) or NOTHING

    @display(description=_("changes"))
    def all_changes(self, entry: AuditEntry) -> Any:
        rows = [
            (line.name, line.before, line.after)
            if line.before is not None
            else (line.name, "…", gettext("changed; it is a secret"))
            for line in differences(entry)
        ]
        if not rows:
            return NOTHING
        body = format_html_join("", "<tr><th scope='row'>{}</th><td>{}</td><td>{}</td></tr>", rows)
        return format_html(
            "<table class='cc-table cc-audit'><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead>"
            "<tbody>{}</tbody></table>",
            gettext("Field"),
            gettext("Before"),
            gettext("After"),
            body,
        )

    @display(description=_("detail"))
    def more(self, entry: AuditEntry) -> str:
        return detail_in_words(entry) or NOTHING

    @display(description=_("emptied"))
    def emptied(self, entry: AuditEntry) -> Any:
        if entry.redacted_at is None:
            return NOTHING
        return format_html("{} ({})", moment_html(entry.redacted_at), gettext("for an erasure"))


def _who(entry: AuditEntry) -> str:
    return entry.actor_name or gettext("The system")


def _row(entry: AuditEntry) -> list[Any]:
    at: datetime = timezone.localtime(entry.created_at)
    return [
        at,
        _who(entry),
        entry.get_action_display(),
        kind_in_words(entry.object_type),
        entry.object_name,
        entry.business_entity.entity_name if entry.business_entity else "",
        "\n".join(str(difference) for difference in differences(entry)),
        detail_in_words(entry),
        entry.ip_address or "",
    ]
