"""Content Security Policy: that of the settings for pages, nothing at all for what only machines read."""

from __future__ import annotations

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_READ_BY_MACHINES = frozenset({"application/json", "application/xml", "text/plain"})
_NOTHING = "default-src 'none'; frame-ancestors 'none'"


class PolicyMiddleware(CSPMiddleware):
    """Webhooks answer by the thousand: theirs is a constant, and stricter."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.get("Content-Type", "").partition(";")[0] in _READ_BY_MACHINES:
            response.headers.setdefault(HEADER, _NOTHING)
            return response
        return super().process_response(request, response)
