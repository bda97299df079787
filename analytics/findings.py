"""Findings as sentences with a link to the conversations behind them."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analytics.numbers import percentage, whole
from analytics.selectors.insights import Insight
from analytics.selectors.period import Period
from channels_app.schemas import department_name


def sentence(insight: Insight) -> str:
    """The finding in words, with its numbers."""
    numbers = {
        "part": whole(insight.part),
        "whole": whole(insight.whole),
        "share": percentage(insight.part / insight.whole, 0) if insight.whole else "",
        "subject": insight.subject,
    }
    if insight.kind == "sla_hour":
        numbers |= {"day": str(WEEKDAYS[insight.weekday]), "hour": f"{insight.hour:02d}:00"}
        return _("%(day)s at %(hour)s: %(part)s of %(whole)s promises broken (%(share)s).") % numbers
    if insight.kind == "moves":
        numbers["subject"] = department_name(insight.subject, "nl" if get_language() == "nl" else "en")
        return _("%(subject)s: %(part)s of %(whole)s messages were moved by hand (%(share)s).") % numbers
    if insight.kind == "keyword":
        return (
            _("The keyword “%(subject)s” led %(part)s of %(whole)s conversations to the wrong department.")
            % numbers
        )
    numbers["day"] = date_format(date.fromisoformat(insight.subject), "l j F")
    if insight.part > insight.whole:
        return _("%(day)s was unusually busy: %(part)s messages, usually %(whole)s.") % numbers
    return _("%(day)s was unusually quiet: %(part)s messages, usually %(whole)s.") % numbers


def link(insight: Insight, entity: str, period: Period) -> str:
    """The conversations that the finding was counted from."""
    wanted: dict[str, dict[str, Any]] = {
        "sla_hour": {"figure": "too_late", "weekday": insight.weekday, "hour": insight.hour},
        "moves": {"figure": "moves", "origin": insight.subject},
        "keyword": {"figure": "misled", "keyword": insight.subject},
        "volume": {"figure": "received", "day": insight.subject},
    }
    asked = {"entity": entity, "range": period.text, **wanted[insight.kind]}
    return f"{reverse('figure-rows')}?{urlencode(asked)}"
