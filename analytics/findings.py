"""Findings as sentences with a link to the rows behind them."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from analytics.numbers import percentage, whole
from analytics.selectors.insights import Insight


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


def link(insight: Insight, first: date, last: date) -> str:
    """The list of the rows that the finding was counted from."""
    created = {"created_at__date__gte": first.isoformat(), "created_at__date__lte": last.isoformat()}
    if insight.kind == "sla_hour":
        page = "routing_slatimer"
        wanted = {
            "breached_at__date__gte": first.isoformat(),
            "breached_at__date__lte": last.isoformat(),
            "breached_at__week_day": str((insight.weekday + 1) % 7 + 1),
            "breached_at__hour": str(insight.hour),
        }
    elif insight.kind == "moves":
        page = "routing_messageroutinglog"
        wanted = created | {"manual_override__exact": "1", "source_channel__id__exact": insight.channel_id}
    elif insight.kind == "keyword":
        page = "routing_messageroutinglog"
        wanted = created | {"manual_override__exact": "1"}
    else:
        page = "channels_app_communicationthread"
        wanted = {"created_at__date": insight.subject}
    return f"{reverse(f'admin:{page}_changelist')}?{urlencode(wanted)}"
