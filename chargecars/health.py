"""What balancers and monitors ask: does the process live, can it work, what does it measure."""

from __future__ import annotations

import hmac
from datetime import datetime
from ipaddress import ip_address
from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from channels_app.models import InboundReceipt

logger = structlog.get_logger(__name__)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 with {"ready", "database", "broker", "backlog"}; 503 if one of them is not well.

    The backlog is well while its oldest receipt has waited less than `READY_BACKLOG_SECONDS`.
    """
    checks: dict[str, Any] = {"database": _database(), "broker": _broker()}
    if checks["database"]["ok"]:
        checks["backlog"] = _backlog(timezone.now())
    ready = all(check["ok"] for check in checks.values())
    return JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text. For the holder of `METRICS_TOKEN`; without one, for this machine alone."""
    if not _may_measure(request):
        return HttpResponseNotFound()
    exported: HttpResponse = ExportToDjangoView(request)
    return exported


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.warning("database_unreachable", exc_info=True)
        return {"ok": False}
    return {"ok": True}


def _broker() -> dict[str, Any]:
    try:
        cache.get("readyz")
    except (redis.RedisError, OSError):
        logger.warning("broker_unreachable", exc_info=True)
        return {"ok": False}
    return {"ok": True}


def _backlog(now: datetime) -> dict[str, Any]:
    waiting = InboundReceipt.objects.filter(state=InboundReceipt.State.PENDING)
    try:
        found = waiting.aggregate(count=Count("pk"), oldest=Min("received_at"))
    except DatabaseError:  # the tables are not there yet
        return {"ok": False}
    age = max(0.0, (now - found["oldest"]).total_seconds()) if found["oldest"] else 0.0
    return {
        "ok": age < settings.READY_BACKLOG_SECONDS,
        "receipts": found["count"],
        "oldest_seconds": round(age, 1),
    }


def _may_measure(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    proxied = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not proxied and ip_address(request.META["REMOTE_ADDR"]).is_loopback
