"""One action for many conversations: each on its own, so that one refusal stops no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from channels_app.models import CommunicationThread
from channels_app.scoping import scope
from routing.services.desk.assigning import thread_assign, thread_give_back, thread_take
from routing.services.desk.blocking import thread_mark_spam, thread_unmark_spam
from routing.services.desk.errors import DeskRefused
from routing.services.desk.labelling import thread_label
from routing.services.desk.progress import thread_reopen, thread_resolve, thread_snooze, thread_wake
from routing.services.desk.reading import thread_mark_read, thread_mark_unread
from routing.services.override import MoveRefused, thread_move_to_code

THREADS_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """done: how many it was done to. refused: (reference, why) of the others. missing: how many are not
    there for this user. outgoing: the channels that have something to send now."""

    done: int
    refused: tuple[tuple[str, str], ...]
    missing: int
    outgoing: tuple[UUID, ...]


Action = Callable[..., Any]


def _unread(*, thread: CommunicationThread, user: Any, now: datetime) -> None:
    thread_mark_unread(thread=thread, user=user)


ACTIONS: Mapping[str, Action] = {
    "take": thread_take,  # confirmed
    "give_back": thread_give_back,
    "assign": thread_assign,  # to, note
    "resolve": thread_resolve,
    "reopen": thread_reopen,
    "snooze": thread_snooze,  # until
    "wake": thread_wake,
    "label": thread_label,  # add, remove
    "move": thread_move_to_code,  # code, reason
    "spam": thread_mark_spam,
    "not_spam": thread_unmark_spam,
    "read": thread_mark_read,
    "unread": _unread,
}


def bulk_apply(
    *, thread_ids: Sequence[UUID], action: str, user: Any, now: datetime, **parameters: Any
) -> BulkOutcome:
    """Do one of ACTIONS to each of these conversations, with the parameters of that action.

    Each conversation is a transaction of its own, taken in the order of their ids. Raises DeskRefused
    for an unknown action or too many conversations.
    """
    perform = ACTIONS.get(action)
    if perform is None:
        raise DeskRefused(_("There is no action “%(name)s”.") % {"name": action})
    wanted = sorted(set(thread_ids))
    if len(wanted) > THREADS_AT_MOST:
        raise DeskRefused(_("At most %(count)d conversations at once.") % {"count": THREADS_AT_MOST})
    threads = {thread.id: thread for thread in scope(CommunicationThread.objects.filter(id__in=wanted), user)}
    done, refused, outgoing = 0, [], []
    for thread_id in wanted:
        thread = threads.get(thread_id)
        if thread is None:
            continue
        try:
            outcome = perform(thread=thread, user=user, now=now, **parameters)
        except (DeskRefused, MoveRefused) as error:
            refused.append((thread.reference_number, str(error)))
        except PermissionDenied:
            refused.append((thread.reference_number, _("You may not do this in this brand.")))
        else:
            done += 1
            told = getattr(outcome, "told", None)
            outgoing += [told] if told is not None else []
    return BulkOutcome(done, tuple(refused), len(wanted) - len(threads), tuple(dict.fromkeys(outgoing)))
