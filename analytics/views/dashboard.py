"""The manager's dashboard: within the first page, and by itself to refresh it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.html import format_html
from django.utils.translation import gettext as _

from analytics.charts import Series, heat_map, line_chart
from analytics.findings import link, sentence
from analytics.numbers import decimal, minutes, percentage
from analytics.selectors.channel_figures import ChannelFigures
from analytics.selectors.health import deductions
from analytics.selectors.insights import insights
from analytics.selectors.manager import Flow, ManagerDashboard, manager_dashboard
from analytics.selectors.period import Period
from analytics.selectors.tables import decisions_table, figures_table
from analytics.views.asked import Asked, asked
from analytics.views.rows import rows_address
from channels_app.admin.display import department_label, medium_icon_name
from channels_app.admin.index import first_page as overview_page
from channels_app.models import BusinessEntity
from channels_app.requests import client_address
from channels_app.scoping import Ability, may
from channels_app.services.audit import audit_export
from channels_app.sheets import CSV_TYPE, XLSX_TYPE, csv_file, xlsx_file

TODAY = Period.parse("1d")
STATUS_TONES = {
    "healthy": "good", "warning": "warning", "critical": "bad", "overloaded": "warning", "down": "bad",
    "inactive": "neutral",
}  # fmt: skip


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """`DASHBOARD_CALLBACK` of Unfold: what needs attention, and how the channels do."""
    context = overview_page(request, context)
    if may(request.user, Ability.VIEW):
        context |= {"dashboard": _context(asked(request))}
    return context


def dashboard(request: HttpRequest) -> HttpResponse:
    """The figures alone, for the refresh; `?entity=` a brand's code, `?range=` a period."""
    return render(request, "analytics/figures.html", {"dashboard": _context(asked(request))})


def findings(request: HttpRequest) -> HttpResponse:
    """What stands out in the period; apart, since it reads more than the figures do."""
    given = asked(request)
    found = insights(given.chosen, given.period, timezone.now())
    links = [(sentence(insight), link(insight, given.code, given.period)) for insight in found]
    return render(request, "analytics/insights.html", {"findings": links})


def export(request: HttpRequest) -> HttpResponse:
    """The table behind the figures: `?what=` days, hours or decisions, `?format=` csv or xlsx."""
    given = asked(request)
    what = request.GET.get("what", "days")
    now = timezone.now()
    if what == "decisions":
        header, rows = decisions_table(given.chosen, given.period, now)
    else:
        header, rows = figures_table(given.chosen, given.period, now, hourly=what == "hours")
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    audit_export(
        brands=[brand.id for brand in given.chosen],
        name=_("Figures"),
        actor=request.user,
        object_type="analytics.channelanalytics",
        detail={"what": what, "format": kind, "period": given.period.text},
        ip=client_address(request),
    )
    content = xlsx_file(what, header, rows) if kind == "xlsx" else csv_file(header, rows)
    answer = HttpResponse(content, content_type=XLSX_TYPE if kind == "xlsx" else CSV_TYPE)
    name = {"hours": "hours", "decisions": "decisions"}.get(what, "days")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{now:%Y-%m-%d}.{kind}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@dataclass(frozen=True, slots=True)
class MatrixRow:
    source: str
    source_id: str
    brand: BusinessEntity | None  # None where only one is looked at
    icon: str
    cells: list[tuple[str, int, str]]  # (department, messages, share of the row)
    total: int


def _context(given: Asked) -> dict[str, Any]:
    now = timezone.now()
    figures = manager_dashboard(given.chosen, given.period, now)
    oldest = figures.live.oldest_wait
    return {
        "figures": figures,
        "brands": given.brands,
        "entity": given.code,
        "period": given.period,
        "periods": _periods(),
        "own_period": given.period.first is not None,
        "since": f"{figures.first:%Y-%m-%d}",
        "until": f"{figures.last:%Y-%m-%d}",
        "rows": format_html("{}", rows_address(given.code, given.period)),
        "today": format_html("{}", rows_address(given.code, TODAY)),
        "oldest": None if oldest is None else (now - oldest).total_seconds() / 60,
        "now": now.astimezone(ZoneInfo(settings.TIME_ZONE)),
        "heat": _heat(figures, given),
        "hours": range(24),
        "compliance_chart": _compliance_chart(figures, given),
        "response_chart": _response_chart(figures, given),
        "departments": _departments(figures.flows),
        "matrix": _matrix(figures),
        "channels": _channels(figures, given),
        "downloads": (("days", _("per day")), ("hours", _("per hour")), ("decisions", _("decisions"))),
    }


