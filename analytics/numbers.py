"""Figures as people read them, in the notation of the page's language.

A dashboard shows a thousand of them, so the notation is looked up once per language, and what is made of
digits and signs only needs no escaping.
"""

from __future__ import annotations

from functools import cache

from django.utils.formats import get_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NOTHING = "–"


@cache
def _notation(language: str | None) -> dict[int, str]:
    """What the comma and the point of Python's notation become."""
    thousands = str(get_format("THOUSAND_SEPARATOR", language))
    point = str(get_format("DECIMAL_SEPARATOR", language))
    return str.maketrans({",": thousands, ".": point})


def whole(value: float) -> SafeString:
    """1.234 in Dutch, 1,234 in English."""
    return mark_safe(f"{round(value):,}".translate(_notation(get_language())))  # noqa: S308 digits only


def decimal(value: float, places: int = 1) -> SafeString:
    return mark_safe(f"{value:,.{places}f}".translate(_notation(get_language())))  # noqa: S308 digits only


def percentage(share: float | None, places: int = 1) -> SafeString:
    """93,4%; a dash where there is nothing to divide."""
    text = NOTHING if share is None else f"{decimal(share * 100, places)}%"
    return mark_safe(text)  # noqa: S308 digits only


def minutes(value: float | None) -> str:
    """Minutes in the unit in which one thinks of them: 12 min, 3 u 05, 2,5 dagen."""
    if value is None:
        return NOTHING
    if value < 100:
        return _("%(number)s min") % {"number": decimal(value, 1 if 0 < value < 10 else 0)}
    if value < 48 * 60:
        hours, rest = divmod(round(value), 60)
        return _("%(hours)s h %(minutes)02d") % {"hours": whole(hours), "minutes": rest}
    return _("%(number)s days") % {"number": decimal(value / 1440)}
