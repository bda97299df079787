"""What is done to a conversation, beside writing in it: one address for all of it, one service for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from channels_app.admin.display import department_label
from channels_app.models import CommunicationThread
from channels_app.scoping import Ability
from channels_app.tasks import outgoing_waiting
from routing.inbox.conversation import live_parts, thread_of
from routing.inbox.display import person_name, tell
from routing.inbox.listing import list_context
from routing.inbox.state import InboxState
from routing.selectors.inbox import MOST_ROWS
from routing.services.desk.assigning import thread_assign, thread_give_back, thread_take
from routing.services.desk.blocking import (
    sender_block,
    sender_unblock,
    thread_mark_spam,
    thread_unmark_spam,
)
from routing.services.desk.bulk import BulkOutcome, bulk_apply
from routing.services.desk.errors import DeskRefused
from routing.services.desk.escalating import thread_escalate
from routing.services.desk.labelling import thread_label
from routing.services.desk.merging import thread_unmerge
from routing.services.desk.progress import thread_reopen, thread_resolve, thread_snooze, thread_wake
from routing.services.desk.reading import thread_mark_unread
from routing.services.override import (
    MoveRefused,
    ThreadMove,
    thread_move_to_code,
    thread_take_runner_up,
    thread_take_suggestion,
)

_KEY = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An action as it was asked for."""

    thread: CommunicationThread
    user: Any
    given: QueryDict
    now: datetime

    @property
    def who(self) -> dict[str, Any]:
        """What every service takes."""
        return {"thread": self.thread, "user": self.user, "now": self.now}


def _take(asked: Asked) -> str:
    thread_take(**asked.who, confirmed=asked.given.get("confirmed") == "1")
    return _("The conversation is yours.")


def _assign(asked: Asked) -> str:
    to, note = asked.given.get("to", ""), asked.given.get("note", "")
    if to == "nobody":
        thread_give_back(**asked.who, note=note)
        return _("Given back to the department.")
    person = _person(to)
    thread_assign(**asked.who, to=person, note=note)
    return _("%(name)s has it now.") % {"name": person_name(person)}


def _person(key: str) -> User:
    person = User.objects.filter(pk=key, is_active=True).first() if _KEY.fullmatch(key) else None
    if person is None:
        raise DeskRefused(_("Choose a colleague."))
    return person


def _move(asked: Asked) -> str:
    return _moved(
        thread_move_to_code(**asked.who, code=asked.given.get("to", ""), reason=asked.given.get("reason", ""))
    )


def _suggestion(asked: Asked) -> str:
    take = thread_take_runner_up if asked.given.get("take") == "runner_up" else thread_take_suggestion
    return _moved(take(**asked.who))


def _moved(move: ThreadMove) -> str:
    if move.told is not None:
        outgoing_waiting([move.told])
    target = move.log.target_channel
    name = department_label(target.channel_code) if target is not None else ""
    return _("The conversation is with %(department)s now.") % {"department": name}


def _snooze(asked: Asked) -> str:
    until = moment_given(asked.given.get("at" if "own" in asked.given else "until", ""))
    if until is None:
        raise DeskRefused(_("Choose a moment to snooze until."))
    thread_snooze(**asked.who, until=until)
    return _("Snoozed until %(moment)s.") % {"moment": timezone.localtime(until).strftime("%d-%m %H:%M")}


def _wake(asked: Asked) -> str:
    thread_wake(**asked.who)
    return _("Back among the open conversations.")


def _resolve(asked: Asked) -> str:
    thread_resolve(**asked.who)
    return _("Resolved.")


def _reopen(asked: Asked) -> str:
    thread_reopen(**asked.who)
    return _("Open again.")


def _escalate(asked: Asked) -> str:
    escalated = thread_escalate(**asked.who, reason=asked.given.get("reason", ""))
    outgoing_waiting(list(escalated.outgoing))
    if not escalated.heard:
        return _(
            "Escalated, but nobody is called: this department has no team channel and no steps. Call somebody."
        )
    return _("Escalated.")


def _label(asked: Asked) -> str:
    """The labels as they were typed take the place of those there were."""
    wanted = [label.strip() for label in asked.given.get("labels", "").split(",") if label.strip()]
    kept = {label.casefold() for label in wanted}
    thread_label(
        **asked.who,
        add=wanted,
        remove=[label for label in asked.thread.labels if label.casefold() not in kept],
    )
    return _("Labels saved.")


def _spam(asked: Asked) -> str:
    thread_mark_spam(**asked.who)
    return _("Set aside as spam.")


def _unspam(asked: Asked) -> str:
    thread_unmark_spam(**asked.who)
    return _("Back among the open conversations.")


def _block(asked: Asked) -> str:
    sender_block(**asked.who)
    return _("This sender is blocked.")


