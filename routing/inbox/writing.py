"""What the composer sends: answers and notes, drafts, files, and the sign that somebody is here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from channels_app.models import CommunicationMessage, CommunicationThread
from channels_app.providers.registry import provider_for
from channels_app.scoping import Ability
from channels_app.tasks import outgoing_waiting
from routing.inbox.actions import done, moment_given, refusal
from routing.inbox.conversation import thread_of
from routing.inbox.display import tell
from routing.inbox.forms import ComposerForm, first_problem
from routing.selectors.colleagues import colleagues
from routing.services.desk.drafting import draft_clear, draft_save
from routing.services.desk.errors import AnswerConflict, DeskRefused, LeakRefused
from routing.services.desk.files import draft_file_add, draft_file_remove
from routing.services.desk.notes import note_add
from routing.services.desk.presence import staff_seen, thread_closed, thread_opened, viewers
from routing.services.desk.progress import thread_snooze
from routing.services.desk.reading import thread_mark_read
from routing.services.desk.replying import leaks_in_reply, reply_send
from routing.services.desk.undoing import reply_undo


@require_POST
def write(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Send the answer, or save the note. Somebody who wrote meanwhile, or words of another brand, are
    shown first; the same form with `confirmed` or `confirmed_leaks` sends it knowingly."""
    thread = thread_of(request, thread_id, Ability.CONVERSE)
    form = ComposerForm(request.POST)
    if not form.is_valid():
        return refusal(request, thread, first_problem(form))
    try:
        if form.cleaned_data["mode"] == "note":
            return _note(request, thread, form)
        return _reply(request, thread, form)
    except (AnswerConflict, LeakRefused) as stopped:
        _keep(request, thread, form)
        return _stopped(request, thread, stopped)
    except DeskRefused as refused:
        _keep(request, thread, form)
        return refusal(request, thread, str(refused))


def _note(request: HttpRequest, thread: CommunicationThread, form: ComposerForm) -> HttpResponse:
    note = note_add(thread=thread, user=request.user, body=form.cleaned_data["body"], now=timezone.now())
    draft_clear(thread=thread, user=request.user)
    said = _("Note saved.")
    if note.unknown:
        names = ", ".join(f"@{name}" for name in note.unknown)
        said = _("Note saved, but nobody here is called %(names)s.") % {"names": names}
    return done(request, thread, said, composer=True, action="note")


def _reply(request: HttpRequest, thread: CommunicationThread, form: ComposerForm) -> HttpResponse:
    now, then = timezone.now(), form.cleaned_data["then"]
    until = moment_given(form.cleaned_data["until"]) if then == "snooze" else None
    if then == "snooze" and (until is None or until <= now):
        raise DeskRefused(_("Choose a moment to snooze until."))
    sent = reply_send(thread=thread, user=request.user, reply=form.reply(), now=now)
    outgoing_waiting(sent.outgoing, at=sent.leaves_at)
    if until is not None and not sent.repeated:
        thread_snooze(thread=sent.thread, user=request.user, until=until, now=now)
    seconds = max(0, round((sent.leaves_at - now).total_seconds()))
    return done(
        request,
        thread,
        "" if seconds else _("Sent."),
        composer=True,
        action="resolve" if then else "reply",
        undo={
            "url": reverse("inbox-undo", args=[thread.pk, sent.message.pk]),
            "seconds": seconds,
            "text": _("The answer is on its way."),
            "label": _("Take back"),
        },
    )


def _stopped(
    request: HttpRequest, thread: CommunicationThread, stopped: AnswerConflict | LeakRefused
) -> HttpResponse:
    """A dialog that says what came in between; without scripts the sentence alone."""
    if request.headers.get("HX-Request") != "true":
        return refusal(request, thread, str(stopped))
    template = "inbox/conflict.html" if isinstance(stopped, AnswerConflict) else "inbox/leaks.html"
    answer = TemplateResponse(request, template, {"stopped": stopped, "thread": thread})
    answer["HX-Retarget"], answer["HX-Reswap"] = "#ib-dialog", "innerHTML"
    return tell(answer, "", events={"inbox:dialog": {}})


