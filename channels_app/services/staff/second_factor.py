"""The second factor: adding an authenticator app, asking for its code, recovery codes, and resetting it."""

from __future__ import annotations

import io
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.crypto import salted_hmac

from channels_app.models import AuditEntry, Authenticator, RecoveryCode
from channels_app.selectors.staff import manageable
from channels_app.services.audit import audit_person
from channels_app.services.staff.sessions import CODE_WANTED, DONE, ENROLMENT_WANTED, sessions_end

Action = AuditEntry.Action
RECOVERY_CODES = 10
# Without letters and digits that look alike; ten of them are 48 bits, and wrong ones slow down.
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


class TooManyAttempts(Exception):
    """The next code may be tried only after a while."""


def has_factor(user: Any) -> bool:
    return bool(Authenticator.objects.filter(user=user, confirmed=True).exists())


def state_after_password(user: Any) -> str:
    """What a session of this person still needs after the password."""
    if has_factor(user):
        return CODE_WANTED
    return ENROLMENT_WANTED if settings.REQUIRE_SECOND_FACTOR else DONE


def factor_begin(*, user: Any) -> Authenticator:
    """The authenticator that is being added, with its key; the same until it is confirmed."""
    authenticator: Authenticator
    authenticator, _made = Authenticator.objects.get_or_create(
        user=user, confirmed=False, defaults={"name": "totp", "key": secrets.token_hex(20)}
    )
    return authenticator


def factor_confirm(
    *, user: Any, code: str, now: datetime, ip: str | None = None, session_key: str | None = None
) -> list[str] | None:
    """Take the new authenticator into use; its recovery codes, or None when the code is wrong.

    It takes the place of an earlier one, and sessions elsewhere end. Raises TooManyAttempts.
    """
    with transaction.atomic():
        pending = Authenticator.objects.select_for_update().filter(user=user, confirmed=False).first()
        if pending is None or not _matches(pending, code):
            return None
        Authenticator.objects.filter(user=user, confirmed=True).delete()
        pending.confirmed = True
        pending.throttle_reset(commit=False)
        pending.save()
        audit_person(action=Action.FACTOR_ADDED, person=user, ip=ip)
        codes = _codes_replace(user)
    sessions_end(person=user, actor=user, now=now, ip=ip, but=session_key)
    return codes


def factor_verify(*, user: Any, code: str, now: datetime, ip: str | None = None) -> bool:
    """Whether this is the code of the moment or an unused recovery code, which it then uses up.

    Raises TooManyAttempts while wrong codes slow the account down.
    """
    code = code.strip().lower().replace(" ", "")
    with transaction.atomic():
        authenticator = Authenticator.objects.select_for_update().filter(user=user, confirmed=True).first()
        if authenticator is None:
            return False
        if _matches(authenticator, code):
            authenticator.throttle_reset(commit=False)
            authenticator.save()
            return True
        used = RecoveryCode.objects.filter(user=user, digest=_digest(user, code), used_at__isnull=True)
        if used.update(used_at=now):
            authenticator.throttle_reset(commit=True)
            audit_person(action=Action.RECOVERY_USED, person=user, detail={"left": codes_left(user)}, ip=ip)
            return True
        audit_person(action=Action.FACTOR_FAILED, person=user, ip=ip)
    return False


def recovery_codes_make(*, user: Any, ip: str | None = None) -> list[str]:
    """New recovery codes instead of the old ones. They are shown now and never again."""
    with transaction.atomic():
        codes = _codes_replace(user)
        audit_person(action=Action.RECOVERY_MADE, person=user, ip=ip)
    return codes


def codes_left(user: Any) -> int:
    return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


def factor_remove(*, person: Any, actor: Any, now: datetime, ip: str | None = None) -> None:
    """Reset somebody's second factor (a lost telephone): their sessions end, and they enrol again.

    Raises PermissionDenied when it is not an account that one manages.
    """
    if not manageable(actor).filter(pk=person.pk).exists():
        raise PermissionDenied
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        RecoveryCode.objects.filter(user=person).delete()
        audit_person(action=Action.FACTOR_REMOVED, person=person, actor=actor, ip=ip)
        sessions_end(person=person, actor=actor, now=now, ip=ip)


def qr_code(address: str) -> str:
    """The QR code of an address as SVG."""
    import qrcode.image.svg  # with its image library 4 MB, for a page that each person sees once

    image = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, border=2)
    out = io.BytesIO()
    image.save(out)
    return out.getvalue().decode()


def _matches(authenticator: Authenticator, code: str) -> bool:
    """Whether a code is right; a wrong one is counted. Recovery codes count as wrong ones until they
    turn out to be right, so that they are slowed down as well."""
    allowed, _why = authenticator.verify_is_allowed()
    if not allowed:
        raise TooManyAttempts
    if authenticator.verify_token(code.strip().replace(" ", "")):
        return True
    authenticator.throttle_increment(commit=True)
    return False


def _codes_replace(user: Any) -> list[str]:
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(user: Any, code: str) -> str:
    plain = code.replace("-", "")
    return salted_hmac("channels_app.recovery_code", f"{user.pk}:{plain}", algorithm="sha256").hexdigest()
