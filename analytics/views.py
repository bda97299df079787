"""The manager's dashboard: within the first page, and by itself to refresh it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from analytics.charts import Series, line_chart
from analytics.findings import link, sentence
from analytics.numbers import minutes, percentage
from analytics.selectors.channel_figures import brand_days
from analytics.selectors.insights import insights
from analytics.selectors.manager import Flow, ManagerDashboard, manager_dashboard
from analytics.selectors.period import Period
from analytics.selectors.tables import decisions_table, figures_table
from analytics.sheets import CSV_TYPE, XLSX_TYPE, csv_file, xlsx_file
from channels_app.admin.display import department_label, medium_icon_name
from channels_app.admin.index import first_page as overview_page
from channels_app.models import BusinessEntity
from channels_app.scoping import Ability, may, visible_entities

STATUS_TONES = {
    "healthy": "good", "warning": "warning", "critical": "bad", "overloaded": "warning", "down": "bad",
    "inactive": "neutral",
}  # fmt: skip
SOURCES_SHOWN = 12


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """`DASHBOARD_CALLBACK` of Unfold: what needs attention, and how the channels do."""
    context = overview_page(request, context)
    if may(request.user, Ability.VIEW):
        context |= {"dashboard": _context(request)}
    return context


def dashboard(request: HttpRequest) -> HttpResponse:
    """The figures alone, for the refresh; `?entity=` a brand's code, `?range=` a period."""
    if not may(request.user, Ability.VIEW):
        raise PermissionDenied
    return render(request, "analytics/figures.html", {"dashboard": _context(request)})


def findings(request: HttpRequest) -> HttpResponse:
    """What stands out in the period; apart, since it reads more than the figures do."""
    if not may(request.user, Ability.VIEW):
        raise PermissionDenied
    now = timezone.now()
    brands = _chosen(request)
    period = _period(request.GET.get("range", ""))
    _ids, firsts, lasts, _today = brand_days(brands, period, now)
    found = [
        (sentence(insight), link(insight, min(firsts), max(lasts)))
        for insight in (insights(brands, period, now) if brands else ())
    ]
    return render(request, "analytics/insights.html", {"findings": found})


def export(request: HttpRequest) -> HttpResponse:
    """The table behind the figures: `?what=` days, hours or decisions, `?format=` csv or xlsx."""
    if not may(request.user, Ability.VIEW):
        raise PermissionDenied
    what = request.GET.get("what", "days")
    brands = _chosen(request)
    period = _period(request.GET.get("range", ""))
    now = timezone.now()
    if what == "decisions":
        header, rows = decisions_table(brands, period, now)
    else:
        header, rows = figures_table(brands, period, now, hourly=what == "hours")
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    content = xlsx_file(what, header, rows) if kind == "xlsx" else csv_file(header, rows)
    answer = HttpResponse(content, content_type=XLSX_TYPE if kind == "xlsx" else CSV_TYPE)
    name = {"hours": "hours", "decisions": "decisions"}.get(what, "days")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{now:%Y-%m-%d}.{kind}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _chosen(request: HttpRequest) -> list[BusinessEntity]:
    """The brand asked for, or all of the user's when there is no such brand among them."""
    brands = list(visible_entities(request.user).filter(is_active=True).order_by("entity_name"))
    code = request.GET.get("entity", "")
    return [brand for brand in brands if brand.entity_code == code] or brands


@dataclass(frozen=True, slots=True)
class HeatCell:
    hour: int
    received: float
    share: float  # of the busiest hour
    title: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    weekday: str
    number: int  # as Django's week_day lookup has it: Sunday is 1
    cells: list[HeatCell]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    source: str
    icon: str
    cells: list[tuple[int, float]]  # (messages, share of the row)
    total: int