def _keep(request: HttpRequest, thread: CommunicationThread, form: ComposerForm) -> None:
    draft_save(
        thread=thread, user=request.user, body=form.cleaned_data["body"], content=form.draft(), now=timezone.now()
    )  # fmt: skip


@require_POST
def save_draft(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Keep what is being written, and say what there is to say about it before it is sent."""
    thread = thread_of(request, thread_id, Ability.CONVERSE)
    form = ComposerForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"problem": first_problem(form)}, status=400)
    _keep(request, thread, form)
    body = form.cleaned_data["body"]
    facts: dict[str, Any] = {
        "saved": timezone.localtime().strftime("%H:%M"),
        "parts": provider_for(thread.medium).parts(body) if body else 0,
        "warnings": [],
    }
    if form.cleaned_data["mode"] == "reply" and body.strip():
        facts["warnings"] = _warnings(request, thread, form)
    return JsonResponse(facts)


def _warnings(request: HttpRequest, thread: CommunicationThread, form: ComposerForm) -> list[str]:
    try:
        leaks = leaks_in_reply(thread=thread, user=request.user, reply=form.reply(), now=timezone.now())
    except DeskRefused:
        return []  # it is said when the answer is sent
    return [leak.sentence for leak in leaks]


@require_POST
def undo(request: HttpRequest, thread_id: UUID, message_id: UUID) -> HttpResponse:
    """Take the answer back that is about to leave; its text returns to the composer."""
    thread = thread_of(request, thread_id, Ability.CONVERSE)
    message = get_object_or_404(
        CommunicationMessage.objects.select_related("thread"), pk=message_id, thread=thread
    )
    try:
        reply_undo(message=message, user=request.user, now=timezone.now())
    except DeskRefused as refused:
        return refusal(request, thread, str(refused))
    return done(request, thread, _("Taken back; the text is in the composer."), composer=True, action="undo")


@require_POST
def upload(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Keep a file until the answer is sent; JSON with its id and name, or the problem."""
    thread = thread_of(request, thread_id, Ability.CONVERSE)
    given = request.FILES.get("file")
    if given is None:
        return JsonResponse({"problem": _("The file is empty.")}, status=400)
    try:
        file = draft_file_add(
            entity_id=thread.business_entity_id,
            user=request.user,
            name=given.name or "",
            content_type=given.content_type or "",
            data=given.read(),
            now=timezone.now(),
        )
    except DeskRefused as refused:
        return JsonResponse({"problem": str(refused)}, status=400)
    return JsonResponse({"id": str(file.pk), "name": file.name, "size": file.size})


@require_POST
def remove_upload(request: HttpRequest, thread_id: UUID, file_id: UUID) -> HttpResponse:
    """Throw an own upload away."""
    thread_of(request, thread_id, Ability.CONVERSE)
    draft_file_remove(file_id=file_id, user=request.user)
    return HttpResponse(status=204)


@require_POST
def here(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """A sign of life of somebody who has this conversation open, about every ten seconds; who else has.

    `seen`: the customer's newest message that the page shows; what came in later stays unread.
    `gone=1`: the page is being left.
    """
    thread = thread_of(request, thread_id)
    now, user = timezone.now(), request.user
    if request.POST.get("gone") == "1":
        thread_closed(thread_id=thread.pk, user=user)
        return HttpResponse(status=204)
    writing = request.POST.get("writing") == "1"
    thread_opened(thread_id=thread.pk, user=user, now=now, writing=writing)
    staff_seen(user=user, now=now)
    seen = _moment(request.POST.get("seen", ""))
    if seen is not None and thread.last_inbound_at is not None:
        thread.last_inbound_at = min(thread.last_inbound_at, seen)
        thread_mark_read(thread=thread, user=user, now=now)
    people = list(colleagues([thread.business_entity_id]))
    others = viewers([thread.pk], people, now=now, but=user).get(thread.pk, ())
    return JsonResponse({"viewers": [{"name": who.name, "writing": who.writing} for who in others]})


def _moment(text: str) -> Any:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None
