"""What staff want to know of a Twilio account and number, for every medium that uses them."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from channels_app.providers.base import JSON, CheckItem, ProviderError
from channels_app.providers.telephone import e164
from channels_app.providers.twilio import TwilioApi, explain


def account_check(api: TwilioApi) -> CheckItem:
    """Whether Twilio accepts the account SID and token, and the account is active."""
    label = _("Twilio account")
    try:
        answer = api.get(".json")
    except ProviderError as error:
        return CheckItem(label, ok=False, detail=explain(error))
    status = text_field(answer, "status")
    if status != "active":
        return CheckItem(
            label, ok=False, detail=_("The account is %(status)s at Twilio.") % {"status": status or "?"}
        )
    return CheckItem(label, ok=True, detail=text_field(answer, "friendly_name"))


def number_check(
    api: TwilioApi, address: str, *, capability: str
) -> tuple[Mapping[str, JSON] | None, CheckItem]:
    """The number's record at Twilio when it is ours, and whether it can do what the channel needs."""
    label = _("Telephone number")
    number = e164(address)
    if not number:
        detail = _("%(address)s is not a telephone number; write it as +31612345678.") % {"address": address}
        return None, CheckItem(label, ok=False, detail=detail)
    try:
        answer = api.get("/IncomingPhoneNumbers.json", PhoneNumber=number)
    except ProviderError as error:
        return None, CheckItem(label, ok=False, detail=explain(error))
    found = answer.get("incoming_phone_numbers") if isinstance(answer, dict) else None
    record = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else None
    if record is None:
        detail = _("%(number)s does not belong to this Twilio account.") % {"number": number}
        return None, CheckItem(label, ok=False, detail=detail)
    capabilities = record.get("capabilities")
    if isinstance(capabilities, dict) and capabilities.get(capability) is False:
        detail = _("%(number)s cannot do this: %(capability)s.") % {
            "number": number,
            "capability": capability,
        }
        return None, CheckItem(label, ok=False, detail=detail)
    return record, CheckItem(label, ok=True, detail=number)


def webhook_check(label: str, configured_url: str, our_url: str) -> CheckItem:
    """Whether Twilio calls our URL."""
    if configured_url.rstrip("/") == our_url.rstrip("/"):
        return CheckItem(label, ok=True, detail=our_url)
    if not configured_url:
        detail = _("Twilio calls nothing. Set the webhook of the number to %(url)s.") % {"url": our_url}
    else:
        detail = _("Twilio calls %(other)s. Set the webhook of the number to %(url)s.") % {
            "other": configured_url.partition("?")[0],
            "url": our_url,
        }
    return CheckItem(label, ok=False, detail=detail)


def text_field(answer: JSON, name: str) -> str:
    """A text in a JSON object, "" when it is missing or something else."""
    value = answer.get(name) if isinstance(answer, dict) else None
    return value if isinstance(value, str) else ""
