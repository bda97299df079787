"""Where a request comes from."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address of whoever asks; behind a proxy (`BEHIND_PROXY`) what the proxy itself saw.

    Only the last entry of X-Forwarded-For is the proxy's; those before it are whatever the client claims.
    """
    given = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY:
        given = request.headers.get("X-Forwarded-For", given).rpartition(",")[2].strip()
    try:
        return str(ip_address(given))
    except ValueError:
        return None
