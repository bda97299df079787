"""Filling in templates that staff write: plain placeholders, nothing that can run.

`{{ name }}` is replaced when `name` is one of VARIABLES. Anything else that looks like template language
(tags, filters, attributes) is refused when a template is saved, and stays as it is when rendered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from html import escape

from babel.dates import format_datetime
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

VARIABLES: dict[str, object] = {
    "customer_name": _("the customer's name"),
    "entity_name": _("the brand's name"),
    "channel_name": _("the department's channel, e.g. Customer Support"),
    "expected_response_time": _("promised time to an answer, e.g. 2 hours"),
    "business_hours": _("opening hours in words"),
    "emergency_contact": _("address or number of the emergency desk"),
    "department": _("the department"),
    "escalation_info": _("what to do when it takes too long"),
    "current_time": _("now, in the brand's time zone"),
    "reference_number": _("number of the conversation"),
    "signature": _("the channel's signature"),
    "agent_name": _("who answers"),
    "rating_link": _("address at which the customer rates the conversation"),
    "next_opening": _("when the department opens again"),
}

_PLACEHOLDER = re.compile(r"\{\{ *([a-z_]+) *\}\}")
_WITH_SPACE = re.compile(r"( ?)\{\{ *([a-z_]+) *\}\}")
_TEMPLATE_LANGUAGE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_BLANK_LINES = re.compile(r"\n{3,}")

_DURATIONS = {
    "nl": (("minuut", "minuten"), ("uur", "uur"), ("dag", "dagen"), " en "),
    "en": (("minute", "minutes"), ("hour", "hours"), ("day", "days"), " and "),
    "de": (("Minute", "Minuten"), ("Stunde", "Stunden"), ("Tag", "Tage"), " und "),
    "fr": (("minute", "minutes"), ("heure", "heures"), ("jour", "jours"), " et "),
}


def validate_placeholders(text: str) -> None:
    """Raise ValidationError, naming the culprit, for anything but a known placeholder."""
    for found in _TEMPLATE_LANGUAGE.findall(text):
        placeholder = _PLACEHOLDER.fullmatch(found)
        if placeholder is None or placeholder[1] not in VARIABLES:
            raise ValidationError(
                _("“%(found)s” is not a placeholder. Use one of: %(known)s."),
                params={"found": found, "known": ", ".join(VARIABLES)},
            )


def render(text: str, variables: Mapping[str, str]) -> str:
    """The text with its placeholders filled in; a known one without a value goes, with the space before it."""

    def fill(match: re.Match[str]) -> str:
        space, name = match.groups()
        if name not in VARIABLES:
            return match[0]
        value = variables.get(name, "")
        return f"{space}{value}" if value else ""

    return _BLANK_LINES.sub("\n\n", _WITH_SPACE.sub(fill, text)).strip()


def render_html(html: str, variables: Mapping[str, str]) -> str:
    """The same for HTML: values are escaped, their line breaks kept."""
    safe = {name: escape(value).replace("\n", "<br>") for name, value in variables.items()}
    return render(html, safe)


def duration_in_words(minutes: int, language: str) -> str:
    """ "45 minuten", "1 uur en 30 minuten", "2 dagen": at most two units."""
    (minute, minutes_), (hour, hours_), (day, days_), joint = _DURATIONS.get(language, _DURATIONS["en"])
    days, rest = divmod(minutes, 24 * 60)
    hours, mins = divmod(rest, 60)
    parts = [
        f"{count} {one if count == 1 else many}"
        for count, one, many in ((days, day, days_), (hours, hour, hours_), (mins, minute, minutes_))
        if count
    ]
    return joint.join(parts[:2]) or f"0 {minutes_}"


def moment_in_words(at: datetime, language: str) -> str:
    """A local date and time, e.g. "zondag 22 november 2026 om 14:05" in Dutch."""
    return _minute_in_words(at.replace(second=0, microsecond=0), language)


@lru_cache(maxsize=256)
def _minute_in_words(at: datetime, language: str) -> str:
    patterns = {
        "nl": "EEEE d MMMM y 'om' HH:mm",
        "de": "EEEE, d. MMMM y 'um' HH:mm",
        "fr": "EEEE d MMMM y 'à' HH:mm",
    }
    return format_datetime(at, patterns.get(language, "EEEE d MMMM y 'at' HH:mm"), locale=language)
