"""What the SMS and the phone provider share of Twilio: its signature, its API, its error codes.

Protocol: https://www.twilio.com/docs/usage/security and https://www.twilio.com/docs/api/errors.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import SecretStr

from channels_app.providers import http
from channels_app.providers.base import JSON, MalformedExchange, ProviderError, RawExchange, SignatureInvalid

SIGNATURE_HEADER = "x-twilio-signature"
DEFAULT_API_BASE = "https://api.twilio.com"
MAX_PARAMETERS = 500
BUSY_WAIT = timedelta(seconds=5)

Parameters = list[tuple[str, str]]


def form_parameters(exchange: RawExchange) -> Parameters:
    """The POST parameters in the order they came, untrimmed, blank ones included.

    Raises ValueError when there are absurdly many.
    """
    return _pairs(exchange.body.decode("utf-8", "replace"))


def form_fields(exchange: RawExchange) -> dict[str, str]:
    """The POST parameters by name, of several with one name the last. Raises MalformedExchange."""
    try:
        return dict(form_parameters(exchange))
    except ValueError:
        raise MalformedExchange(_unreadable_fields()) from None


def query_fields(exchange: RawExchange) -> dict[str, str]:
    """The parameters of the URL, likewise. Raises MalformedExchange."""
    try:
        return dict(query_parameters(exchange.url))
    except ValueError:
        raise MalformedExchange(_unreadable_fields()) from None


def _unreadable_fields() -> str:
    return _("The fields cannot be read: there are more than %(count)d of them.") % {"count": MAX_PARAMETERS}


def query_parameters(url: str) -> Parameters:
    """The parameters of a URL, like `form_parameters`. Raises ValueError."""
    return _pairs(urlsplit(url).query)


def _pairs(encoded: str) -> Parameters:
    return parse_qsl(encoded, keep_blank_values=True, errors="replace", max_num_fields=MAX_PARAMETERS)


def signature(auth_token: SecretStr, url: str, parameters: Parameters) -> str:
    """base64 HMAC-SHA1 over the URL followed by every name and value, sorted, without separators."""
    text = url + "".join(name + value for name, value in parameters)
    digest = hmac.new(auth_token.get_secret_value().encode(), text.encode("utf-8", "replace"), hashlib.sha1)
    return b64encode(digest.digest()).decode("ascii")


def verify_signature(exchange: RawExchange, auth_token: SecretStr) -> None:
    """Raises SignatureInvalid unless Twilio signed the exchange with this token.

    A JSON body is covered by `bodySHA256` in the signed URL, a form body by its parameters. Twilio's
    libraries drop repeated equal values and other senders of the same shape keep them: both count.
    """
    given = exchange.headers.get(SIGNATURE_HEADER, "")
    if not given:
        raise SignatureInvalid("no X-Twilio-Signature")
    if not auth_token.get_secret_value():
        raise SignatureInvalid("no auth token to verify with")
    try:
        body_hash = dict(query_parameters(exchange.url)).get("bodySHA256")
        parameters = [] if body_hash is not None else sorted(form_parameters(exchange))
    except ValueError as error:
        raise SignatureInvalid("unreadable parameters") from error
    expected = [
        signature(auth_token, url, variant)
        for url in url_variants(exchange.url)
        for variant in (parameters, sorted(set(parameters)))
    ]
    # A list, not a generator: every candidate is compared, whichever matches.
    matches = [
        hmac.compare_digest(candidate.encode(), given.encode("utf-8", "replace")) for candidate in expected
    ]
    if body_hash is not None:
        actual = hashlib.sha256(exchange.body).hexdigest()
        body_matches = hmac.compare_digest(actual.encode(), body_hash.lower().encode("utf-8", "replace"))
        matches = [match and body_matches for match in matches]
    if not any(matches):
        raise SignatureInvalid("wrong X-Twilio-Signature")


def url_variants(url: str) -> list[str]:
    """The URL as it is, without its port, and with the default port of its scheme.

    Depending on scheme and product, Twilio signs with or without the port.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    if not parts.netloc:
        return [url]
    start = url.index("//") + 2
    rest = url[start + len(parts.netloc) :]
    without_port = re.sub(r":\d*$", "", parts.netloc)
    default_port = "443" if parts.scheme == "https" else "80"
    hosts = (parts.netloc, without_port, f"{without_port}:{default_port}")
    return list(dict.fromkeys(url[:start] + host + rest for host in hosts))


