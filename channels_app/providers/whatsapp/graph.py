"""Calls to the Graph API in the name of one channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from django.conf import settings
from pydantic import SecretStr

from channels_app.providers import http
from channels_app.providers.base import JSON, Account, ProviderError
from channels_app.providers.whatsapp.config import config_of
from channels_app.providers.whatsapp.errors import error_from

REQUEST_TIMEOUT = 20.0  # seconds
UPLOAD_TIMEOUT = 120.0  # seconds; a document may have 100 MB


class Graph:
    """The Graph API with the channel's token. Every method raises ProviderError, classified by Meta's code."""

    def __init__(self, account: Account) -> None:
        self.config = config_of(account)

    @property
    def token(self) -> SecretStr:
        if not self.config.access_token.get_secret_value():
            raise ProviderError(
                "the channel has no access token", code="no_access_token", suspends_channel=True
            )
        return self.config.access_token

    def get(self, *path: str, params: Mapping[str, http.Secret] | None = None) -> dict[str, Any]:
        """Read an object or a list."""
        response = http.request(
            "GET",
            graph_url(*path),
            bearer=self.token,
            params=params,
            timeout=REQUEST_TIMEOUT,
            configured=True,
        )
        return _answer(response, repeatable=True)

    def post(self, *path: str, json: JSON) -> dict[str, Any]:
        """Do something once: after a time-out the error is ambiguous."""
        response = http.request(
            "POST",
            graph_url(*path),
            bearer=self.token,
            json=json,
            timeout=REQUEST_TIMEOUT,
            configured=True,
        )
        return _answer(response, repeatable=False)

    def upload(self, *path: str, form: Mapping[str, str], file: tuple[str, BinaryIO, str]) -> dict[str, Any]:
        """Upload a file; nobody sees it yet, so that it may be repeated."""
        response = http.request(
            "POST",
            graph_url(*path),
            bearer=self.token,
            form=form,
            files={"file": file},
            timeout=UPLOAD_TIMEOUT,
            repeatable=True,
            configured=True,
        )
        return _answer(response, repeatable=True)


def graph_url(*path: str) -> str:
    """The address of an object: `graph_url("123", "messages")`."""
    segments = "/".join(quote(segment, safe="") for segment in path)
    return f"{settings.WHATSAPP_API_BASE.rstrip('/')}/{settings.WHATSAPP_API_VERSION}/{segments}"


def is_graph_origin(url: str) -> bool:
    """Whether a URL is on the configured Graph host itself (a stand-in serves its media there too)."""
    configured, asked = urlsplit(settings.WHATSAPP_API_BASE), urlsplit(url)
    return (configured.scheme, configured.netloc) == (asked.scheme, asked.netloc)


def _answer(response: http.Response, *, repeatable: bool) -> dict[str, Any]:
    if not response.ok:
        raise error_from(response, repeatable=repeatable)
    body = response.json()
    if not isinstance(body, dict):
        raise ProviderError(
            "WhatsApp's answer is not readable", code="unreadable_answer", ambiguous=not repeatable
        )
    return body
