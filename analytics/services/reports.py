"""Reports by mail: a week or a month of one brand, beside the one before, with the table attached."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from pydantic import ValidationError

from analytics import numbers
from analytics.models import ReportDelivery, ReportSchedule
from analytics.selectors.manager import ManagerDashboard, manager_dashboard
from analytics.selectors.period import Period
from analytics.selectors.tables import figures_table
from channels_app.models import BusinessEntity
from channels_app.models.base import new_id
from channels_app.providers.base import Identifier, OutboundAttachment, OutboundMessage, Party, ProviderError
from channels_app.providers.registry import provider_for
from channels_app.services.accounts import account_for
from channels_app.sheets import CSV_TYPE, XLSX_TYPE, csv_file, xlsx_file

logger = structlog.get_logger(__name__)

# Late data has then been counted, and people find it when they begin.
SENT_FROM_HOUR = 6


@dataclass(frozen=True, slots=True)
class Report:
    """A report ready to send; `file` is its attachment."""

    subject: str
    text: str
    html: str
    file_name: str
    file_type: str
    file: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, now and in the period before, in words; `better` is None where neither is."""

    name: str
    value: str
    before: str
    better: bool | None


def finished_period(frequency: str, today: date) -> tuple[date, date]:
    """The last whole week (Monday to Sunday) or calendar month before this day."""
    if frequency == ReportSchedule.Frequency.MONTHLY:
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    last = today - timedelta(days=today.isoweekday())
    return last - timedelta(days=6), last


def reports_send_due(*, now: datetime) -> int:
    """Send what is due and has not been sent; how many mails went out. May run at any time, any number of times."""
    sent = 0
    schedules = ReportSchedule.objects.filter(is_active=True, business_entity__is_active=True)
    for schedule in schedules.select_related("business_entity", "channel__business_entity"):
        local = now.astimezone(ZoneInfo(schedule.business_entity.timezone))
        if local.hour >= SENT_FROM_HOUR:
            sent += _send(schedule, local.date(), now)
    return sent


def _send(schedule: ReportSchedule, today: date, now: datetime) -> int:
    first, last = finished_period(schedule.frequency, today)
    done = set(schedule.deliveries.filter(last_day=last).values_list("recipient", flat=True))
    waiting = [recipient for recipient in schedule.recipients if recipient not in done]
    if not waiting or schedule.business_entity.shadow_mode or schedule.business_entity.outgoing_stopped:
        return 0
    report = report_build(schedule.business_entity, first, last, now, attachment=schedule.attachment)
    return sum(_send_one(schedule, last, recipient, report) for recipient in waiting)


def _send_one(schedule: ReportSchedule, last: date, recipient: str, report: Report) -> bool:
    """Write it down, then send it. A failure that surely sent nothing is forgotten, so that it is tried again."""
    delivery, fresh = ReportDelivery.objects.get_or_create(
        schedule=schedule, last_day=last, recipient=recipient
    )
    if not fresh:
        return False
    error = ""
    try:
        provider = provider_for(schedule.channel.channel_type)
        provider.send(_message(schedule, recipient, report), account_for(schedule.channel))
    except ProviderError as failure:
        error = failure.text
        if not (failure.ambiguous or failure.permanent):
            delivery.delete()
    except ValidationError:
        error = _("The mailbox's settings are incomplete.")
        delivery.delete()
    if error:
        logger.warning("report_not_sent", schedule=str(schedule.id))
    ReportSchedule.objects.filter(id=schedule.id).update(last_error=error[:300])
    return not error


def _message(schedule: ReportSchedule, recipient: str, report: Report) -> OutboundMessage:
    return OutboundMessage(
        message_id=new_id(),
        recipient=Party(identifiers=(Identifier.of(recipient),)),
        subject=report.subject,
        body=report.text,
        html=report.html,
        attachments=(
            OutboundAttachment(
                name=report.file_name,
                content_type=report.file_type,
                size=len(report.file),
                open=lambda: io.BytesIO(report.file),
            ),
        ),
        automated=True,
        sender_name=schedule.business_entity.entity_name,
        sender_address=schedule.channel.channel_address,
    )


def report_build(
    entity: BusinessEntity, first: date, last: date, now: datetime, *, attachment: str = "xlsx"
) -> Report:
    """The report of these days, in the brand's language."""
    period = _period(first, last)
    length = timedelta(days=period.days)
    figures = manager_dashboard([entity], period, now)
    before = manager_dashboard([entity], _period(first - length, last - length), now)
    header, rows = figures_table([entity], period, now, hourly=False)
    with translation.override(entity.default_language):
        title = _("%(brand)s: %(first)s to %(last)s") % {
            "brand": entity.entity_name,
            "first": date_format(first, _first_day_format(first, last)),
            "last": date_format(last, "j F Y"),
        }
        context = {
            "entity": entity,
            "title": title,
            "lines": _lines(figures, before),
            "channels": [c for e in figures.entities for c in e.channels if c.channel.is_active],
            "url": f"{settings.PUBLIC_BASE_URL.rstrip('/')}/admin/?"
            + urlencode({"entity": entity.entity_code, "range": period.text}),
        }
        return Report(
            subject=title,
            text=render_to_string("analytics/report.txt", context),
            html=render_to_string("analytics/report.html", context),
            file_name=f"{entity.entity_code}-{first}-{last}.{attachment}",
            file_type=XLSX_TYPE if attachment == "xlsx" else CSV_TYPE,
            file=xlsx_file(entity.entity_code, header, rows)
            if attachment == "xlsx"
            else csv_file(header, rows),
        )


def _first_day_format(first: date, last: date) -> str:
    """Without what the last day says again: "1 to 7 June 2026"."""
    if first.year != last.year:
        return "j F Y"
    return "j F" if first.month != last.month else "j"


def _period(first: date, last: date) -> Period:
    return Period(f"{first}..{last}", (last - first).days + 1, first)


def _lines(now: ManagerDashboard, before: ManagerDashboard) -> list[Line]:
    def line(
        name: str, value: float | None, old: float | None, words: object, *, higher: bool | None
    ) -> Line:
        say = words if callable(words) else str
        better = (
            None
            if value is None or old is None or value == old or higher is None
            else (value > old) is higher
        )
        return Line(
            name,
            numbers.NOTHING if value is None else str(say(value)),
            numbers.NOTHING if old is None else str(say(old)),
            better,
        )

    def median(figures: ManagerDashboard) -> float | None:
        return figures.percentiles[0] if figures.percentiles else None

    return [
        line(_("Messages received"), now.received, before.received, numbers.whole, higher=None),
        line(_("Messages sent"), now.sent, before.sent, numbers.whole, higher=None),
        line(_("Answered in time"), now.compliance, before.compliance, numbers.percentage, higher=True),
        line(_("Median response"), median(now), median(before), numbers.minutes, higher=False),
        line(_("Moved by hand"), now.override_rate, before.override_rate, numbers.percentage, higher=False),
        line(
            _("Automatic answers"),
            now.automatic_share,
            before.automatic_share,
            numbers.percentage,
            higher=None,
        ),
        line(
            _("Customer rating"),
            now.satisfaction,
            before.satisfaction,
            lambda v: numbers.decimal(v, 2),
            higher=True,
        ),
    ]