def callback_url(medium: str, channel_id: UUID) -> str:
    """The public webhook URL of a channel, as the vendor must call it."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}/webhooks/{medium}/{channel_id}/"


@dataclass(frozen=True, slots=True)
class VendorError:
    """How a Twilio error code is handled, and what it means to staff."""

    permanent: bool = True
    suspends: bool = False


RETRY = VendorError(permanent=False)
RECIPIENT = VendorError()
CHANNEL = VendorError(permanent=False, suspends=True)

# https://www.twilio.com/docs/api/errors; codes that are not here go by the HTTP status.
ERRORS: Mapping[int, VendorError] = {
    # The account or the sending number: nothing leaves until somebody acts.
    20003: CHANNEL,  # authentication failed
    20005: CHANNEL,  # account not active
    20006: CHANNEL,  # access denied
    20008: CHANNEL,  # test credentials
    21210: CHANNEL,  # From is not verified
    21212: CHANNEL,  # invalid From
    21213: CHANNEL,  # no From for a call
    21603: CHANNEL,  # no From
    21606: CHANNEL,  # From is not ours or cannot send SMS
    21659: CHANNEL,  # From is not a Twilio number
    21660: CHANNEL,  # From belongs to another account
    21701: CHANNEL,  # messaging service does not exist
    21703: CHANNEL,  # messaging service has no numbers
    21705: CHANNEL,  # messaging service id invalid
    30002: CHANNEL,  # account suspended
    # Twilio is busy: later is fine.
    14107: RETRY,
    20429: RETRY,
    20500: RETRY,
    20503: RETRY,
    21611: RETRY,  # queue of this number is full
    30001: RETRY,  # queue overflow
    30022: RETRY,  # rate limit of the campaign
    # This message to this recipient: never.
    21211: RECIPIENT,  # invalid To
    21214: RECIPIENT,
    21215: RECIPIENT,  # country not enabled for calls
    21216: RECIPIENT,  # number may not be called
    21217: RECIPIENT,
    21408: RECIPIENT,  # country not enabled
    21602: RECIPIENT,  # empty
    21604: RECIPIENT,  # no To
    21608: RECIPIENT,  # trial account, unverified number
    21610: RECIPIENT,  # opted out
    21612: RECIPIENT,  # no route
    21614: RECIPIENT,  # not a mobile number
    21617: RECIPIENT,  # longer than 1,600 characters
    30004: RECIPIENT,
    30005: RECIPIENT,
    30006: RECIPIENT,
    30007: RECIPIENT,
}


def error_from(response: http.Response) -> ProviderError:
    """The failure that an answer other than 2xx stands for."""
    answer = response.json()
    fields = answer if isinstance(answer, dict) else {}
    code = fields.get("code")
    code = code if isinstance(code, int) and not isinstance(code, bool) else 0
    text = http.redact(str(fields.get("message") or f"HTTP {response.status}"))
    known = ERRORS.get(code) or _by_status(response.status)
    waits = not known.permanent and not known.suspends
    return ProviderError(
        text,
        code=str(code or response.status),
        permanent=known.permanent,
        suspends_channel=known.suspends,
        # A gateway gave up waiting: what lies behind it may have acted.
        ambiguous=response.status in (502, 504) and code not in ERRORS,
        retry_after=(response.retry_after() or BUSY_WAIT) if waits else None,
    )


def _by_status(status: int) -> VendorError:
    if status in (401, 403):
        return CHANNEL
    if status in (408, 425, 429) or status >= 500:
        return RETRY
    return RECIPIENT


@dataclass(frozen=True, slots=True)
class TwilioApi:
    """The REST API of one Twilio account.

    base_url: "" means the deployment's `TWILIO_API_BASE`; a base typed in by staff must be public.
    """

    account_sid: str
    auth_token: SecretStr
    base_url: str = ""

    @property
    def _from_settings(self) -> bool:
        return not self.base_url

    def url(self, path: str) -> str:
        """The absolute URL of a resource below the account."""
        base = self.base_url or getattr(settings, "TWILIO_API_BASE", DEFAULT_API_BASE)
        return f"{base.rstrip('/')}/2010-04-01/Accounts/{quote(self.account_sid, safe='')}{path}"

    def get(self, path: str, **parameters: str) -> JSON:
        """The decoded answer. Raises ProviderError."""
        return self._answer(
            http.request(
                "GET",
                self.url(path),
                params=parameters or None,
                basic=(self.account_sid, self.auth_token),
                configured=self._from_settings,
            )
        )

    def post(self, path: str, form: Mapping[str, str | SecretStr]) -> JSON:
        """The decoded answer. Raises ProviderError, `ambiguous` where Twilio may have acted."""
        return self._answer(
            http.request(
                "POST",
                self.url(path),
                form=form,
                basic=(self.account_sid, self.auth_token),
                configured=self._from_settings,
            )
        )

    def media(self, url: str, *, max_bytes: int) -> http.Response:
        """The bytes of a media URL of this account.

        The password goes only to the API's own host; the signed address it redirects to gets none.
        Raises ProviderError.
        """
        ours = urlsplit(url)[:2] == urlsplit(self.url(""))[:2]
        response = http.request(
            "GET",
            url,
            basic=(self.account_sid, self.auth_token) if ours else None,
            configured=ours and self._from_settings,
            max_bytes=max_bytes,
        )
        location = response.headers.get("location", "")
        if response.status in (301, 302, 303, 307, 308) and location.startswith(("https://", "http://")):
            response = http.request("GET", location, max_bytes=max_bytes)
        if not response.ok:
            raise error_from(response)
        return response

    @staticmethod
    def _answer(response: http.Response) -> JSON:
        if not response.ok:
            raise error_from(response)
        return response.json()


def explain(error: ProviderError) -> str:
    """What staff should do about a failed check, in words."""
    if error.code in ("20003", "401", "403"):
        return _("Twilio refuses the account SID and auth token. Copy both again from the Twilio console.")
    if error.code in ("20005", "30002"):
        return _("The Twilio account is suspended or not active. Sign in to the Twilio console.")
    if error.code in ("404", "20404"):
        return _("Twilio does not know this account SID.")
    if error.code in ("connect", "timeout", "dns", "connection_lost"):
        return _("Twilio cannot be reached now: %(reason)s. Try again later.") % {"reason": error.text}
    return _("Twilio answers: %(reason)s") % {"reason": error.text}
