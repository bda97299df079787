"""Sessions of staff: how long they last, and ending them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied

from channels_app.models import AuditEntry
from channels_app.selectors.staff import manageable
from channels_app.services.audit import audit_person

# Where a session stands. Only DONE opens anything; a session that says nothing is looked up again.
STATE = "sign_in"
DONE = "done"
CODE_WANTED = "code"
ENROLMENT_WANTED = "enrol"
STARTED_AT = "signed_in_at"
SEEN_AT = "seen_at"


def sessions_end(
    *, person: Any, actor: Any, now: datetime, ip: str | None = None, but: str | None = None
) -> int:
    """Sign somebody out everywhere, but for the session with this key; how many sessions were ended.

    Sessions are not listed by person, so all that are alive are looked through: hundreds, not millions.
    Raises PermissionDenied when it is not one's own account nor one that one manages.
    """
    if actor.pk != person.pk and not manageable(actor).filter(pk=person.pk).exists():
        raise PermissionDenied
    ended = 0
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        if session.session_key == but or session.get_decoded().get(SESSION_KEY) != str(person.pk):
            continue
        session.delete()
        ended += 1
    audit_person(
        action=AuditEntry.Action.SESSIONS_ENDED, person=person, actor=actor, detail={"count": ended}, ip=ip
    )
    return ended
