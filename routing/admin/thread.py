from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Left, NullIf
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.views import ChangeList

from channels_app.admin.base import ReadOnlyAdmin
from channels_app.admin.display import (
    brand_badge,
    department_label,
    medium_icon,
    moment_html,
    pill,
    pills,
)
from channels_app.admin.filters import MediumFilter, OwnerFilter
from channels_app.models import Attachment, CommunicationMessage, CommunicationThread
from channels_app.scoping import scope
from channels_app.selectors.search import search_threads
from routing.admin.filters import AssigneeFilter, LabelFilter, ThreadViewFilter
from routing.admin.move import move_panel, move_urls
from routing.admin.words import (
    COMPONENTS,
    action_pill,
    confidence_meter,
    due_pill,
    explanation_of,
    lead_reason,
    rule_names,
    score_rows,
    sender_name,
    state_pill,
    step_target,
)
from routing.models import MessageRoutingLog
from routing.selectors.conversation import conversation
from routing.selectors.ratings import rating_of

# Only these are shown in the page; anything else is downloaded.
SHOWN_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class ThreadChangeList(ChangeList):
    """A row leads to where the conversation is worked."""

    def url_for_result(self, result: CommunicationThread) -> str:
        return reverse("inbox-thread", args=[result.pk])


@admin.register(CommunicationThread)
class ThreadAdmin(ReadOnlyAdmin):
    """Conversations to read: what was said, and why it is where it is. They are worked in the inbox."""

    list_display = (
        "reference",
        "badge",
        "who",
        "department",
        "state",
        "due",
        "last",
    )
    list_filter: ClassVar[Any] = (
        ThreadViewFilter, "business_entity", OwnerFilter, ("medium", MediumFilter), "status", AssigneeFilter,
        LabelFilter, "set_aside", "channel",
    )  # fmt: skip
    list_select_related = ("business_entity", "contact", "channel__business_entity", "assignee")
    search_fields = ("reference_number", "subject", "contact__name", "contact__identifiers__value")
    search_help_text = _("Reference, name, mail address, phone number, or words of the conversation")
    list_display_links = ("reference",)
    ordering = ("-last_message_at",)
    change_form_template = "admin/channels_app/thread.html"
    empty_title = _("No conversations yet")
    empty_hint = _("As soon as a customer writes to one of your channels, the conversation appears here.")
    empty_icon = "forum"
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newest = (
            CommunicationMessage.objects.filter(thread=OuterRef("pk"))
            .exclude(direction=CommunicationMessage.Direction.INTERNAL)
            .order_by("-sent_at", "-id")
            .annotate(preview=Left(Coalesce(NullIf("new_text", Value("")), "body"), 200))
        )
        rows: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(preview=Subquery(newest.values("preview")[:1]))
            .select_related(*self.list_select_related, "source_channel__business_entity")
        )
        return rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ThreadChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return search_threads(queryset, search_term, request.user), False

    def get_urls(self) -> list[URLPattern]:
        file = path(
            "<uuid:thread_id>/attachment/<uuid:attachment_id>/",
            self.admin_site.admin_view(self.attachment_view),
            name="channels_app_communicationthread_attachment",
        )
        return [file, *move_urls(self.admin_site.admin_view), *super().get_urls()]

    def attachment_view(self, request: HttpRequest, thread_id: Any, attachment_id: Any) -> HttpResponseBase:
        """The bytes of an attachment, for those who may read its conversation. Never run by the browser."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = (
            scope(Attachment.objects.all(), request.user, self.view_ability)
            .filter(pk=attachment_id, message__thread=thread_id, state=Attachment.State.STORED)
            .exclude(file="")
            .first()
        )
        if found is None:
            raise Http404
        try:
            stream = found.file.open("rb")
        except OSError as error:
            raise Http404 from error
        shown = found.content_type in SHOWN_IMAGES
        answer = FileResponse(
            stream,
            as_attachment=not shown,
            filename=found.name,
            content_type=found.content_type if shown else "application/octet-stream",
        )
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
        answer["Cache-Control"] = "private, max-age=3600"
        return answer

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        thread = kwargs["obj"]
        shown = conversation(thread)
        context.update(
            title=thread.reference_number,
            subtitle=None,
            conversation=shown,
            rating=rating_of(thread.pk),
            decisions=[decision_facts(log) for log in shown.decisions],
            component_names=[component_name(name) for name in COMPONENTS],
            escalations=[
                (escalation, [(step, step_target(step.by, step.to)) for step in escalation.steps.all()])
                for escalation in shown.escalations
            ],
            state=self.state(thread),
            due=self.due(thread),
            badge=brand_badge(thread.business_entity),
            medium_badge=medium_icon(thread.medium),
            shown_images=SHOWN_IMAGES,
            lead_reasons=[lead_reason(code) for code in thread.lead_reasons],
            label_pills=pills(thread.labels),
            move=move_panel(request, thread),
            now=timezone.now(),
        )
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[no-any-return]

    @display(description=_("reference"), ordering="reference_number")
    def reference(self, thread: CommunicationThread) -> SafeString:
        icon = medium_icon(thread.medium, with_name=False)
        if not thread.is_urgent:
            return format_html("{} {}", icon, thread.reference_number)
        mark = '<span class="cc-urgent material-symbols-outlined" title="{0}" aria-label="{0}">priority_high</span>'
        return format_html("{} {} {}", icon, thread.reference_number, format_html(mark, gettext("Urgent")))

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, thread: CommunicationThread) -> Any:
        return brand_badge(thread.business_entity)

    @display(description=_("contact and message"), header=True, ordering="contact__name")
    def who(self, thread: CommunicationThread) -> list[str]:
        preview = " ".join((getattr(thread, "preview", "") or "").split())
        return [str(thread.contact), " · ".join(filter(None, (thread.subject, preview)))[:120]]

    @display(description=_("department"), ordering="channel__channel_code")
    def department(self, thread: CommunicationThread) -> Any:
        if thread.channel is None:
            return pill(gettext("Nobody found"), "bad")
        name = department_label(thread.channel.channel_code)
        return format_html("{} {}", name, pill(gettext("unsure"), "warning")) if thread.is_unsure else name

    @display(description=_("state"), ordering="status")
    def state(self, thread: CommunicationThread) -> SafeString:
        return state_pill(thread)

    @display(description=_("answer due"), ordering="response_due_at")
    def due(self, thread: CommunicationThread) -> Any:
        return due_pill(thread, timezone.now())

    @display(description=_("last message"), ordering="last_message_at")
    def last(self, thread: CommunicationThread) -> Any:
        return moment_html(thread.last_message_at)


def component_name(name: str) -> tuple[str, str]:
    """A part of the score as the head of its column: short, and in full."""
    return {
        "priority": (gettext("Prio"), gettext("Priority")),
        "content": (gettext("Text"), gettext("Content")),
        "sender": (gettext("From"), gettext("Sender")),
        "urgency": (gettext("Urg."), gettext("Urgency")),
        "load": (gettext("Load"), gettext("Load")),
    }[name]


def decision_facts(log: MessageRoutingLog) -> dict[str, Any]:
    """A decision ready for the “why here?” panel."""
    return {
        "log": log,
        "sentence": explanation_of(log),
        "confidence": confidence_meter(log),
        "action": action_pill(log.action),
        "sender": sender_name(log.sender_classification),
        "keywords": [
            (department_label(code), pills(words)) for code, words in (log.keyword_matches or {}).items()
        ],
        "rules": rule_names(log),
        "scores": score_rows(log),
    }