def _context(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    brands = list(visible_entities(request.user).filter(is_active=True).order_by("entity_name"))
    code = request.GET.get("entity", "")
    chosen = [brand for brand in brands if brand.entity_code == code] or brands
    period = _period(request.GET.get("range", ""))
    figures = manager_dashboard(chosen, period, now)
    return {
        "figures": figures,
        "brands": brands,
        "entity": chosen[0].entity_code if len(chosen) == 1 and code else "",
        "brand_filter": f"business_entity__id__exact={chosen[0].id}" if len(chosen) == 1 and code else "",
        "period": period,
        "periods": _periods(),
        "own_period": period.first is not None,
        "since": f"{figures.first:%Y-%m-%d}",
        "until": f"{figures.last:%Y-%m-%d}",
        "risk_since": now.isoformat(),
        "risk_until": (now + timedelta(minutes=30)).isoformat(),
        "oldest": None
        if figures.live.oldest_wait is None
        else (now - figures.live.oldest_wait).total_seconds() / 60,
        "now": now.astimezone(ZoneInfo(settings.TIME_ZONE)),
        "heat": _heat(figures),
        "hours": range(24),
        "compliance_chart": _compliance_chart(figures),
        "response_chart": _response_chart(figures),
        "departments": _departments(figures.flows),
        "matrix": _matrix(figures.flows),
        "channels": _channels(figures),
        "downloads": (("days", _("per day")), ("hours", _("per hour")), ("decisions", _("decisions"))),
    }


def _periods() -> list[tuple[str, str]]:
    return [("1d", _("Today")), ("7d", _("7 days")), ("30d", _("30 days")), ("90d", _("90 days"))]


def _period(text: str) -> Period:
    """The period asked for; what cannot be read is the usual week."""
    try:
        return Period.parse(text or "7d")
    except ValueError:
        return Period.parse("7d")


def _heat(figures: ManagerDashboard) -> list[HeatRow]:
    busiest = max(figures.heat.values(), default=0) or 1
    rows = []
    for weekday in range(7):
        name = str(WEEKDAYS_ABBR[weekday])
        cells = []
        for hour in range(24):
            received = figures.heat.get((weekday, hour), 0.0)
            title = _("%(day)s %(hour)02d:00 – %(count)s messages") % {
                "day": name, "hour": hour, "count": round(received, 1),
            }  # fmt: skip
            cells.append(HeatCell(hour, received, round(received / busiest, 3), title))
        rows.append(HeatRow(name, (weekday + 1) % 7 + 1, cells))
    return rows


def _compliance_chart(figures: ManagerDashboard) -> str:
    values = [day.compliance for day in figures.days]
    title = _("Answered in time")
    return line_chart(
        [day.date for day in figures.days],
        [Series(title, 1, values)],
        label=lambda share: percentage(share, 0),
        title=title,
        top=1,
    )


def _response_chart(figures: ManagerDashboard) -> str:
    names = (_("half within"), _("90% within"), _("95% within"))
    series = [
        Series(
            name,
            number + 1,
            [None if day.percentiles is None else day.percentiles[number] for day in figures.days],
        )
        for number, name in enumerate(names)
    ]
    return line_chart([day.date for day in figures.days], series, label=minutes, title=_("Response times"))


def _departments(flows: list[Flow]) -> list[tuple[str, str]]:
    """The columns of the matrix: (code, name), the busiest first; no department comes last."""
    totals: dict[str, int] = defaultdict(int)
    for flow in flows:
        totals[flow.department] += flow.messages
    codes = sorted(totals, key=lambda code: (code == "", -totals[code], code))
    return [(code, department_label(code) if code else _("nobody")) for code in codes]


def _matrix(flows: list[Flow]) -> list[MatrixRow]:
    columns = [code for code, _name in _departments(flows)]
    by_source: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for flow in flows:
        by_source[flow.source, flow.medium][flow.department] += flow.messages
    rows = []
    for (source, medium), cells in by_source.items():
        total = sum(cells.values())
        rows.append(
            MatrixRow(
                source or _("moved"),
                medium_icon_name(medium),
                [(cells[code], round(cells[code] / total, 3)) for code in columns],
                total,
            )
        )
    return sorted(rows, key=lambda row: -row.total)[:SOURCES_SHOWN]


def _channels(figures: ManagerDashboard) -> list[dict[str, Any]]:
    """The table's rows: every channel, the least healthy first."""
    rows = [
        {
            "entity": entity.entity,
            "figures": channel,
            "icon": medium_icon_name(channel.channel.channel_type),
            "tone": STATUS_TONES[channel.status],
            "status": _status_name(channel.status),
        }
        for entity in figures.entities
        for channel in entity.channels
    ]
    return sorted(rows, key=lambda row: (row["figures"].status == "inactive", row["figures"].health))


def _status_name(status: str) -> str:
    return {
        "healthy": _("healthy"),
        "warning": _("needs attention"),
        "critical": _("critical"),
        "overloaded": _("full"),
        "down": _("down"),
        "inactive": _("off"),
    }[status]
