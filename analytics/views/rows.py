"""The conversations behind a number: where every figure of the dashboard leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from analytics.numbers import decimal, minutes
from analytics.selectors.behind import Figure, Narrowing, figures, rows_behind
from analytics.selectors.period import Period
from analytics.views.asked import Asked, asked, narrowing_of
from channels_app.admin.display import department_label
from channels_app.models import BusinessEntityChannel, CommunicationMessage, CommunicationThread
from channels_app.scoping import scope
from routing.models import ConversationRating, MessageRoutingLog, SlaTimer

ROWS_PER_PAGE = 50
PREVIEW = 120


@dataclass(frozen=True, slots=True)
class Row:
    """One of the things that were counted, and the conversation it belongs to."""

    thread: CommunicationThread
    at: datetime | None  # on the brand's clock
    what: str


def rows_address(entity: str, period: Period) -> str:
    """The page for these brands and this period; the figure and what narrows it are appended."""
    return f"{reverse('figure-rows')}?{urlencode({'entity': entity, 'range': period.text})}"


def rows(request: HttpRequest) -> HttpResponse:
    """`?figure=` what was counted; `entity`, `range` and the narrowing as on the dashboard."""
    given, now = asked(request), timezone.now()
    name = request.GET.get("figure", "")
    figure = figures(now).get(name)
    narrowing = narrowing_of(request.GET)
    if figure is None or (narrowing.of_decisions and figure.model is not MessageRoutingLog):
        raise Http404
    found = rows_behind(figure, given.chosen, given.period, narrowing, request.user, now)
    page = Paginator(_with_threads(found, figure), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    onward = request.GET.copy()
    onward.pop("page", None)
    context = {
        **admin.site.each_context(request),
        "title": figure_name(name),
        "count": page.paginator.count,
        "about": _about(given, figure, narrowing, now, request.user),
        "page": page,
        "rows": [_row(item, figure) for item in page],
        "onward": onward.urlencode(),
        "back": f"{reverse('admin:index')}?{urlencode({'entity': given.code, 'range': given.period.text})}",
        "many_brands": len(given.chosen) > 1,
    }
    return TemplateResponse(request, "analytics/rows.html", context)


def figure_name(name: str) -> str:
    """A figure in words, as the title of its page."""
    return {
        "received": _("Messages received"),
        "sent": _("Messages sent"),
        "traffic": _("Messages received and sent"),
        "automatic": _("Automatic answers"),
        "failed": _("Messages that could not be sent"),
        "answered": _("Answers of people"),
        "in_time": _("Answered in time"),
        "too_late": _("Promises broken"),
        "started": _("Conversations begun"),
        "resolved": _("Conversations resolved"),
        "rated": _("Ratings by customers"),
        "decisions": _("Decisions of the routing"),
        "unsure": _("Decisions without much to go by"),
        "moves": _("Moved by hand"),
        "misled": _("Led to the wrong department"),
        "open": _("Open conversations"),
        "waiting": _("Customers who wait for an answer"),
        "overdue": _("Too late now"),
        "at_risk": _("At risk within 30 minutes"),
        "backlog": _("Not answered yet"),
    }[name]


def _with_threads(found: Any, figure: Figure) -> Any:
    path = f"{figure.thread}__" if figure.thread else ""
    return found.select_related(
        *([figure.thread] if figure.thread else []),
        f"{path}contact",
        f"{path}business_entity",
        f"{path}channel",
    )


def _about(given: Asked, figure: Figure, narrowing: Narrowing, now: datetime, user: Any) -> list[str]:
    """What the figure was narrowed to, in words."""
    words = [given.chosen[0].entity_name if given.code else _("All my brands")]
    for channel_id in filter(None, (narrowing.channel, narrowing.source)):
        channel = scope(BusinessEntityChannel.objects.filter(pk=channel_id), user).first()
        words.append(channel.channel_name if channel else _("unknown channel"))
    if narrowing.department is not None:
        words.append(
            _("to %(department)s")
            % {"department": department_label(narrowing.department) if narrowing.department else _("nobody")}
        )
    if narrowing.origin is not None:
        words.append(_("away from %(department)s") % {"department": department_label(narrowing.origin)})
    if narrowing.keyword is not None:
        words.append(f"“{narrowing.keyword}”")
    if not figure.moment:
        return [*words, _("at this moment")]
    if narrowing.day is not None:
        words.append(date_format(narrowing.day, "l j F Y"))
    elif given.chosen:
        first, last = given.period.dates(ZoneInfo(given.chosen[0].timezone), now)
        words.append(
            date_format(first, "j F Y")
            if first == last
            else _("%(first)s to %(last)s")
            % {"first": date_format(first, "j F Y"), "last": date_format(last, "j F Y")}
        )
    if narrowing.weekday is not None and narrowing.hour is not None:
        words.append(f"{WEEKDAYS[narrowing.weekday]} {narrowing.hour:02d}:00–{narrowing.hour + 1:02d}:00")
    return words


def _row(item: Any, figure: Figure) -> Row:
    thread: CommunicationThread = getattr(item, figure.thread) if figure.thread else item
    at = getattr(item, figure.moment or "last_message_at")
    zone = ZoneInfo(thread.business_entity.timezone)
    return Row(thread, at.astimezone(zone) if at else None, _what(item))


def _what(item: Any) -> str:
    if isinstance(item, CommunicationMessage):
        text = item.new_text or item.body or item.subject or item.get_state_display()
        return " ".join(text.split())[:PREVIEW]
    if isinstance(item, SlaTimer):
        if item.elapsed_minutes is None:
            return _("not answered yet")
        return _("answered after %(time)s") % {"time": minutes(float(item.elapsed_minutes))}
    if isinstance(item, ConversationRating):
        return f"{decimal(item.score, 0)} / 5 {item.comment[:PREVIEW]}".strip()
    if isinstance(item, MessageRoutingLog):
        return item.override_reason[:PREVIEW] or item.routing_reason
    return str(item.subject or item.get_status_display())
