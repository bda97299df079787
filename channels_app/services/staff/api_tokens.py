"""API tokens: made by their owner, shown once, kept as a digest, limited to brands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from channels_app.models import ApiToken, AuditEntry
from channels_app.scoping import entity_ids
from channels_app.services.audit import audit_person

# Between two notes of when a token was last used.
USE_NOTED_EVERY = timedelta(minutes=5)


@transaction.atomic
def api_token_make(
    *, user: Any, name: str, brands: Iterable[UUID] = (), lifetime: timedelta | None, read_only: bool = False,
    ip: str | None = None,
) -> tuple[ApiToken, str]:  # fmt: skip
    """The token's row and the token itself, which nobody can read again.

    brands: empty means every brand that the owner works for, now or later. Raises PermissionDenied for a
    brand in which the owner has nothing to look for.
    """
    limit = list(dict.fromkeys(brands))
    allowed = entity_ids(user)
    if allowed is not None and not set(limit) <= allowed:
        raise PermissionDenied
    row, token = ApiToken.objects.create(
        user=user, expiry=lifetime, name=name.strip()[:100], brands=limit, read_only=read_only
    )
    audit_person(action=AuditEntry.Action.TOKEN_MADE, person=user, detail={"name": row.name}, ip=ip)
    return row, token


@transaction.atomic
def api_token_revoke(*, user: Any, digest: str, ip: str | None = None) -> bool:
    """End one of one's own tokens; False when there is no such token."""
    row = ApiToken.objects.filter(user=user, digest=digest).first()
    if row is None:
        return False
    row.delete()
    audit_person(action=AuditEntry.Action.TOKEN_REVOKED, person=user, detail={"name": row.name}, ip=ip)
    return True


def api_token_used(*, token: ApiToken, now: datetime) -> None:
    """Note that it is in use, at most every few minutes."""
    if token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
