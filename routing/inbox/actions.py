"""What is done to a conversation, beside writing in it: one address for all of it, one service for each."""

from __future__ import annotations

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
from channels_app.scoping import Ability, scope
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
from routing.services.desk.errors import DeskRefused
from routing.services.desk.escalating import thread_escalate
from routing.services.desk.labelling import thread_label
from routing.services.desk.progress import thread_reopen, thread_resolve, thread_snooze, thread_wake
from routing.services.desk.reading import thread_mark_unread
from routing.services.override import (
    MoveRefused,
    ThreadMove,
    thread_move_to_code,
    thread_take_runner_up,
    thread_take_suggestion,
)


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
    person = User.objects.filter(pk=int(to), is_active=True).first() if to.isdecimal() else None
    if person is None:
        raise DeskRefused(_("Choose a colleague."))
    thread_assign(**asked.who, to=person, note=note)
    return _("%(name)s has it now.") % {"name": person_name(person)}


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


# Several at once: button -> the action it stands for and the field in which that expects the value.
_BULK_VALUES = {"assign": ("assign", "to"), "move": ("move", "to"), "snooze": ("snooze", "until")}
_BULK_ACTIONS = frozenset({"resolve", "take", "give_back", "label", "spam"})


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing to every selected conversation; what is refused is counted and named, the rest goes on."""
    action, given = _bulk_action(request.POST)
    wanted = _ids(request.POST.getlist("thread"))
    threads = list(
        scope(CommunicationThread.objects.filter(pk__in=wanted), request.user, Ability.CONVERSE)
        .select_related(
            "contact", "channel__business_entity", "source_channel", "business_entity", "assignee"
        )
        .order_by("pk")
    )
    now, refused = timezone.now(), []
    for thread in threads:
        try:
            _one_of_many(Asked(thread=thread, user=request.user, given=given, now=now), action)
        except (DeskRefused, MoveRefused) as reason:
            refused.append(f"{thread.reference_number}: {reason}")
    count = len(threads) - len(refused)
    said = ngettext("%(count)d conversation changed.", "%(count)d conversations changed.", count) % {
        "count": count
    }
    if refused:
        said = " ".join([said, *refused[:3]])
    if request.headers.get("HX-Request") != "true":
        (messages.warning if refused else messages.success)(request, said)
        return HttpResponseRedirect(InboxState.read(request.GET).list_url())
    return tell(
        TemplateResponse(request, "inbox/list.html", list_context(request, InboxState.read(request.GET))),
        said,
        kind="bad" if refused else "good",
        events={"inbox:bulk": {"count": count}},
    )


def _bulk_action(posted: QueryDict) -> tuple[str, QueryDict]:
    given = posted.copy()
    for button, (action, name) in _BULK_VALUES.items():
        if posted.get(button):
            given[name] = posted.get(button, "")
            return action, given
    action = posted.get("action", "")
    if action not in _BULK_ACTIONS:
        raise Http404
    return action, given


def _one_of_many(asked: Asked, action: str) -> None:
    if action == "give_back":
        thread_give_back(**asked.who)
    elif action == "label":
        thread_label(**asked.who, add=[asked.given.get("label", "")])
    else:
        ACTIONS[action](asked)


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts[:MOST_ROWS]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
