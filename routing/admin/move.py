"""The small form beside a conversation with which it is moved to another department."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from channels_app.admin.display import department_label
from channels_app.models import CommunicationThread
from channels_app.scoping import Ability, may, scope
from channels_app.selectors.directory import configuration_version
from channels_app.tasks import outgoing_waiting
from routing.selectors.brands import brand_profile
from routing.services.override import (
    REASON_LENGTH,
    MoveRefused,
    ThreadMove,
    thread_move_to_code,
    thread_take_runner_up,
    thread_take_suggestion,
)

PAGE = "admin:channels_app_communicationthread_change"


class MoveForm(forms.Form):
    """Where to, and why; `thread_move_to_code` judges what is filled in."""

    channel_code = forms.ChoiceField(label=gettext_lazy("Department"), widget=UnfoldAdminSelectWidget())
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=REASON_LENGTH, widget=UnfoldAdminTextInputWidget()
    )

    def __init__(self, departments: list[tuple[str, str]]) -> None:
        super().__init__(auto_id="move_%s")
        self.fields["channel_code"].choices = [("", _("Choose…")), *departments]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class MovePanel:
    """What is offered. runner_up and suggested: name of a department, "" when there is none."""

    url: str
    form: MoveForm
    runner_up: str
    suggested: str


def move_panel(request: HttpRequest, thread: CommunicationThread) -> MovePanel | None:
    """The form for this conversation; None for who may not move it, or when there is nowhere to go."""
    if not may(request.user, Ability.CONVERSE, thread.business_entity_id):
        return None
    compiled = brand_profile(thread.business_entity_id, configuration_version()).compiled
    owner = thread.channel.channel_code if thread.channel is not None else ""
    codes = [department.code for department in compiled.departments if department.active]
    elsewhere = [code for code in codes if code != owner]
    if not elsewhere:
        return None

    def name_of(code: str) -> str:
        return department_label(code) if code in elsewhere else ""

    return MovePanel(
        url=reverse("admin:channels_app_communicationthread_move", args=[thread.pk]),
        form=MoveForm([(code, department_label(code)) for code in elsewhere]),
        runner_up=name_of(thread.runner_up_code) if thread.is_unsure else "",
        suggested=name_of(thread.suggested_code),
    )


def move_urls(wrap: Callable[..., Any]) -> list[URLPattern]:
    """wrap: the admin site's `admin_view`."""
    return [
        path("<uuid:thread_id>/move/", wrap(move_view), name="channels_app_communicationthread_move"),
    ]


def move_view(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """A posted move: to `channel_code` with `reason`, or `take` the runner-up or the suggestion."""
    if request.method != "POST":
        raise PermissionDenied
    thread = scope(CommunicationThread.objects.filter(pk=thread_id), request.user).first()
    if thread is None:
        raise Http404
    try:
        move = _move(request, thread)
    except MoveRefused as refused:
        messages.error(request, str(refused))
    else:
        if move.told is not None:
            outgoing_waiting([move.told])
        target = move.log.target_channel
        name = department_label(target.channel_code) if target is not None else ""
        messages.success(request, _("The conversation is with %(department)s now.") % {"department": name})
    return HttpResponseRedirect(reverse(PAGE, args=[thread.pk]))


def _move(request: HttpRequest, thread: CommunicationThread) -> ThreadMove:
    now, user, take = timezone.now(), request.user, request.POST.get("take")
    if take == "runner_up":
        return thread_take_runner_up(thread=thread, user=user, now=now)
    if take == "suggestion":
        return thread_take_suggestion(thread=thread, user=user, now=now)
    return thread_move_to_code(
        thread=thread,
        code=request.POST.get("channel_code", ""),
        user=user,
        reason=request.POST.get("reason", ""),
        now=now,
    )
