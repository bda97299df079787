"""Do the settings of a phone channel work? In words for staff."""

from __future__ import annotations

from django.utils.translation import gettext as _

from channels_app.providers.base import CheckItem, CheckReport
from channels_app.providers.twilio import TwilioApi
from channels_app.providers.twilio_check import account_check, number_check, text_field, webhook_check


def check_twilio(api: TwilioApi, address: str, webhook_url: str) -> CheckReport:
    """Sign in, look the number up, and see where its call events go."""
    account_item = account_check(api)
    if not account_item.ok:
        return CheckReport((account_item,))
    number, item = number_check(api, address, capability="voice")
    if number is None:
        return CheckReport((account_item, item))
    events = webhook_check(_("Call events"), text_field(number, "status_callback"), webhook_url)
    if text_field(number, "voice_url").partition("?")[0].rstrip("/") == webhook_url.rstrip("/"):
        detail = _(
            "The number answers calls with our webhook, which has no instructions for Twilio: it hangs up on "
            "every caller. Use it as the status callback only."
        )
        return CheckReport((account_item, item, events, CheckItem(_("Answering"), ok=False, detail=detail)))
    return CheckReport((account_item, item, events))


def check_event_vendor(vendor: str, webhook_url: str, *, has_secret: bool = True) -> CheckReport:
    """These vendors have nothing to ask, so staff are told what to compare."""
    secret = CheckItem(
        _("Signature"),
        ok=has_secret,
        detail="" if has_secret else _("Fill in the shared secret, or every call event is refused."),
    )
    detail = _("Let %(vendor)s send its call events to %(url)s.") % {"vendor": vendor, "url": webhook_url}
    return CheckReport((secret, CheckItem(_("Call events"), ok=True, detail=detail)))
