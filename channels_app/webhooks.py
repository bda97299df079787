"""Where providers call us: prove it is them, keep the exchange, ring the bell. Nothing else."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from channels_app.models import BusinessEntityChannel
from channels_app.providers.base import Account, RawExchange, SignatureInvalid
from channels_app.providers.registry import PROVIDERS
from channels_app.requests import client_address
from channels_app.services.accounts import LazyAccounts, account_for, usable_accounts
from channels_app.services.receipts import receipt_record
from channels_app.throttling import wait_for

logger = structlog.get_logger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest, provider_code: str, channel_id: UUID | None = None) -> HttpResponse:
    """One exchange of a provider, on the medium's shared URL or on a channel's own.

    200 once it is committed; 401/403 for a wrong or missing signature; 404 for an unknown medium or
    channel; 413 above WEBHOOK_MAX_BYTES. A database that is down makes it a 5xx, so that the provider
    tries again.
    """
    provider = PROVIDERS.get(provider_code)
    if provider is None or not provider.capabilities.webhook:
        raise Http404
    if channel_id is None and not provider.capabilities.shared_webhook:
        raise Http404
    try:
        if int(request.headers.get("Content-Length") or 0) > settings.WEBHOOK_MAX_BYTES:
            return HttpResponse(status=413)
        body = request.body
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except ValueError:
        return HttpResponse(status=400)
    exchange = RawExchange(
        body=body,
        received_at=timezone.now(),
        method=request.method or "POST",
        url=settings.PUBLIC_BASE_URL.rstrip("/") + request.get_full_path(),
        headers={name.lower(): value for name, value in request.headers.items()},
    )
    accounts = LazyAccounts(lambda: usable_accounts(provider_code))
    if channel_id is not None:
        accounts_of_channel = [_account(provider_code, channel_id)]
        accounts = LazyAccounts(lambda: accounts_of_channel)
    try:
        verified = provider.verify(exchange, accounts)
    except SignatureInvalid as refusal:
        logger.warning(
            "webhook_refused", provider=provider_code, channel=str(channel_id), status=refusal.status
        )
        if wait := wait_for("webhook-refused", client_address(request) or ""):
            return HttpResponse(status=429, headers={"Retry-After": str(int(wait.total_seconds()) + 1)})
        return HttpResponse(status=refusal.status)
    if verified.reply is not None:
        return HttpResponse(verified.reply, content_type="text/plain")
    receipt_record(provider=provider_code, exchange=exchange, channel_id=channel_id)
    return HttpResponse(verified.answer, content_type="application/xml" if verified.answer else "text/plain")


def _account(provider_code: str, channel_id: UUID) -> Account:
    channel = (
        BusinessEntityChannel.objects.filter(id=channel_id, channel_type=provider_code)
        .select_related("business_entity")
        .first()
    )
    if channel is None:
        raise Http404
    try:
        return account_for(channel)
    except ValidationError as error:
        logger.warning("webhook_channel_misconfigured", provider=provider_code, channel=str(channel_id))
        raise Http404 from error
