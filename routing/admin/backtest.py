"""Backtests: ask for one, watch it, read what would have gone elsewhere."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from channels_app.admin.base import ScopedModelAdmin
from channels_app.admin.display import NOTHING, brand_badge, department_label, moment_html, pill, pills
from channels_app.admin.summaries import reader_language
from channels_app.models import BusinessEntity
from channels_app.requests import client_address
from channels_app.scoping import Ability, entity_ids, visible_entities
from channels_app.services.audit import audit_export
from routing.admin.draft_form import DraftForm
from routing.models import Backtest
from routing.selectors.overrides import WrongRoutes, wrong_routes
from routing.services.backtest import backtest_start
from routing.services.drafts import DraftRules
from routing.tasks import backtest_waiting

DAYS = (7, 14, 30, 60, 90)
CHANGES_SHOWN = 50
WRONG_ROUTE_DAYS = 30
SILENT_FOR = timedelta(seconds=20)  # after which the page rings again for a backtest that should run
_STATES: dict[str, str] = {
    Backtest.State.WAITING: "neutral", Backtest.State.RUNNING: "info", Backtest.State.DONE: "good",
    Backtest.State.FAILED: "bad",
}  # fmt: skip
_KINDS: dict[str, Any] = {
    "rule": gettext_lazy("Message rule"),
    "keywords": gettext_lazy("Keyword"),
    "classifier": gettext_lazy("Model"),
    "emergency": gettext_lazy("Emergency"),
    "arrival": gettext_lazy("Where it arrived"),
    "unsure": gettext_lazy("Unsure, stayed"),
    "history": gettext_lazy("Earlier conversations"),
    "sender": gettext_lazy("Kind of sender"),
    "priority": gettext_lazy("Priority"),
}
# A cell that begins like this is a formula to a spreadsheet.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class BacktestForm(DraftForm):
    brand = forms.ModelChoiceField(
        BusinessEntity.objects.none(),
        label=gettext_lazy("Brand"),
        empty_label=None,
        widget=UnfoldAdminSelectWidget(),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Period"), coerce=int, initial=30, widget=UnfoldAdminSelectWidget()
    )

    def __init__(self, user: Any, data: Any = None, wanted: str = "") -> None:
        super().__init__(data)
        brands = visible_entities(user, Ability.CONFIGURE).filter(is_active=True)
        self.fields["brand"].queryset = brands  # type: ignore[attr-defined]
        self.fields["days"].choices = [  # type: ignore[attr-defined]
            (days, _("the last %(days)d days") % {"days": days}) for days in DAYS
        ]
        known = list(brands)
        self.chosen = next((brand for brand in known if str(brand.pk) == wanted), None) or next(
            iter(known), None
        )
        self.initial["brand"] = self.chosen.pk if self.chosen else None
        self.offer(self.chosen)


@admin.register(Backtest)
class BacktestAdmin(ScopedModelAdmin):
    list_display = ("when", "badge", "period", "about", "state_pill", "elsewhere", "who")
    list_filter = ("business_entity", "state")
    list_select_related = ("business_entity", "asked_by")
    change_form_template = "admin/routing/backtest.html"
    change_list_template = "admin/routing/backtests.html"
    fields: ClassVar[tuple[str, ...]] = ()
    warn_unsaved_form = False
    empty_title = gettext_lazy("No backtests yet")
    empty_hint = gettext_lazy(
        "A backtest replays the last weeks against draft rules, or against the rules and model of today, and "
        "lists what would have gone elsewhere. Nothing is altered."
    )
    empty_icon = "history"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:pk>/progress/", wrap(self.progress_view), name="routing_backtest_progress"),
            path("<uuid:pk>/csv/", wrap(self.csv_view), name="routing_backtest_csv"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {**(extra_context or {}), "wrong_routes": _wrong_routes(request)}
        return super().changelist_view(request, extra_context=context)  # type: ignore[no-any-return]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form of a new backtest; `brand` in the address chooses the brand beforehand."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        posted = request.method == "POST"
        wanted = request.POST.get("brand", "") if posted else request.GET.get("brand", "")
        form = BacktestForm(request.user, request.POST if posted else None, wanted)
        if posted and form.is_valid():
            backtest = backtest_start(
                entity=form.cleaned_data["brand"],
                days=form.cleaned_data["days"],
                draft=form.draft,
                user=request.user,
                now=timezone.now(),
            )
            backtest_waiting(backtest.id)
            return HttpResponseRedirect(reverse("admin:routing_backtest_change", args=[backtest.pk]))
        context = {**self.admin_site.each_context(request), "title": _("New backtest"), "form": form}
        return TemplateResponse(request, "admin/routing/backtest_form.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        backtest = kwargs["obj"]
        context.update(
            title=_("Backtest"),
            subtitle=None,
            badge=brand_badge(backtest.business_entity),
            draft_facts=_draft_facts(backtest),
            **outcome(backtest),
        )
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[no-any-return]

    def progress_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """How far it is, as a piece of the page; what it found once it is done."""
        backtest = self._visible(request, pk)
        if not backtest.is_over and timezone.now() - backtest.updated_at > SILENT_FOR:
            backtest_waiting(backtest.id)  # the first ring was lost
        return TemplateResponse(request, "admin/routing/backtest_outcome.html", outcome(backtest))

    def csv_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        backtest = self._visible(request, pk)
        audit_export(
            brands=[backtest.business_entity_id], name=_("Backtest"), actor=request.user,
            object_type=Backtest._meta.label_lower, ip=client_address(request),
        )  # fmt: skip
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = (
            f'attachment; filename="backtest-{backtest.created_at:%Y%m%d-%H%M}.csv"'
        )
        answer.write("\ufeff")  # without it Excel takes UTF-8 for something else
        sheet = csv.writer(answer)
        sheet.writerow(
            [
                _("reference"),
                _("from"),
                _("to"),
                _("moved by people to"),
                _("confidence"),
                _("why"),
                _("link"),
            ]
        )
        for change in backtest.results.get("changes", []):
            row = [
                change["reference"], change["from"], change["to"], change["people"], change["confidence"],
                change["why"][reader_language()],
                request.build_absolute_uri(_thread_url(change["thread"])),
            ]  # fmt: skip
            sheet.writerow([spreadsheet_safe(cell) for cell in row])
        return answer

    def _visible(self, request: HttpRequest, pk: UUID) -> Backtest:
        backtest: Backtest | None = self.get_queryset(request).filter(pk=pk).first()
        if backtest is None:
            raise Http404
        return backtest

    @display(description=gettext_lazy("asked"), ordering="created_at")
    def when(self, backtest: Backtest) -> Any:
        return moment_html(backtest.created_at)

    @display(description=gettext_lazy("brand"), ordering="business_entity__entity_name")
    def badge(self, backtest: Backtest) -> Any:
        return brand_badge(backtest.business_entity)

    @display(description=gettext_lazy("period"), ordering="days")
    def period(self, backtest: Backtest) -> str:
        return _("the last %(days)d days") % {"days": backtest.days}

    @display(description=gettext_lazy("against"))
    def about(self, backtest: Backtest) -> str:
        return _("draft rules") if backtest.draft else _("rules and model of today")

    @display(description=gettext_lazy("state"), ordering="state")
    def state_pill(self, backtest: Backtest) -> SafeString:
        return pill(backtest.get_state_display(), _STATES.get(backtest.state, "neutral"))

    @display(description=gettext_lazy("would go elsewhere"), ordering="changed")
    def elsewhere(self, backtest: Backtest) -> str:
        return f"{backtest.changed} / {backtest.done}"

    @display(description=gettext_lazy("asked by"))
    def who(self, backtest: Backtest) -> Any:
        return backtest.asked_by or NOTHING


def outcome(backtest: Backtest) -> dict[str, Any]:
    """What the page shows of a backtest so far."""
    results = backtest.results
    changes = results.get("changes", [])
    return {
        "backtest": backtest,
        "state": pill(backtest.get_state_display(), _STATES.get(backtest.state, "neutral")),
        "flows": [
            (place_name(before), place_name(after), count)
            for before, after, count in results.get("flows", [])
        ],
        "changes": [
            {
                **change,
                "url": _thread_url(change["thread"]),
                "before": place_name(change["from"]),
                "after": place_name(change["to"]),
                "people_name": place_name(change["people"]) if change["people"] else "",
                "agrees": change["people"] == change["to"],
                "sentence": change["why"][reader_language()],
            }
            for change in changes[:CHANGES_SHOWN]
        ],
        "kept": len(changes),
        "results": results,
    }


def place_name(code: str) -> str:
    """A department, or what happens instead, as staff read it."""
    if code == Backtest.ONLY_KEPT:
        return _("Only kept")
    return _("Nobody found") if code == Backtest.NOBODY else department_label(code)


def spreadsheet_safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _thread_url(thread_id: str) -> str:
    return reverse("admin:channels_app_communicationthread_change", args=[thread_id])


def _draft_facts(backtest: Backtest) -> list[tuple[str, Any]]:
    if not backtest.draft:
        return []
    draft = DraftRules.model_validate(backtest.draft)
    words = [(department_label(code), pills(found)) for code, found in draft.keywords.items() if found]
    return [*words, *((rule.name, rule.sentence(reader_language())) for rule in draft.message_rules)]


def _wrong_routes(request: HttpRequest) -> list[tuple[Any, str, WrongRoutes]]:
    """What led conversations to the wrong department of late: (kind, subject, figures)."""
    allowed = entity_ids(request.user, Ability.VIEW)
    if allowed is None:
        allowed = frozenset(BusinessEntity.objects.values_list("id", flat=True))
    now = timezone.now()
    found = wrong_routes(allowed, since=now - timedelta(days=WRONG_ROUTE_DAYS), until=now)
    return [
        (
            _KINDS.get(row.kind, row.kind),
            row.subject if row.kind in ("rule", "keywords") else department_label(row.subject),
            row,
        )
        for row in found
    ]
