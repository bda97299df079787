"""A proposed moment as a file for one's own calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from channels_app.models import CommunicationMessage, CommunicationThread
from routing.inbox.conversation import thread_of
from routing.selectors.moments import SuggestedMoment, moments_of, shows_moments


@require_GET
def moment_file(request: HttpRequest, thread_id: UUID, message_id: UUID, position: int) -> HttpResponse:
    """An .ics file with one event. Raises Http404 for what the conversation does not show."""
    thread = thread_of(request, thread_id)
    message = get_object_or_404(CommunicationMessage, pk=message_id, thread=thread)
    moments = moments_of(message, ZoneInfo(thread.business_entity.timezone)) if shows_moments(thread) else ()
    if position >= len(moments):
        raise Http404
    response = HttpResponse(
        calendar_file(thread, moments[position], now=timezone.now()),
        content_type="text/calendar; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="{thread.reference_number}.ics"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def calendar_file(thread: CommunicationThread, moment: SuggestedMoment, *, now: datetime) -> bytes:
    """Times stand in UTC, which every calendar reads without being told the zone's rules."""
    from icalendar import Calendar, Event  # builds a table of zones for 0.1 s, for a file few ask for

    event = Event()
    event.add("uid", moment.uid or f"{moment.message_id}-{moment.position}@chargecars")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", _written(moment.starts))
    event.add("dtend", _written(moment.ends))
    title = moment.words if moment.uid else _("Appointment with %(name)s") % {"name": thread.contact}
    event.add("summary", f"{title} ({thread.reference_number})")
    event.add("description", moment.words)
    if moment.location:
        event.add("location", moment.location)
    calendar = Calendar()
    calendar.add("prodid", "-//ChargeCars//Customer communication//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _written(moment: datetime | date) -> datetime | date:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment
