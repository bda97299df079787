"""Do the settings of an SMS channel work? In words for staff."""

from __future__ import annotations

from django.utils.translation import gettext as _

from channels_app.providers.base import CheckItem, CheckReport
from channels_app.providers.twilio import TwilioApi
from channels_app.providers.twilio_check import account_check, number_check, text_field, webhook_check


def check_twilio(api: TwilioApi, address: str, webhook_url: str, messaging_service_sid: str) -> CheckReport:
    """Sign in, look the number up, and see where its messages go."""
    account_item = account_check(api)
    if not account_item.ok:
        return CheckReport((account_item,))
    number, item = number_check(api, address, capability="sms")
    if number is None:
        return CheckReport((account_item, item))
    if messaging_service_sid:
        webhook = CheckItem(
            _("Incoming messages"),
            ok=True,
            detail=_("A messaging service decides where they go: set it to %(url)s.") % {"url": webhook_url},
        )
    else:
        webhook = webhook_check(_("Incoming messages"), text_field(number, "sms_url"), webhook_url)
    return CheckReport((account_item, item, webhook))


def check_messagebird(has_signing_key: bool, webhook_url: str) -> CheckReport:
    """Nothing can be asked of MessageBird without an access key, so staff are told what to compare."""
    key = CheckItem(
        _("Signing key"),
        ok=has_signing_key,
        detail=""
        if has_signing_key
        else _("Fill in the signing key, or every call of MessageBird is refused."),
    )
    url = CheckItem(
        _("Incoming messages"), ok=True, detail=_("Let MessageBird call %(url)s.") % {"url": webhook_url}
    )
    return CheckReport((key, url))