def _periods() -> list[tuple[str, str]]:
    return [("1d", _("Today")), ("7d", _("7 days")), ("30d", _("30 days")), ("90d", _("90 days"))]


def _heat(figures: ManagerDashboard, given: Asked) -> str:
    words = _("%(day)s %(hour)02d:00 – %(count)s messages")

    def title(weekday: int, hour: int, received: float) -> str:
        count = decimal(received, 0 if received >= 10 else 1)
        return words % {"day": WEEKDAYS_ABBR[weekday], "hour": hour, "count": count}

    link = f"{rows_address(given.code, given.period)}&figure=received"
    return heat_map(figures.heat, link=link, title=title)


def _compliance_chart(figures: ManagerDashboard, given: Asked) -> str:
    values = [day.compliance for day in figures.days]
    title = _("Answered in time")
    return line_chart(
        [day.date for day in figures.days],
        [Series(title, 1, values)],
        label=lambda share: percentage(share, 0),
        title=title,
        link=f"{rows_address(given.code, given.period)}&figure=too_late&day=",
        top=1,
    )


def _response_chart(figures: ManagerDashboard, given: Asked) -> str:
    names = (_("half within"), _("90% within"), _("95% within"))
    series = [
        Series(
            name,
            number + 1,
            [None if day.percentiles is None else day.percentiles[number] for day in figures.days],
        )
        for number, name in enumerate(names)
    ]
    return line_chart(
        [day.date for day in figures.days],
        series,
        label=minutes,
        title=_("Response times"),
        link=f"{rows_address(given.code, given.period)}&figure=answered&day=",
    )


def _departments(flows: list[Flow]) -> list[tuple[str, str]]:
    """The columns of the matrix: (code, name), the busiest first; no department comes last."""
    totals: dict[str, int] = defaultdict(int)
    for flow in flows:
        totals[flow.department] += flow.messages
    codes = sorted(totals, key=lambda code: (code == "", -totals[code], code))
    return [(code, department_label(code) if code else _("nobody")) for code in codes]


def _matrix(figures: ManagerDashboard) -> list[MatrixRow]:
    """Where messages arrived, the busiest first, with a cell for each department."""
    columns = [code for code, _name in _departments(figures.flows)]
    brands = {brand.entity.id: brand.entity for brand in figures.entities}
    by_source: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for flow in figures.flows:
        if flow.entity_id is None:
            continue
        key = flow.entity_id, flow.source_id, flow.source, flow.medium
        by_source[key][flow.department] += flow.messages
    rows = []
    for (entity_id, source_id, source, medium), cells in by_source.items():
        total = sum(cells.values())
        rows.append(
            MatrixRow(
                source or _("unknown"),
                str(source_id or ""),
                brands[entity_id] if len(brands) > 1 else None,
                medium_icon_name(medium),
                [(code, cells[code], f"{cells[code] / total:.2f}") for code in columns],
                total,
            )
        )
    return sorted(rows, key=lambda row: -row.total)


def _channels(figures: ManagerDashboard, given: Asked) -> list[dict[str, Any]]:
    """The table's rows: every channel, the least healthy first."""
    rows_of = rows_address(given.code, given.period)
    rows = []
    for entity in figures.entities:
        for channel in entity.channels:
            health, status = channel.health, channel.status
            row = {
                "entity": entity.entity,
                "figures": channel,
                "health": health,
                "icon": medium_icon_name(channel.channel.channel_type),
                "tone": STATUS_TONES[status],
                "status": _status_name(status),
                "why": _why(channel),
                "page": reverse("admin:channels_app_businessentitychannel_change", args=[channel.channel.id]),
                "address": format_html("{}&amp;channel={}", rows_of, channel.channel.id),
            }
            rows.append(((status == "inactive", health), row))
    return [row for _order, row in sorted(rows, key=itemgetter(0))]


def _why(channel: ChannelFigures) -> str:
    """What was taken off the hundred, in words."""
    names = {
        "sla": _("promises broken"),
        "overdue": _("overdue now"),
        "load": _("load"),
        "failures": _("sending failed"),
        "backlog": _("more begun than resolved"),
    }
    parts = [
        f"{names[name]} −{points:.0f}" for name, points in deductions(channel.vitals).items() if points >= 0.5
    ]
    return ", ".join(parts) or _("nothing to take off")


def _status_name(status: str) -> str:
    return {
        "healthy": _("healthy"),
        "warning": _("needs attention"),
        "critical": _("critical"),
        "overloaded": _("full"),
        "down": _("down"),
        "inactive": _("off"),
    }[status]
