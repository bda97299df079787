"""Calendar invitations inside mail (iTIP over mail, RFC 5546): what staff and routing want to know of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from channels_app.providers.email.charsets import clean_text

MAX_SIZE = 1_000_000


def read_invitation(data: bytes, method: str = "") -> dict[str, Any] | None:
    """The first event of a calendar file, None when there is none or it cannot be read.

    method: from the Content-Type field, where the file itself names none. Times are ISO 8601, with the
    offset where the file gives a zone; "start" of an all-day event is a date.
    """
    if len(data) > MAX_SIZE:
        return None
    from icalendar import Calendar  # builds a table of zones for 0.1 s, and few mails carry an invitation

    try:
        calendar = Calendar.from_ical(data)
        event = next(iter(calendar.walk("VEVENT")), None)
        if event is None:
            return None
        return {
            "method": (_text(calendar.get("METHOD")) or method).upper(),
            "uid": _text(event.get("UID")),
            "summary": _text(event.get("SUMMARY")),
            "start": _moment(event, "DTSTART"),
            "end": _moment(event, "DTEND"),
            "location": _text(event.get("LOCATION")),
            "organizer": _text(event.get("ORGANIZER")).removeprefix("mailto:").removeprefix("MAILTO:"),
            "status": _text(event.get("STATUS")).upper(),
            "sequence": _text(event.get("SEQUENCE")),
        }
    except Exception:  # noqa: BLE001  the library raises whatever its input makes it raise
        return None


def _text(value: object) -> str:
    return clean_text(str(value)).strip()[:1_000] if value is not None else ""


def _moment(event: Any, name: str) -> str:
    moment = getattr(event.get(name), "dt", None)
    return moment.isoformat() if isinstance(moment, (date, datetime)) else ""
