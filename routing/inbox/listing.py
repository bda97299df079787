"""The list: its page, what keeps it up to date, and what is done to several conversations at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from channels_app.admin.display import department_label
from channels_app.scoping import Ability, may
from routing.inbox.display import (
    FIRST_VIEWS,
    OTHER_VIEWS,
    admin_context,
    filter_options,
    shown_row,
    snooze_presets,
    view_links,
    wants_fragment,
)
from routing.inbox.state import InboxState
from routing.selectors.inbox import View, inbox_page, view_counts
from routing.selectors.inbox_choices import InboxChoices, inbox_choices
from routing.selectors.inbox_pulse import inbox_pulse, listed_pulse
from routing.services.desk.presence import is_available, staff_seen, viewers

ROWS = "ib-rows"


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The list with nothing open beside it; to htmx the list alone, or its next page."""
    if not may(request.user, Ability.VIEW):
        raise PermissionDenied
    state = InboxState.read(request.GET)
    if request.GET.get("cursor"):
        return TemplateResponse(request, "inbox/rows.html", list_context(request, state))
    if wants_fragment(request, "ib-list"):
        return TemplateResponse(request, "inbox/list.html", list_context(request, state))
    return TemplateResponse(request, "inbox/page.html", page_context(request, state))


def page_context(request: HttpRequest, state: InboxState) -> dict[str, Any]:
    """Everything around the open conversation: the list and its filters."""
    choices = inbox_choices(request.user)
    return {
        **admin_context(request, title=_("Inbox")),
        **list_context(request, state, choices),
        "options": filter_options(choices, state),
        "several_brands": len(choices.brands) > 1,
        "is_available": is_available(request.user),
        "pane": "inbox/nothing_open.html",
    }


def list_context(
    request: HttpRequest, state: InboxState, choices: InboxChoices | None = None
) -> dict[str, Any]:
    """The rows, the views with their numbers, and what the bulk actions offer."""
    now = timezone.now()
    choices = choices or inbox_choices(request.user)
    page = inbox_page(
        request.user, state.filter, now=now, cursor=request.GET.get("cursor", ""), size=state.size
    )
    opened = viewers([row.thread.pk for row in page.rows], choices.people, now=now, but=request.user)
    counted = view_counts(request.user, now=now, view=state.filter.view)
    counts = counted.counts
    return {
        "state": state,
        "query": state.query(),
        "rows": [
            shown_row(row, state, now=now, viewers=[viewer.name for viewer in opened.get(row.thread.pk, ())])
            for row in page.rows
        ],
        "cursor": page.cursor,
        "first_views": view_links(state, counts, FIRST_VIEWS),
        "other_views": view_links(state, counts, OTHER_VIEWS),
        "view_label": View(state.filter.view).label,
        "waiting": counts[View.WAITING],
        "listed": listed_pulse(request.user, state.filter, counted, now=now),
        "people": choices.people,
        "departments": [(code, department_label(code)) for code in choices.departments],
        "snooze_presets": snooze_presets(now),
        "may_work": may(request.user, Ability.CONVERSE),
    }


@require_GET
def pulse(request: HttpRequest) -> HttpResponse:
    """Whether the page is still up to date: 204 when it is, else what changed. Asked every few seconds.

    `listed` and `opened` are the figures of the page; `thread` is the conversation that is open.
    """
    if not may(request.user, Ability.VIEW):
        raise PermissionDenied
    try:
        thread_id = UUID(request.GET.get("thread", ""))
    except ValueError:
        thread_id = None
    state = InboxState.read(request.GET)
    if may(request.user, Ability.CONVERSE):
        staff_seen(user=request.user, now=timezone.now())
    now = inbox_pulse(request.user, state.filter, now=timezone.now(), thread_id=thread_id)
    before = (request.GET.get("listed", ""), request.GET.get("opened", ""), request.GET.get("waiting", ""))
    opened = now.opened if thread_id else ""
    if before == (now.listed, opened, str(now.waiting)):
        return HttpResponse(status=204)
    return JsonResponse({"listed": now.listed, "opened": opened, "waiting": now.waiting})
