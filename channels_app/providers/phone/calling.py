"""Calling a colleague: Twilio dials the number and reads the alert aloud, twice.

https://www.twilio.com/docs/voice/api/call-resource, `Twiml` parameter.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext as _

from channels_app.providers import telephone
from channels_app.providers.base import Account, Alert, IdentifierKind, ProviderError, SendReceipt
from channels_app.providers.twilio import TwilioApi

RING_SECONDS = 40  # long enough to find the telephone, too short for most voicemails to take over
MAX_SPOKEN = 1000  # characters; Twilio takes 4,000 of TwiML
VOICES = {"nl": "nl-NL", "en": "en-GB", "de": "de-DE", "fr": "fr-FR"}
_UNSPEAKABLE = re.compile(r"[^\w\s.,:;!?'€%+-]")


def place(alert: Alert, account: Account, api: TwilioApi) -> SendReceipt:
    """Place the call. Raises ProviderError; no answer from the colleague is no error."""
    number = next((who.value for who in alert.recipient.identifiers if who.kind is IdentifierKind.PHONE), "")
    if not telephone.e164(number):
        text = _("The colleague has no telephone number that can be called.")
        raise ProviderError(text, code="21211", permanent=True)
    form = {
        "To": number,
        "From": telephone.e164(account.address) or account.address,
        "Twiml": spoken(alert.text, account.language),
        "Timeout": str(RING_SECONDS),
    }
    try:
        answer = api.post("/Calls.json", form)
    except ProviderError as error:
        if error.code in ("404", "20404"):  # of this resource it means: no such account
            error.suspends_channel, error.permanent = True, False
        raise
    fields = answer if isinstance(answer, dict) else {}
    return SendReceipt(external_id=str(fields.get("sid") or ""))


def spoken(text: str, language: str) -> str:
    """TwiML that says the text twice, with a pause; what cannot be pronounced is left out."""
    words = " ".join(_UNSPEAKABLE.sub(" ", text).split())[:MAX_SPOKEN]
    say = f"<Say language={quoteattr(VOICES.get(language, VOICES['nl']))}>{escape(words)}</Say>"
    return f'<Response><Pause length="1"/>{say}<Pause length="2"/>{say}</Response>'
