"""Is it Meta that called? The GET handshake and the signature of each POST.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from channels_app.providers.base import Account, RawExchange, SignatureInvalid, Verified
from channels_app.providers.whatsapp.config import config_of

HEADER = "x-hub-signature-256"
PREFIX = "sha256="
GENUINE = Verified()


def verify_exchange(exchange: RawExchange, accounts: Sequence[Account]) -> Verified:
    """Accept a handshake with the app's or a channel's token, or a body signed with one of the secrets.

    Raises SignatureInvalid.
    """
    if exchange.method == "GET":
        return _handshake(exchange, accounts)
    header = exchange.headers.get(HEADER, "")
    if not header.startswith(PREFIX):
        raise SignatureInvalid("the signature header is missing")
    claimed = header[len(PREFIX) :].encode(errors="replace")
    # The app's own secret first: with one app for all numbers no channel has to be looked up.
    app_secret: str = settings.WHATSAPP_APP_SECRET
    if app_secret and _is_signed(exchange.body, app_secret, claimed):
        return GENUINE
    secrets = {config_of(account).app_secret.get_secret_value() for account in accounts} - {""}
    # All are tried, so that the time taken does not tell which channel's fits.
    matches = [_is_signed(exchange.body, secret, claimed) for secret in secrets]
    if any(matches):
        return GENUINE
    if not secrets and not app_secret:
        raise SignatureInvalid("no app secret is configured", status=403)
    raise SignatureInvalid("the signature does not match")


def _is_signed(body: bytes, secret: str, claimed: bytes) -> bool:
    # Not `hmac.digest`: it hands the interpreter to another thread, which costs more than a short body's hash.
    mac = _keyed(secret).copy()
    mac.update(body)
    return hmac.compare_digest(mac.hexdigest().encode(), claimed)


@lru_cache(maxsize=64)
def _keyed(secret: str) -> hmac.HMAC:
    """The hash with the key already in it."""
    return hmac.new(secret.encode(), digestmod="sha256")


def _handshake(exchange: RawExchange, accounts: Sequence[Account]) -> Verified:
    query = dict(parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True))
    challenge = query.get("hub.challenge", "")
    claimed = query.get("hub.verify_token", "").encode(errors="replace")
    tokens = {settings.WHATSAPP_VERIFY_TOKEN}
    tokens.update(config_of(account).webhook_verify_token for account in accounts)
    tokens.discard("")
    matches = [hmac.compare_digest(token.encode(), claimed) for token in tokens]
    if not any(matches) or query.get("hub.mode") != "subscribe" or not challenge:
        raise SignatureInvalid("the handshake does not match", status=403)
    return Verified(reply=challenge)
