"""The bell: where the user was mentioned, and what was given to them."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channels_app.admin.display import brand_badge, moment_html
from channels_app.scoping import Ability, may
from routing.inbox.display import admin_context, person_name
from routing.selectors.staff_notices import newest_notices
from routing.services.desk.notices import notices_mark_read


@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """The newest notices; a POST marks all of them as read. Opening a conversation marks its own."""
    if not may(request.user, Ability.VIEW):
        raise PermissionDenied
    if request.method == "POST":
        notices_mark_read(user=request.user, now=timezone.now())
        return HttpResponseRedirect(reverse("inbox-notices"))
    found = newest_notices(request.user)
    shown = [
        {
            "notice": notice,
            "by": person_name(notice.actor) if notice.actor else "",
            "brand": brand_badge(notice.business_entity),
            "moment": moment_html(notice.created_at),
            "url": reverse("inbox-thread", args=[notice.thread_id])
            + (f"#m-{notice.message_id}" if notice.message_id else ""),
        }
        for notice in found
    ]
    context = {
        **admin_context(request, title=_("Notices")),
        "notices": shown,
        "unread": any(notice.read_at is None for notice in found),
    }
    return TemplateResponse(request, "inbox/notices.html", context)
