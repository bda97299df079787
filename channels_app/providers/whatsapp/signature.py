"""Is it Meta that called? The GET handshake and the signature of each POST.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
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
    if _signed_with({settings.WHATSAPP_APP_SECRET}, exchange.body, claimed):
        return GENUINE
    secrets = {config_of(account).app_secret.get_secret_value() for account in accounts}
    if _signed_with(secrets, exchange.body, claimed):
        return GENUINE
    if not any(secrets | {settings.WHATSAPP_APP_SECRET}):
        raise SignatureInvalid("no app secret is configured", status=403)
    raise SignatureInvalid("the signature does not match")


def _signed_with(secrets: set[str], body: bytes, claimed: bytes) -> bool:
    """Every secret is tried, so that the time taken does not tell which channel's fits."""
    # Not `hmac.digest`: it hands the interpreter to another thread, which costs more than a short body's hash.
    matches = [
        hmac.compare_digest(hmac.new(secret.encode(), body, "sha256").hexdigest().encode(), claimed)
        for secret in secrets
        if secret
    ]
    return any(matches)


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
