"""Limits on pages that anybody can reach. One mechanism: a bucket in Redis per page and address.

Without Redis nothing is limited, and a log line says so: a page that answers is worth more than a limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from math import ceil
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from channels_app.requests import client_address
from channels_app.services.rate_limits import take_place

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """`per_minute` requests in the long run, `burst` at once."""

    per_minute: int
    burst: int


# By page; a view names its own. Generous: offices share one address.
LIMITS = {
    "sign-in": Limit(per_minute=30, burst=30),
    "second-factor": Limit(per_minute=20, burst=20),
    "password-reset": Limit(per_minute=5, burst=10),
    "invitation": Limit(per_minute=20, burst=30),
    "public-page": Limit(per_minute=60, burst=60),
    # Only what was refused counts: a provider that signs rightly is never slowed down.
    "webhook-refused": Limit(per_minute=600, burst=2000),
    "simulate": Limit(per_minute=3000, burst=3000),
}


def wait_for(name: str, who: str) -> timedelta:
    """Take a place; zero when it is free, else how long until it is."""
    if not settings.PUBLIC_LIMITS:
        return timedelta(0)
    limit = LIMITS[name]
    return take_place(f"limit:page:{name}:{who}", timedelta(minutes=1) / limit.per_minute, limit.burst)


def limited(name: str, *, methods: tuple[str, ...] = ("GET", "POST")) -> Callable[..., Any]:
    """A view decorator: 429 with Retry-After and a page in words once the address asks too often."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in methods:
                wait = wait_for(name, client_address(request) or "")
                if wait:
                    return too_often(request, wait)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def too_often(request: HttpRequest, wait: timedelta) -> HttpResponse:
    seconds = max(1, ceil(wait.total_seconds()))
    logger.warning("request_limited", path=request.path_info.split("/")[1], seconds=seconds)
    answer = render(request, "public/too_often.html", {"seconds": seconds}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


class SimulateThrottle(BaseThrottle):
    """For the simulator of the API: per member of staff."""

    _wait = timedelta(0)

    def allow_request(self, request: Request, view: APIView) -> bool:
        self._wait = wait_for("simulate", str(getattr(request.user, "pk", "") or client_address(request)))
        return not self._wait

    def wait(self) -> float:
        return self._wait.total_seconds()
