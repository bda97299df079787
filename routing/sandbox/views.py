"""The sandbox customer: write to a brand as a customer would, and see what that customer gets back.

Only in the demo (`DEMO`): elsewhere these pages do not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from channels_app.demo.samples import SAMPLES
from channels_app.models import BusinessEntityChannel
from channels_app.providers.registry import PROVIDERS
from routing.sandbox.diary import somebody, write_down, written
from routing.sandbox.happenings import happenings, outgoing_states, unprocessed
from routing.sandbox.lines import LINES, Customer, Line, LineDown

LONGEST_TEXT = 4000
View = Callable[..., HttpResponse]


def demo_only(view: View) -> View:
    """A view that does not exist outside the demo."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@dataclass(frozen=True, slots=True)
class _Bubble:
    """One message in the conversation as the customer's screen shows it."""

    mine: bool
    text: str
    at: Any
    subject: str = ""
    via: str = ""
    state: str = ""
    is_call: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@demo_only
@never_cache
@require_GET
def sandbox(request: HttpRequest) -> HttpResponse:
    """The page: whom to write to, who one is, the telephone, and what happened."""
    channels = _channels()
    if not channels:
        return render(request, "sandbox/empty.html", status=200)
    wanted = request.GET.get("channel", "")
    channel = next((one for one in channels if str(one.id) == wanted), channels[0])
    line = LINES[channel.channel_type]
    name, phone, email = somebody()
    typed = request.GET.get("address", "")
    default = email if line.address_type == "email" else phone
    customer = Customer(request.GET.get("name") or name, line.customer_address(typed) or default)
    context = {
        "groups": _by_brand(channels),
        "channel": channel,
        "line": line,
        "customer": customer,
        "samples": SAMPLES,
        "problem": request.GET.get("problem", ""),
        "failing_number": "+31601131026",
        **_conversation(request, channel, line, customer.address),
    }
    return render(request, "sandbox/page.html", context)


@demo_only
@never_cache
@require_GET
def chat(request: HttpRequest) -> HttpResponse:
    """The conversation and what happened, as a fragment that the page fetches again and again."""
    channel = _channel(request.GET.get("channel", ""))
    line = LINES[channel.channel_type]
    address = line.customer_address(request.GET.get("address", ""))
    context = {"channel": channel, "line": line, **_conversation(request, channel, line, address)}
    return render(request, "sandbox/live.html", context)


@demo_only
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Write (or call) as the customer. JSON for the page's script, a redirect without it."""
    channel = _channel(request.POST.get("channel", ""))
    line = LINES[channel.channel_type]
    name = request.POST.get("name", "").strip()[:100]
    typed = request.POST.get("address", "").strip()[:320]
    choice, _bar, title = request.POST.get("choice", "").partition("|")
    text = (title or request.POST.get("text", "").strip())[:LONGEST_TEXT]
    subject = request.POST.get("subject", "").strip()[:200]
    address = line.customer_address(typed)
    problem = ""
    if not address:
        problem = _("“%(typed)s” is not an address that can be used here.") % {"typed": typed}
    elif line.writes and not text:
        problem = _("Write something first.")
    else:
        try:
            customer = Customer(name, address)
            external_id = (
                line.choose(channel, customer, choice, title)
                if choice
                else line.write(channel, customer, text, subject)
            )
            write_down(
                request.session,
                channel_id=channel.id,
                address=address,
                external_id=external_id,
                text=text if line.writes else "",
                subject=subject if line.has_subject else "",
            )
        except LineDown as error:
            problem = str(error)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"problem": problem, "address": address}, status=400 if problem else 200)
    query = {"channel": str(channel.id), "name": name, "address": address or typed, "problem": problem}
    return HttpResponseRedirect(f"{reverse('sandbox')}?{urlencode(query)}")


def _conversation(
    request: HttpRequest, channel: BusinessEntityChannel, line: Line, address: str
) -> dict[str, Any]:
    mine = written(request.session, channel.id, address)
    ids = [entry.external_id for entry in mine]
    waiting = unprocessed(channel.id, ids)
    problem = ""
    try:
        answers = line.received(channel, address) if address else []
    except LineDown as error:
        answers, problem = [], str(error)
    of_brand = BusinessEntityChannel.objects.filter(business_entity=channel.business_entity_id)
    states = outgoing_states(
        list(of_brand.values_list("id", flat=True)), [answer.external_id for answer in answers]
    )
    bubbles = [
        _Bubble(
            mine=True,
            text=entry.text,
            subject=entry.subject,
            at=entry.at,
            state="sent" if entry.external_id in waiting else "read",
            is_call=not line.writes,
        )
        for entry in mine
    ]
    bubbles += [
        _Bubble(
            mine=False,
            text=answer.text,
            subject=answer.subject,
            at=answer.at,
            via=answer.via,
            state=states.get(answer.external_id, ""),
            choices=answer.choices,
        )
        for answer in answers
    ]
    return {
        # The stand-ins know whole seconds only: within a second, the customer was first.
        "bubbles": sorted(bubbles, key=lambda bubble: (bubble.at.replace(microsecond=0), not bubble.mine)),
        "happenings": happenings(channel.id, ids),
        "waiting": len(waiting),
        "line_problem": problem,
    }


def _channels() -> list[BusinessEntityChannel]:
    media = [code for code in LINES if code in PROVIDERS]
    channels = BusinessEntityChannel.objects.active().filter(channel_type__in=media)
    return sorted(
        channels.select_related("business_entity"),
        key=lambda channel: (
            channel.business_entity.entity_name,
            media.index(channel.channel_type),
            not channel.is_primary,
            channel.channel_name,
        ),
    )


def _channel(channel_id: str) -> BusinessEntityChannel:
    try:
        wanted = UUID(channel_id)
    except ValueError as error:
        raise Http404 from error
    channel = next((one for one in _channels() if one.id == wanted), None)
    if channel is None:
        raise Http404
    return channel


def _by_brand(channels: list[BusinessEntityChannel]) -> list[tuple[str, list[BusinessEntityChannel]]]:
    groups: dict[str, list[BusinessEntityChannel]] = {}
    for channel in channels:
        groups.setdefault(channel.business_entity.entity_name, []).append(channel)
    return list(groups.items())
