"""Who works on a conversation: take it, give it back, give it to a colleague."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.bulk import clean_text
from channels_app.models import CommunicationThread
from channels_app.scoping import Ability, may
from routing.models import Escalation, StaffNotice, ThreadEvent
from routing.services.acknowledgement import escalation_acknowledge
from routing.services.desk.errors import DeskRefused
from routing.services.desk.notes import NOTE_LENGTH, note_write
from routing.services.desk.notices import notices_give
from routing.services.desk.trail import locked, name_of, refuse_merged, written

Kind = ThreadEvent.Kind


@transaction.atomic
def thread_take(
    *, thread: CommunicationThread, user: Any, now: datetime, confirmed: bool = False
) -> CommunicationThread:
    """Work on it oneself. From a colleague only with `confirmed`.

    Whoever takes a conversation acknowledges its open escalations. Raises DeskRefused, PermissionDenied.
    """
    thread = locked(thread, user)
    refuse_merged(thread)
    if thread.assignee_id == user.pk:
        return thread
    previous = thread.assignee
    if previous is not None and not confirmed:
        raise DeskRefused(_("%(name)s is working on this already.") % {"name": name_of(previous)})
    _give_to(thread, user, now)
    written(thread, Kind.TAKEN, user=user, now=now, **_before(previous))
    escalations_acknowledge(thread, user, now)
    return thread


@transaction.atomic
def thread_give_back(
    *, thread: CommunicationThread, user: Any, now: datetime, note: str = ""
) -> CommunicationThread:
    """Return it to the department, with a note for whoever takes it next. Raises DeskRefused, PermissionDenied."""
    thread = locked(thread, user)
    previous = thread.assignee
    if previous is None:
        raise DeskRefused(_("Nobody is working on this."))
    _give_to(thread, None, now)
    note = clean_text(note.strip())[:NOTE_LENGTH]
    if note:
        note_write(thread, user, note, now)
    written(thread, Kind.GIVEN_BACK, user=user, now=now, note=note[:200], **_before(previous))
    return thread


@transaction.atomic
def thread_assign(
    *, thread: CommunicationThread, to: Any, user: Any, now: datetime, note: str = ""
) -> CommunicationThread:
    """Give it to a colleague of the brand, who gets a notice; a `note` makes it a handover.

    to: the colleague's user. Raises DeskRefused, PermissionDenied.
    """
    thread = locked(thread, user)
    refuse_merged(thread)
    if not may_work_on(to, thread):
        raise DeskRefused(
            _("%(name)s does not answer for %(brand)s.")
            % {"name": name_of(to), "brand": thread.business_entity.entity_name}
        )
    previous = thread.assignee
    note = clean_text(note.strip())[:NOTE_LENGTH]
    if previous is not None and previous.pk == to.pk and not note:
        return thread
    _give_to(thread, to, now)
    message = note_write(thread, user, note, now) if note else None
    notices_give(
        thread, [to], kind=StaffNotice.Kind.HANDED_OVER if note else StaffNotice.Kind.ASSIGNED, by=user, now=now,
        message_id=message.id if message else None, preview=note or thread.subject,
    )  # fmt: skip
    written(
        thread, Kind.HANDED_OVER if note else Kind.ASSIGNED, user=user, now=now, to=name_of(to), to_id=to.pk,
        note=note[:200], **_before(previous),
    )  # fmt: skip
    return thread


def may_work_on(person: Any, thread: CommunicationThread) -> bool:
    """Whether this person may answer in the conversation's brand."""
    return may(person, Ability.CONVERSE, thread.business_entity_id)


def escalations_acknowledge(thread: CommunicationThread, user: Any, now: datetime) -> None:
    """Somebody acts, so what calls for somebody is acknowledged; broken promises end with the answer."""
    for escalation_id in (
        Escalation.objects.filter(thread=thread, state=Escalation.State.OPEN)
        .exclude(cause=Escalation.Cause.BREACH)
        .order_by("id")
        .values_list("id", flat=True)
    ):
        escalation_acknowledge(escalation_id=escalation_id, by=name_of(user), now=now)


def _give_to(thread: CommunicationThread, person: Any, now: datetime) -> None:
    thread.assignee = person
    thread.updated_at = now
    thread.save(update_fields=["assignee", "updated_at"])


def _before(previous: Any) -> dict[str, Any]:
    return {"from": name_of(previous), "from_id": previous.pk} if previous is not None else {}
