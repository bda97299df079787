"""Mail that deserves no answer: marked as spam, its sender blocked, and both undone again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.models import CommunicationThread, Contact
from channels_app.scoping import Ability, require
from routing.models import ThreadEvent
from routing.services.desk.errors import DeskRefused
from routing.services.desk.progress import bring_back, put_to_rest
from routing.services.desk.trail import locked, written

Kind = ThreadEvent.Kind
Status = CommunicationThread.Status
SPAM_LABEL = "spam"


@transaction.atomic
def thread_mark_spam(*, thread: CommunicationThread, user: Any, now: datetime) -> CommunicationThread:
    """Set it aside: labelled, resolved, no clock, out of everybody's lists. Raises PermissionDenied."""
    thread = locked(thread, user)
    if not thread.set_aside:
        _set_aside(thread, now)
        written(thread, Kind.MARKED_SPAM, user=user, now=now)
    return thread


@transaction.atomic
def thread_unmark_spam(*, thread: CommunicationThread, user: Any, now: datetime) -> CommunicationThread:
    """It was no spam: back among the open conversations. Raises DeskRefused, PermissionDenied."""
    thread = locked(thread, user)
    if not thread.set_aside:
        raise DeskRefused(_("This conversation is not set aside."))
    thread.labels = [label for label in thread.labels if label != SPAM_LABEL]
    bring_back(thread, now)
    thread.save()
    written(thread, Kind.UNMARKED_SPAM, user=user, now=now)
    return thread


@transaction.atomic
def sender_block(*, thread: CommunicationThread, user: Any, now: datetime) -> CommunicationThread:
    """Block whoever wrote this conversation in this brand, and set the conversation aside.

    What a blocked sender writes is kept, but nobody is told and nothing is answered. Raises
    DeskRefused for a colleague, PermissionDenied.
    """
    contact = _contact(thread, user)
    if contact.kind == Contact.Kind.INTERNAL:
        raise DeskRefused(_("A colleague cannot be blocked."))
    thread = locked(thread, user)
    if contact.blocked_at is None:
        contact.blocked_at = now
        contact.save(update_fields=["blocked_at", "updated_at"])
        written(thread, Kind.BLOCKED, user=user, now=now, contact_id=contact.id)
    if not thread.set_aside:
        _set_aside(thread, now)
    return thread


@transaction.atomic
def sender_unblock(*, thread: CommunicationThread, user: Any, now: datetime) -> CommunicationThread:
    """Let this sender through again; the conversation stays where it is. Raises PermissionDenied."""
    contact = _contact(thread, user)
    thread = locked(thread, user)
    if contact.blocked_at is not None:
        contact.blocked_at = None
        contact.save(update_fields=["blocked_at", "updated_at"])
        written(thread, Kind.UNBLOCKED, user=user, now=now, contact_id=contact.id)
    return thread


def _contact(thread: CommunicationThread, user: Any) -> Contact:
    """The sender, locked before the conversation, as the drain does."""
    require(user, Ability.CONVERSE, thread.business_entity_id)
    return Contact.objects.select_for_update().get(id=thread.contact_id)


def _set_aside(thread: CommunicationThread, now: datetime) -> None:
    put_to_rest(thread, now)
    thread.set_aside = True
    thread.assignee = None
    if SPAM_LABEL not in thread.labels:
        thread.labels = [*thread.labels, SPAM_LABEL]
    thread.save()
