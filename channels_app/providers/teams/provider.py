"""The Teams medium: it tells teams, and receives nothing.

A 2xx means that the workflow took the card, not that anybody saw it. Workflows answer 202 at once; some
tell of a throttled or refused post in the text of a 200.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from channels_app.providers import http
from channels_app.providers.address_guard import allow_list
from channels_app.providers.base import (
    Account,
    Capabilities,
    CheckItem,
    CheckReport,
    Notification,
    Provider,
    ProviderError,
    RateLimits,
    SendReceipt,
)
from channels_app.providers.teams.card import envelope
from channels_app.providers.teams.config import (
    TeamsConfig,
    config_of,
    is_signed,
    is_workflow_url,
    url_problem,
)

THROTTLED = 429
THROTTLE_WAIT = timedelta(seconds=10)  # when Teams does not say how long
_ERROR_IN_TEXT = re.compile(r"HTTP error (\d{3})|\b(429)\b")


class TeamsProvider(Provider):
    code = "teams"
    label = "Microsoft Teams"
    icon = "groups"
    capabilities = Capabilities(notifies=True, limits=RateLimits(account_per_second=4))
    Config = TeamsConfig

    def notify(self, notification: Notification, account: Account) -> SendReceipt:
        url = config_of(account).webhook_url
        address = url.get_secret_value()
        if not address:
            # Suspended rather than failed: staff see a banner, and the card goes out once it is set up.
            raise ProviderError(_not_configured(account), code="not_configured", suspends_channel=True)
        if problem := url_problem(address):
            raise ProviderError(problem, code="url", permanent=True)
        answer = http.request(
            "POST",
            url,
            content=envelope(notification, account.language),
            headers={"Content-Type": "application/json"},
        )
        status = _status(answer)
        if not 200 <= status < 300:
            raise _error(status, answer)
        return SendReceipt(external_id="")

    def quiet_until(self, account: Account, moment: datetime) -> datetime | None:
        return config_of(account).quiet_until(moment)

    def check(self, account: Account, *, test_card: Notification | None = None) -> CheckReport:
        """Judge the address; a card is posted only when one is given."""
        url = config_of(account).webhook_url.get_secret_value()
        items = _address_items(url, account)
        if test_card is not None and all(item.ok for item in items):
            items = (*items, self._posted(test_card, account))
        return CheckReport(items)

    def _posted(self, test_card: Notification, account: Account) -> CheckItem:
        label = _("Test card")
        try:
            self.notify(test_card, account)
        except ProviderError as error:
            return CheckItem(label, ok=False, detail=error.text)
        return CheckItem(
            label, ok=True, detail=_("Taken by the workflow; look in Teams whether it is there.")
        )


def _not_configured(account: Account) -> str:
    return _(
        "Teams channel not configured: %(entity)s.%(channel)s. Make a workflow in Teams (the channel's menu, "
        "Workflows, 'Post to a channel when a webhook request is received') and paste its address in the "
        "settings of this channel."
    ) % {"entity": account.entity_code, "channel": account.display_name or account.address}


def _address_items(url: str, account: Account) -> tuple[CheckItem, ...]:
    label = _("Workflow address")
    if not url:
        return (CheckItem(label, ok=False, detail=_not_configured(account)),)
    if problem := url_problem(url):
        return (CheckItem(label, ok=False, detail=problem),)
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        http.checked_socket_address(host, port)
    except ProviderError as error:
        return (CheckItem(label, ok=False, detail=error.text),)
    except ValueError:
        return (CheckItem(label, ok=False, detail=_("The port in the address is not a number.")),)
    if not is_workflow_url(url):
        detail = _("%(host)s is not a Microsoft Workflows address.") % {"host": host}
        return (CheckItem(label, ok=allow_list().names(host, port), detail=detail),)
    signed = is_signed(url)
    detail = "" if signed else _("The end of the address is missing (sig=...). Copy it again, whole.")
    return (
        CheckItem(label, ok=True, detail=host),
        CheckItem(_("Signature in the address"), ok=signed, detail=detail),
    )


def _status(answer: http.Response) -> int:
    """The HTTP status, or the one that the text of a 2xx tells of."""
    if not answer.ok:
        return answer.status
    found = _ERROR_IN_TEXT.search(answer.body[:2000].decode("utf-8", "replace"))
    return int(found[1] or found[2]) if found else answer.status


def _error(status: int, answer: http.Response) -> ProviderError:
    if status == THROTTLED:
        return ProviderError(
            _("Teams is receiving too many cards; the rest waits."),
            code="429",
            retry_after=answer.retry_after() or THROTTLE_WAIT,
        )
    if status in (401, 403, 404, 410):
        return ProviderError(
            _(
                "The workflow does not accept our cards (HTTP %(status)d): it was removed, switched off or its "
                "owner left. Make a new one and paste its address."
            )
            % {"status": status},
            code=str(status),
            suspends_channel=True,
        )
    if status in (408, 425) or status >= 500:
        return ProviderError(
            _("The workflow failed for a moment (HTTP %(status)d).") % {"status": status},
            code=str(status),
            retry_after=answer.retry_after(),
        )
    return ProviderError(
        _("The workflow refuses this card (HTTP %(status)d).") % {"status": status},
        code=str(status),
        permanent=True,
    )
