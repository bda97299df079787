"""Labels: the team's own words for what a conversation is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.bulk import clean_text
from channels_app.models import CommunicationThread
from routing.models import ThreadEvent
from routing.services.desk.errors import DeskRefused
from routing.services.desk.trail import locked, written

LABEL_LENGTH = 50
LABELS_AT_MOST = 20


@transaction.atomic
def thread_label(
    *,
    thread: CommunicationThread,
    user: Any,
    now: datetime,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> CommunicationThread:
    """Put labels on a conversation and take others off; capitals make no other label.

    Raises DeskRefused for too long or too many, PermissionDenied.
    """
    thread = locked(thread, user)
    gone = {label.casefold() for label in map(tidy, remove)}
    kept = [label for label in thread.labels if label.casefold() not in gone]
    present = {label.casefold() for label in kept}
    added = []
    for label in map(tidy, add):
        if label and label.casefold() not in present:
            present.add(label.casefold())
            added.append(label)
    if any(len(label) > LABEL_LENGTH for label in added):
        raise DeskRefused(_("A label has at most %(count)d characters.") % {"count": LABEL_LENGTH})
    labels = [*kept, *added]
    if added and len(labels) > LABELS_AT_MOST:
        raise DeskRefused(_("A conversation has at most %(count)d labels.") % {"count": LABELS_AT_MOST})
    if labels == list(thread.labels):
        return thread
    taken_off = [label for label in thread.labels if label not in labels]
    thread.labels = labels
    thread.updated_at = now
    thread.save(update_fields=["labels", "updated_at"])
    written(thread, ThreadEvent.Kind.LABELLED, user=user, now=now, added=added, removed=taken_off)
    return thread


def tidy(label: str) -> str:
    """A label without stray spaces."""
    return " ".join(clean_text(label).split())
