"""Access tokens for IMAP and SMTP (OAuth 2): Microsoft 365 app-only, Google by refresh token.

Cached in the process until shortly before they expire. The XOAUTH2 string is Google's and Microsoft's
own format: `user=<mailbox>^Aauth=Bearer <token>^A^A`.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import SecretStr

from channels_app.providers import http
from channels_app.providers.base import ProviderError
from channels_app.providers.email.config import EmailConfig

MICROSOFT_SCOPE = "https://outlook.office365.com/.default"
_MICROSOFT_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
_GOOGLE_URL = "https://oauth2.googleapis.com/token"
_EARLY = 300.0  # seconds before expiry at which a token is renewed
_MICROSOFT_CODE = re.compile(r"AADSTS(\d+)")

# Refusals that no repetition cures: somebody has to change settings, here or at the provider.
_FINAL_ERRORS = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "invalid_tenant",
        "unauthorized_client",
        "unsupported_grant_type",
        "access_denied",
    }
)


@dataclass(frozen=True, slots=True)
class _Cached:
    token: SecretStr
    expires_at: float  # monotonic seconds


_tokens: dict[bytes, _Cached] = {}
_lock = threading.Lock()


def access_token(config: EmailConfig) -> SecretStr:
    """A valid token for the mailbox's settings.

    Raises ProviderError: code "AADSTS..." or the OAuth error name; `suspends_channel` when settings or
    consent are wrong.
    """
    key = _cache_key(config)
    with _lock:
        cached = _tokens.get(key)
        if cached is not None and cached.expires_at > time.monotonic():
            return cached.token
    fresh = _requested(config)
    with _lock:
        _tokens[key] = fresh
    return fresh.token


def forget_token(config: EmailConfig) -> bool:
    """Drop the cached token, because a server refused it. Whether there was one."""
    with _lock:
        return _tokens.pop(_cache_key(config), None) is not None


def xoauth2(username: str, token: SecretStr) -> str:
    """The initial client response, before base64."""
    return f"user={username}\x01auth=Bearer {token.get_secret_value()}\x01\x01"


def token_url(config: EmailConfig) -> str:
    if config.token_url:
        return config.token_url
    if config.preset == "google":
        return _GOOGLE_URL
    return _MICROSOFT_URL.format(tenant=quote(config.tenant_id, safe=""))


def _cache_key(config: EmailConfig) -> bytes:
    parts = (
        token_url(config),
        config.client_id,
        config.client_secret.get_secret_value(),
        config.refresh_token.get_secret_value(),
    )
    return hashlib.sha256("\x00".join(parts).encode()).digest()


def _requested(config: EmailConfig) -> _Cached:
    form: dict[str, str | SecretStr] = {"client_id": config.client_id, "client_secret": config.client_secret}
    if config.refresh_token.get_secret_value():
        form |= {"grant_type": "refresh_token", "refresh_token": config.refresh_token}
    else:
        form |= {"grant_type": "client_credentials", "scope": MICROSOFT_SCOPE}
    asked_at = time.monotonic()
    answer = http.request("POST", token_url(config), form=form, repeatable=True)
    body = answer.json()
    if answer.ok and isinstance(body, Mapping) and isinstance(body.get("access_token"), str):
        lifetime = str(body.get("expires_in", ""))
        seconds = float(lifetime) if lifetime.isascii() and lifetime.isdigit() else 600.0
        return _Cached(SecretStr(body["access_token"]), asked_at + max(seconds - _EARLY, seconds / 2))
    raise _refusal(answer, body if isinstance(body, Mapping) else {})


def _refusal(answer: http.Response, body: Mapping[str, object]) -> ProviderError:
    error = str(body.get("error", "")) or f"http_{answer.status}"
    description = str(body.get("error_description", ""))
    match = _MICROSOFT_CODE.search(description)
    first_line = description.splitlines()[0] if description else ""
    return ProviderError(
        http.redact(first_line) or f"the token server answered {answer.status}",
        code=f"AADSTS{match[1]}" if match else error,
        suspends_channel=error in _FINAL_ERRORS,
        retry_after=answer.retry_after(),
    )
