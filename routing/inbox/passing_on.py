"""Merging two conversations, and forwarding one to somebody outside: each a dialog over the conversation."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from channels_app.models import Attachment, CommunicationThread
from channels_app.scoping import Ability, scope
from channels_app.tasks import outgoing_waiting
from routing.inbox.actions import done
from routing.inbox.conversation import thread_of
from routing.inbox.display import admin_context, tell
from routing.inbox.forms import AddressesField, IdsField, first_problem
from routing.services.desk.errors import DeskRefused, LeakRefused
from routing.services.desk.forwarding import Forward, forward_send
from routing.services.desk.merging import threads_merge

OTHERS_OFFERED = 20


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Choose a conversation whose messages come into this one, by list or by reference; the POST merges."""
    thread = thread_of(request, thread_id, Ability.CONVERSE)
    others = _mergeable(request, thread)
    problem = ""
    if request.method == "POST":
        reference = request.POST.get("reference", "").strip() or request.POST.get("other", "")
        source = others.filter(reference_number__iexact=reference).first()
        if source is None:
            problem = _("There is no conversation “%(reference)s” on this medium.") % {"reference": reference}
        else:
            try:
                threads_merge(source=source, target=thread, user=request.user, now=timezone.now())
            except DeskRefused as refused:
                problem = str(refused)
            else:
                said = _("%(reference)s is part of this conversation now.") % {
                    "reference": source.reference_number
                }
                return done(request, thread, said, action="merge")
    same = others.filter(contact=thread.contact_id).order_by("-last_message_at")[:OTHERS_OFFERED]
    return _dialog(request, "inbox/merge.html", {"thread": thread, "others": same, "problem": problem})


def _mergeable(request: HttpRequest, thread: CommunicationThread) -> QuerySet[CommunicationThread]:
    return (
        scope(CommunicationThread.objects.select_related("contact"), request.user, Ability.CONVERSE)
        .filter(business_entity=thread.business_entity_id, medium=thread.medium, merged_into=None)
        .exclude(pk=thread.pk)
    )


class ForwardForm(forms.Form):
    """What goes to whom outside."""

    to = forms.CharField(label=gettext_lazy("To"), max_length=320)
    cc = AddressesField(label=gettext_lazy("Cc"), required=False, max_length=2000)
    subject = forms.CharField(label=gettext_lazy("Subject"), required=False, max_length=300)
    body = forms.CharField(label=gettext_lazy("Your message"), strip=False, max_length=20_000)
    include = forms.ChoiceField(
        label=gettext_lazy("Of the conversation goes along"),
        choices=[
            ("last", gettext_lazy("the customer's last message")),
            ("conversation", gettext_lazy("all of it, without notes")),
            ("nothing", gettext_lazy("nothing")),
        ],
    )
    attachment = IdsField(required=False)
    key = forms.CharField(max_length=64)
    confirmed_leaks = forms.BooleanField(required=False)

    def forward(self) -> Forward:
        given = self.cleaned_data
        return Forward(
            to=given["to"], cc=given["cc"], subject=given["subject"], body=given["body"], key=given["key"],
            include=given["include"], attachments=given["attachment"], confirmed_leaks=given["confirmed_leaks"],
        )  # fmt: skip


@require_http_methods(["GET", "POST"])
def forward(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Send the conversation to a subcontractor by mail; their answer comes back to it."""
    thread = thread_of(request, thread_id, Ability.CONVERSE)
    form = ForwardForm(request.POST or None, initial={"key": uuid4().hex, "include": "last"})
    context: dict[str, Any] = {"thread": thread, "form": form, "problem": "", "leaks": ()}
    if request.method == "POST":
        try:
            if not form.is_valid():
                raise DeskRefused(first_problem(form))
            now = timezone.now()
            sent = forward_send(thread=thread, user=request.user, forward=form.forward(), now=now)
        except LeakRefused as stopped:
            context |= {"leaks": stopped.findings, "can_confirm": stopped.can_be_confirmed}
        except DeskRefused as refused:
            context["problem"] = str(refused)
        else:
            outgoing_waiting(sent.outgoing, at=sent.leaves_at)
            said = _("Forwarded to %(to)s.") % {"to": sent.item.recipient}
            return done(request, thread, said, action="forward")
    context["files"] = Attachment.objects.filter(
        message__thread=thread, state=Attachment.State.STORED
    ).order_by("id")
    context["chosen"] = request.POST.getlist("attachment")
    return _dialog(request, "inbox/forward.html", context)


def _dialog(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A dialog's inside for htmx; without it the same on a page of its own."""
    context["query"] = f"?{request.GET.urlencode()}" if request.GET else ""
    if request.headers.get("HX-Request") != "true":
        page = {
            **admin_context(request, title=context["thread"].reference_number),
            **context,
            "inside": template,
        }
        return TemplateResponse(request, "inbox/alone.html", page)
    answer = TemplateResponse(request, template, context)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#ib-dialog", "innerHTML"
    return tell(answer, "", events={"inbox:dialog": {}})
