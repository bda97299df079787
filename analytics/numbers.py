"""Figures as people read them, in the notation of the page's language."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

NOTHING = "–"


def whole(value: float) -> str:
    """1.234 in Dutch, 1,234 in English."""
    return str(number_format(round(value), use_l10n=True, force_grouping=True))


def decimal(value: float, places: int = 1) -> str:
    return str(number_format(f"{value:.{places}f}", decimal_pos=places, use_l10n=True, force_grouping=True))


def percentage(share: float | None, places: int = 1) -> str:
    """93,4%; a dash where there is nothing to divide."""
    return NOTHING if share is None else f"{decimal(share * 100, places)}%"


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
