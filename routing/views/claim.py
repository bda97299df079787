"""The page behind "take it" on a card: a colleague who is signed in confirms, and the conversation is theirs.

Opening the page changes nothing, since chat programs open links to look what is behind them.
"""

from __future__ import annotations

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from channels_app.models import CommunicationThread
from channels_app.scoping import Ability, scope
from routing.services.acknowledgement import LinkExpired, LinkRefused
from routing.services.claiming import read_claim
from routing.services.desk.assigning import thread_take
from routing.services.desk.errors import DeskRefused
from routing.services.notifications import thread_path


@method_decorator([never_cache, staff_member_required], name="dispatch")
class ClaimView(View):
    """`/claim/<token>/`."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token, takes=False)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token, takes=True)

    def _answer(self, request: HttpRequest, token: str, *, takes: bool) -> HttpResponse:
        try:
            thread_id = read_claim(token)
        except LinkExpired:
            return _page(request, "expired", 410)
        except LinkRefused:
            return _page(request, "refused", 404)
        threads = CommunicationThread.objects.select_related(
            "business_entity", "channel", "assignee", "contact"
        )
        thread = scope(threads, request.user, Ability.CONVERSE).filter(id=thread_id).first()
        if thread is None:
            return _page(request, "not_yours", 403)
        path = thread_path(thread.id)
        if thread.assignee_id == request.user.pk:
            return HttpResponseRedirect(path)
        if not takes:
            return _page(request, "ask", 200, thread, path)
        try:
            thread_take(
                thread=thread,
                user=request.user,
                now=timezone.now(),
                confirmed=bool(request.POST.get("confirmed")),
            )
        except DeskRefused as refusal:
            return _page(request, "ask", 409, thread, path, problem=str(refusal))
        return HttpResponseRedirect(path)


def _page(
    request: HttpRequest,
    state: str,
    status: int,
    thread: CommunicationThread | None = None,
    path: str = "",
    *,
    problem: str = "",
) -> HttpResponse:
    context = {
        "state": state,
        "thread": thread,
        "brand": thread.business_entity if thread else None,
        "path": path,
        "problem": problem,
    }
    answer = render(request, "public/claim.html", context, status=status)
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer
