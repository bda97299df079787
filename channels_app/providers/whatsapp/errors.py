"""What Meta's error codes mean for a message and for the channel it leaves from.

https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes. Nearly all of them come
with HTTP 400, so the code decides and the HTTP status only where the code is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum

from channels_app.providers.base import JSON, DeliveryFailure, ProviderError
from channels_app.providers.http import Response, redact


class Outcome(Enum):
    """What to do after an error."""

    RETRY = "retry"
    SUSPEND = "suspend"  # the message waits, and so does the channel, until somebody acts
    PERMANENT = "permanent"


ENGAGEMENT_LIMIT = 131049  # "not delivered to maintain healthy ecosystem engagement"
PAIR_LIMIT = 131056

OUTCOMES: Mapping[int, Outcome] = {
    **dict.fromkeys(
        (
            1,  # unknown error, usually a hiccup
            2,  # service temporarily unavailable
            4,  # the app's call limit
            80007,  # the business account's call limit
            130429,  # throughput of the number
            131000,  # something went wrong
            131016,  # service overloaded
            ENGAGEMENT_LIMIT,
            PAIR_LIMIT,
            131057,  # account in maintenance
        ),
        Outcome.RETRY,
    ),
    **dict.fromkeys(
        (
            0,  # authentication
            3,  # capability or permission
            10,  # permission denied
            33,  # the phone number id does not exist or is not ours
            190,  # token expired
            368,  # blocked for policy violations
            131005,  # access denied
            131031,  # account locked
            131042,  # payment
            131045,  # registration or certificate
            131048,  # spam rate limit
            133010,  # number not registered
        ),
        Outcome.SUSPEND,
    ),
    **dict.fromkeys(
        (
            100,  # invalid parameter
            131008,  # parameter missing
            131009,  # parameter value
            131021,  # sender is recipient
            131026,  # undeliverable
            131047,  # outside the 24 hour window: use a template
            131050,  # the customer opted out of marketing
            131051,  # message type
            131062,  # the recipient id needs a phone number here
        ),
        Outcome.PERMANENT,
    ),
}
RETRY_AFTER: Mapping[int, timedelta] = {
    ENGAGEMENT_LIMIT: timedelta(hours=24),
    PAIR_LIMIT: timedelta(seconds=6),
}
UNKNOWN_NUMBER_SUBCODE = 33  # of code 100: "object does not exist, cannot be loaded due to permissions"


def outcome_of(code: int, subcode: int = 0) -> Outcome | None:
    """What a code asks for, None when it is in no table."""
    if code == 100 and subcode == UNKNOWN_NUMBER_SUBCODE:
        return Outcome.SUSPEND
    if 200 <= code <= 299:  # permissions
        return Outcome.SUSPEND
    if 132000 <= code <= 132999:  # templates
        return Outcome.PERMANENT
    return OUTCOMES.get(code)


def error_from(response: Response, *, repeatable: bool) -> ProviderError:
    """The error an unsuccessful Graph answer stands for; only an unrepeatable request is ambiguous."""
    body = response.json()
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return _without_code(response, repeatable)
    code = integer(error.get("code"), default=-1)
    outcome = outcome_of(code, integer(error.get("error_subcode")))
    if outcome is None:
        transient = response.status >= 500 or response.status == 429 or error.get("is_transient") is True
        outcome = Outcome.RETRY if transient else Outcome.PERMANENT
    return ProviderError(
        error_text(error),
        code=str(code),
        permanent=outcome is Outcome.PERMANENT,
        suspends_channel=outcome is Outcome.SUSPEND,
        retry_after=RETRY_AFTER.get(code) or response.retry_after(),
    )


def _without_code(response: Response, repeatable: bool) -> ProviderError:
    status = response.status
    return ProviderError(
        f"WhatsApp answered HTTP {status}",
        code=f"http_{status}",
        permanent=status < 500 and status not in (408, 429),
        suspends_channel=status == 401,
        # A gateway gave up waiting: what lies behind it may have sent the message.
        ambiguous=status == 504 and not repeatable,
        retry_after=response.retry_after(),
    )


def failure_from(errors: JSON) -> DeliveryFailure:
    """The failure that a status reports; `errors` is its list of error objects."""
    error = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = integer(error.get("code"), default=-1)
    return DeliveryFailure(
        code=str(error.get("code", ""))[:40],
        text=error_text(error),
        permanent=outcome_of(code) in (None, Outcome.PERMANENT),
    )


def error_text(error: Mapping[str, JSON]) -> str:
    """Meta's own words for an error, without tokens and numbers."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else error.get("details")
    title = error.get("title") or error.get("message") or ""
    text = f"{title}: {details}" if details and details != title else str(title)
    return redact(text)[:500]


def integer(value: JSON, default: int = 0) -> int:
    """An integer that Meta writes now as a number, now as text."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default
