"""The open conversation: all of it, or the parts that change while it is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from channels_app.admin.display import brand_badge, department_label, medium_icon
from channels_app.models import CommunicationMessage, CommunicationThread
from channels_app.scoping import Ability, may, scope
from routing.admin.thread import SHOWN_IMAGES, component_name, decision_facts
from routing.admin.words import COMPONENTS, due_pill, lead_reason, state_pill, step_target
from routing.inbox.composer import composer_context
from routing.inbox.display import person_name, snooze_presets, wants_fragment
from routing.inbox.listing import page_context
from routing.inbox.mail_frame import framed_mail, has_remote_images
from routing.inbox.state import InboxState
from routing.selectors.colleagues import colleagues
from routing.selectors.conversation import Conversation, conversation
from routing.selectors.departments import departments_elsewhere
from routing.selectors.inbox_pulse import opened_pulse
from routing.selectors.moments import SuggestedMoment, shows_moments, upcoming_moments
from routing.selectors.ratings import rating_of
from routing.selectors.timeline import timeline
from routing.selectors.trail import events_of
from routing.services.desk.presence import viewers


def thread_of(request: HttpRequest, thread_id: UUID, ability: Ability = Ability.VIEW) -> CommunicationThread:
    """The conversation, with what every page of it needs. Raises Http404 for those of other brands."""
    threads = CommunicationThread.objects.select_related(
        "contact",
        "channel__business_entity",
        "source_channel__business_entity",
        "business_entity",
        "assignee",
        "merged_into",
    )
    thread = get_object_or_404(scope(threads, request.user), pk=thread_id)
    if not may(request.user, ability, thread.business_entity_id):
        raise PermissionDenied
    return thread


@require_GET
def thread_page(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """The conversation beside the list; to htmx the conversation alone, or (`part=live`) what may change."""
    thread = thread_of(request, thread_id)
    state = InboxState.read(request.GET)
    if request.GET.get("part") == "live":
        return live_parts(request, thread, state)
    if wants_fragment(request, "ib-pane"):
        return TemplateResponse(request, "inbox/thread.html", thread_context(request, thread, state))
    context = {
        **page_context(request, state),
        **thread_context(request, thread, state),
        "title": thread.reference_number,
        "pane": "inbox/thread.html",
    }
    return TemplateResponse(request, "inbox/page.html", context)


def live_parts(
    request: HttpRequest, thread: CommunicationThread, state: InboxState, *, composer: bool = False
) -> HttpResponse:
    """Head, timeline and facts as they are now, each to take the place of the old one. The composer, in
    which somebody may be writing, only when asked."""
    context = thread_context(request, thread, state, composer=composer)
    return TemplateResponse(request, "inbox/parts.html", context)


def thread_context(
    request: HttpRequest, thread: CommunicationThread, state: InboxState, *, composer: bool = True
) -> dict[str, Any]:
    """Everything a conversation shows; a fixed number of queries however long it is."""
    now = timezone.now()
    shown = conversation(thread)
    people = list(colleagues([thread.business_entity_id]))
    may_work = may(request.user, Ability.CONVERSE, thread.business_entity_id)
    context = {
        "thread": thread,
        "conversation": shown,
        "items": [
            (item, item.entry is not None and has_remote_images(item.entry.message.html))
            for item in timeline(shown.entries, events_of(thread), whole=not shown.earlier)
        ],
        "brand": brand_badge(thread.business_entity),
        "medium": medium_icon(thread.medium),
        "thread_state": state_pill(thread),
        "due": due_pill(thread, now),
        "department": department_label(thread.channel.channel_code) if thread.channel else "",
        "assignee_name": person_name(thread.assignee) if thread.assignee else "",
        "is_mine": thread.assignee_id == request.user.pk,
        "decisions": [decision_facts(log) for log in shown.decisions],
        "component_names": [component_name(name) for name in COMPONENTS],
        "escalations": [
            (escalation, [(step, step_target(step.by, step.to)) for step in escalation.steps.all()])
            for escalation in shown.escalations
        ],
        "rating": rating_of(thread.pk),
        "lead_reasons": [lead_reason(code) for code in thread.lead_reasons],
        "shown_images": SHOWN_IMAGES,
        "moments": _moments(thread, shown, now),
        "viewing": viewers([thread.pk], people, now=now, but=request.user).get(thread.pk, ()),
        "people": people,
        "elsewhere": [(code, department_label(code)) for code in departments_elsewhere(thread)],
        "runner_up": department_label(thread.runner_up_code) if thread.is_unsure else "",
        "suggested": department_label(thread.suggested_code) if thread.suggested_code else "",
        "snooze_presets": snooze_presets(now),
        "opened": opened_pulse(request.user, thread.pk),
        "may_work": may_work,
        "state": state,
        "query": state.query(),
        "now": now,
    }
    if may_work and composer:
        context |= composer_context(request, thread, people, now=now)
    return context


def _moments(thread: CommunicationThread, shown: Conversation, now: datetime) -> tuple[SuggestedMoment, ...]:
    """What the customer proposes, where the mailbox is to show it; read from the messages at hand."""
    if not shows_moments(thread):
        return ()
    zone = ZoneInfo(thread.business_entity.timezone)
    return upcoming_moments((entry.message for entry in shown.entries), zone=zone, now=now)


@require_GET
def mail_page(request: HttpRequest, thread_id: UUID, message_id: UUID) -> HttpResponse:
    """A message's own HTML, cleaned, for a sandboxed frame. `images=1` lets it fetch its pictures."""
    thread = thread_of(request, thread_id)
    message = get_object_or_404(CommunicationMessage, pk=message_id, thread=thread)
    if not message.html:
        raise Http404
    with_images = request.GET.get("images") == "1"
    response = HttpResponse(framed_mail(message, title=_("Message"), remote_images=with_images))
    pictures = "'self' data: https:" if with_images else "'self' data:"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; frame-ancestors 'self'; "
        "base-uri 'none'; form-action 'none'; sandbox allow-same-origin allow-popups "
        "allow-popups-to-escape-sandbox"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    return response
