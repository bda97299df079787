"""Channels that still work but will not for long: credentials that expire, a quality rating that drops.

Once a day every active channel of a medium that can say so is tried as the button "check" does; what the provider
answers opens incidents, and closes them when it is good again. Mailboxes watch their own credentials each time
they are read.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from pydantic import ValidationError

from channels_app.models import BusinessEntityChannel, Incident
from channels_app.providers.base import CheckReport
from channels_app.providers.registry import PROVIDERS
from channels_app.services.accounts import account_for
from channels_app.services.channel_check import channel_check
from channels_app.services.incidents import incident_open, incidents_close

EVERY = timedelta(days=1)
AT_A_TIME = 20
WARN_BEFORE_EXPIRY = timedelta(days=14)
DROPPED = frozenset({"YELLOW", "RED"})


def channels_watch(*, now: datetime) -> int:
    """Try the channels whose last check is a day old; how many were tried. Makes network calls."""
    media = [code for code, provider in PROVIDERS.items() if provider.capabilities.foresees_trouble]
    due = (
        BusinessEntityChannel.objects.filter(
            is_active=True, business_entity__is_active=True, channel_type__in=media
        )
        .filter(Q(last_checked_at__isnull=True) | Q(last_checked_at__lte=now - EVERY))
        .select_related("business_entity")
        .order_by("last_checked_at", "id")
    )
    tried = 0
    for channel in due[:AT_A_TIME]:
        try:
            account_for(channel)
        except ValidationError:  # not set up yet: its page says so, nothing can be asked
            BusinessEntityChannel.objects.filter(pk=channel.pk).update(last_checked_at=now)
            continue
        channel_judge(channel=channel, report=channel_check(channel=channel, now=now), now=now)
        tried += 1
    return tried


def channel_judge(*, channel: BusinessEntityChannel, report: CheckReport, now: datetime) -> None:
    """Open or close the incidents that follow from what a provider answered about a channel.

    An answer that says nothing about the one or the other changes nothing.
    """
    expires = report.data.get("token_expires_at")
    if isinstance(expires, str) and expires:
        at = datetime.fromisoformat(expires)
        if at - now <= WARN_BEFORE_EXPIRY:
            detail = _("The access token expires on %(date)s. Make a new one and enter it here.")
            _open(channel, Incident.Kind.CREDENTIALS, detail % {"date": date_format(at, "j F Y")}, now)
        else:
            incidents_close(kind=Incident.Kind.CREDENTIALS, channel_id=channel.pk, now=now)
    elif report.ok:
        incidents_close(kind=Incident.Kind.CREDENTIALS, channel_id=channel.pk, now=now)
    rating = report.data.get("quality_rating")
    if rating in DROPPED:
        detail = _(
            "Quality rating %(rating)s: customers block or report this number, and the provider will limit it."
        )
        _open(channel, Incident.Kind.QUALITY, detail % {"rating": rating}, now)
    elif rating == "GREEN":
        incidents_close(kind=Incident.Kind.QUALITY, channel_id=channel.pk, now=now)


def _open(channel: BusinessEntityChannel, kind: str, detail: str, now: datetime) -> None:
    incident_open(
        kind=kind, now=now, detail=detail, entity_id=channel.business_entity_id, channel_id=channel.pk
    )
