"""Trying a channel's settings for real, at the request of staff, and keeping what came of it."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.utils.translation import gettext as _
from pydantic import ValidationError

from channels_app.models import BusinessEntityChannel
from channels_app.providers.base import CheckItem, CheckReport, ProviderError
from channels_app.providers.registry import provider_for
from channels_app.services.accounts import account_for
from channels_app.services.outbox import channel_resume

logger = structlog.get_logger(__name__)


def channel_check(*, channel: BusinessEntityChannel, now: datetime) -> CheckReport:
    """Ask the provider whether the channel works, record the answer, and let a channel that works send again.

    Makes network calls, so call it outside a transaction. What goes wrong at the provider's side is an item
    of the report, in words for staff.
    """
    report = _report(channel)
    channel.last_check = {
        "ok": report.ok,
        "items": [{"label": item.label, "ok": item.ok, "detail": item.detail} for item in report.items],
        "data": dict(report.data),
    }
    channel.last_checked_at = now
    BusinessEntityChannel.objects.filter(pk=channel.pk).update(
        last_check=channel.last_check, last_checked_at=now
    )
    if report.ok and channel.suspended_at is not None:
        channel_resume(channel_id=channel.pk, now=now)
        channel.suspended_at, channel.suspended_reason = None, ""
    return report


def _report(channel: BusinessEntityChannel) -> CheckReport:
    provider = provider_for(channel.channel_type)
    try:
        account = account_for(channel)
    except ValidationError as error:
        return CheckReport(
            tuple(
                CheckItem(
                    provider.Config.model_fields[name].title or name
                    if (name := str(problem["loc"][0]) if problem["loc"] else "")
                    in provider.Config.model_fields
                    else _("Settings"),
                    ok=False,
                    detail=_("This setting is missing or wrong; correct it and save."),
                )
                for problem in error.errors(include_input=False)
            )
        )
    try:
        return provider.check(account)
    except ProviderError as error:
        return _failed(error.text)
    except OSError:  # also of TLS: the other side hung up in the middle
        logger.warning("channel_check_broken_off", channel=str(channel.pk), exc_info=True)
        return _failed(_("The connection broke off during the check. Try again in a moment."))
    except (
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ):  # an answer of a shape that no vendor documents
        logger.exception("channel_check_not_understood", channel=str(channel.pk))
        return _failed(
            _("The provider gave an answer that this software does not understand. Tell your administrator.")
        )


def _failed(detail: str) -> CheckReport:
    return CheckReport((CheckItem(_("Connection"), ok=False, detail=detail),))