def _unblock(asked: Asked) -> str:
    sender_unblock(**asked.who)
    return _("This sender can reach you again.")


def _unmerge(asked: Asked) -> str:
    thread_unmerge(source=asked.thread, user=asked.user, now=asked.now)
    return _("A conversation of its own again.")


def _unread(asked: Asked) -> str:
    thread_mark_unread(thread=asked.thread, user=asked.user)
    return _("Unread again.")


ACTIONS: Mapping[str, Callable[[Asked], str]] = {
    "take": _take,
    "assign": _assign,
    "move": _move,
    "suggestion": _suggestion,
    "snooze": _snooze,
    "wake": _wake,
    "resolve": _resolve,
    "reopen": _reopen,
    "escalate": _escalate,
    "label": _label,
    "spam": _spam,
    "unspam": _unspam,
    "block": _block,
    "unblock": _unblock,
    "unmerge": _unmerge,
    "unread": _unread,
}


@require_POST
def act(request: HttpRequest, thread_id: UUID, action: str) -> HttpResponse:
    """Do one thing and show the conversation as it is then."""
    if action not in ACTIONS:
        raise Http404
    needs = Ability.VIEW if action == "unread" else Ability.CONVERSE
    thread = thread_of(request, thread_id, needs)
    asked = Asked(thread=thread, user=request.user, given=request.POST, now=timezone.now())
    try:
        said = ACTIONS[action](asked)
    except (DeskRefused, MoveRefused) as refused:
        return refusal(request, thread, str(refused))
    return done(request, thread, said, action=action)


def done(
    request: HttpRequest, thread: CommunicationThread, said: str, *, composer: bool = False, **facts: Any
) -> HttpResponse:
    """The answer after something was done: the changed parts for htmx, else back to the conversation.

    facts: what the page's scripts may want to know (`inbox:changed`).
    """
    state = InboxState.read(request.GET)
    if request.headers.get("HX-Request") != "true":
        messages.success(request, said)
        return HttpResponseRedirect(state.thread_url(thread.pk))
    answer = live_parts(request, thread_of(request, thread.pk), state, composer=composer)
    return tell(answer, said, events={"inbox:changed": {"thread": str(thread.pk), **facts}})


def refusal(request: HttpRequest, thread: CommunicationThread, said: str) -> HttpResponse:
    """The answer when something cannot be done like this: why not."""
    if request.headers.get("HX-Request") != "true":
        messages.error(request, said)
        return HttpResponseRedirect(InboxState.read(request.GET).thread_url(thread.pk))
    return tell(HttpResponse(status=204), said, kind="bad")


def moment_given(text: str) -> datetime | None:
    """A moment from a preset or a date field, in the reader's time zone when it names none."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return timezone.make_aware(moment) if moment is not None and timezone.is_naive(moment) else moment


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing to every selected conversation; what is refused is counted and named, the rest goes on."""
    try:
        action, parameters = _bulk_action(request.POST)
        outcome = bulk_apply(
            thread_ids=_ids(request.POST.getlist("thread")),
            action=action,
            user=request.user,
            now=timezone.now(),
            **parameters,
        )
    except DeskRefused as refused:
        said, went_well, count = str(refused), False, 0
    else:
        outgoing_waiting(outcome.outgoing)
        said, went_well, count = _bulk_said(outcome), not outcome.refused, outcome.done
    state = InboxState.read(request.GET)
    if request.headers.get("HX-Request") != "true":
        (messages.success if went_well else messages.warning)(request, said)
        return HttpResponseRedirect(state.list_url())
    answer = TemplateResponse(request, "inbox/list.html", list_context(request, state))
    return tell(answer, said, kind="good" if went_well else "bad", events={"inbox:bulk": {"count": count}})


def _bulk_action(given: QueryDict) -> tuple[str, dict[str, Any]]:
    """Which of the service's actions a pressed button stands for, and with what."""
    if given.get("assign"):
        return "assign", {"to": _person(given.get("assign", ""))}
    if given.get("move"):
        return "move", {"code": given.get("move", ""), "reason": given.get("reason", "")}
    if given.get("snooze"):
        until = moment_given(given.get("snooze", ""))
        if until is None:
            raise DeskRefused(_("Choose a moment to snooze until."))
        return "snooze", {"until": until}
    action = given.get("action", "")
    if action == "label":
        return "label", {"add": [given.get("label", "")]}
    if action not in ("resolve", "take", "give_back", "spam"):
        raise Http404
    return action, {}


def _bulk_said(outcome: BulkOutcome) -> str:
    said = ngettext("%(count)d conversation changed.", "%(count)d conversations changed.", outcome.done) % {
        "count": outcome.done
    }
    return " ".join([said, *(f"{reference}: {why}" for reference, why in outcome.refused[:3])])


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts[:MOST_ROWS]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
