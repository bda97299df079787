"""Webhooks turn off the road that people take: no session, language, form or sign-in is looked at for them."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import cast

import structlog
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from prometheus_client import Histogram
from structlog.contextvars import bound_contextvars

from channels_app.models.base import new_id
from channels_app.providers.registry import PROVIDERS
from channels_app.requests import client_address

PREFIX = "/webhooks/"
UNKNOWN = "unknown"

logger = structlog.get_logger(__name__)

ANSWERED = Histogram(
    "chargecars_webhook_seconds",
    "From a provider's call to our answer, by medium and status.",
    ["provider", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class WebhookMiddleware:
    """Answers what providers call. What stands above it in MIDDLEWARE is for webhooks too, what stands below is not.

    They are the busiest requests and prove themselves by a signature, so the rest would be half their cost for
    nothing. In its place: one line in the log with a request id, and a measurement.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        # As Django does around every middleware: whatever is raised becomes an answer.
        self._answer = cast(
            "Callable[[HttpRequest], HttpResponse]", convert_exception_to_response(_call_view)
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        began = perf_counter()
        with bound_contextvars(request_id=str(new_id()), ip=client_address(request)):
            response = self._answer(request)
            called = f"{request.method} {request.get_full_path()}"
            logger.info("request_finished", code=response.status_code, request=called)
        response.headers["Content-Length"] = str(len(response.content))
        ANSWERED.labels(_provider(request), response.status_code).observe(perf_counter() - began)
        return response


def _call_view(request: HttpRequest) -> HttpResponse:
    """Raises Http404 for an address that is nobody's, DisallowedHost for another site's."""
    request.get_host()
    match = request.resolver_match = resolve(request.path_info)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def _provider(request: HttpRequest) -> str:
    """Its code; one word for whatever else is asked for, so that nobody fills the memory with names."""
    code: str = request.resolver_match.kwargs.get("provider_code", "") if request.resolver_match else ""
    return code if code in PROVIDERS else UNKNOWN
