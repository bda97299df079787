"""The page behind a signed link on an emergency card: whoever presses the button takes it on.

Opening the page changes nothing, since mail and chat programs open links to look what is behind them.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from channels_app.throttling import limited
from routing.models import Escalation
from routing.services.acknowledgement import (
    NAME_LENGTH,
    AcknowledgementLink,
    LinkExpired,
    LinkRefused,
    escalation_acknowledge,
    read_link,
)


@method_decorator([limited("public-page"), never_cache, csrf_exempt], name="dispatch")
class AcknowledgeView(View):
    """`/ack/<token>/`: the token itself is the permission, so no session and no CSRF token are needed."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token, acknowledges=True)

    def _answer(self, request: HttpRequest, token: str, *, acknowledges: bool = False) -> HttpResponse:
        try:
            link = read_link(token)
        except LinkExpired:
            return _page(request, "expired", 410)
        except LinkRefused:
            return _page(request, "refused", 404)
        escalation = (
            Escalation.objects.select_related("business_entity", "thread", "channel")
            .filter(id=link.escalation_id)
            .first()
        )
        if escalation is None:
            return _page(request, "refused", 404)
        if not acknowledges or escalation.state != Escalation.State.OPEN:
            return _page(request, "ask" if escalation.state == "open" else "done", 200, escalation, link)
        name = (request.POST.get("name") or link.recipient).strip()
        if not name:
            return _page(request, "ask", 400, escalation, link, nameless=True)
        done = escalation_acknowledge(escalation_id=escalation.id, by=name, now=timezone.now())
        escalation.state = done.state
        escalation.acknowledged_at, escalation.acknowledged_by = done.acknowledged_at, done.acknowledged_by
        return _page(request, "done", 200, escalation, link)


def _page(
    request: HttpRequest,
    state: str,
    status: int,
    escalation: Escalation | None = None,
    link: AcknowledgementLink | None = None,
    *,
    nameless: bool = False,
) -> HttpResponse:
    context = {
        "state": state,
        "escalation": escalation,
        "brand": escalation.business_entity if escalation else None,
        "recipient": link.recipient if link else "",
        "nameless": nameless,
        "name_length": NAME_LENGTH,
    }
    answer = render(request, "public/acknowledge.html", context, status=status)
    # The address is a permission: it must not travel on in a Referer, nor be indexed.
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer
