"""The user's own switch: whether they take new conversations."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from channels_app.scoping import Ability, may
from routing.inbox.display import tell
from routing.services.desk.presence import availability_set


@require_POST
def availability(request: HttpRequest) -> HttpResponse:
    """`available` is "yes", "no", or "give_back": away, and what the user has in hand returns to the teams."""
    if not may(request.user, Ability.CONVERSE):
        raise PermissionDenied
    choice = request.POST.get("available", "")
    available = choice == "yes"
    returned = availability_set(
        user=request.user, available=available, give_back=choice == "give_back", now=timezone.now()
    )
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(reverse("inbox"))
    said = _("You are available again.") if available else _("You are away: nothing new is given to you.")
    if returned:
        said = ngettext(
            "You are away; %(count)d conversation is back with its team.",
            "You are away; %(count)d conversations are back with their teams.",
            returned,
        ) % {"count": returned}
    answer = TemplateResponse(request, "inbox/availability.html", {"is_available": available})
    return tell(answer, said)
