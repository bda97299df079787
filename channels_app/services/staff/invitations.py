"""Inviting somebody to a brand by mail. The link is signed, expires, and works once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from channels_app.models import AuditEntry, Invitation, Membership
from channels_app.scoping import Ability, may, require
from channels_app.services.audit import audit_record
from channels_app.services.staff.mails import link, staff_mail

Action = AuditEntry.Action
VALID = timedelta(days=7)
_SALT = "channels_app.invitation"


class InvitationRefused(Exception):
    """The link does not (any more) let anybody in; the text says why."""


def invitation_send(*, invitation: Invitation, actor: Any, now: datetime, ip: str | None = None) -> str:
    """Store a new invitation and send its mail; "" or why the mail did not leave, in words.

    Raises PermissionDenied unless the actor administers that brand, ValidationError for an address that
    has an open invitation.
    """
    require(actor, Ability.ADMINISTER, invitation.business_entity_id)
    invitation.email = invitation.email.strip().lower()
    invitation.invited_by = actor
    invitation.expires_at = now + VALID
    try:
        with transaction.atomic():
            Invitation.objects.filter(
                business_entity_id=invitation.business_entity_id, email=invitation.email,
                accepted_at__isnull=True, revoked_at__isnull=True, expires_at__lte=now,
            ).update(revoked_at=now)  # fmt: skip
            invitation.save()
    except IntegrityError as error:
        raise ValidationError(_("This address has an open invitation already; send that again.")) from error
    _tell(Action.INVITED, invitation, actor, ip)
    return _mail(invitation, now)


def invitation_resend(*, invitation: Invitation, actor: Any, now: datetime, ip: str | None = None) -> str:
    """Send the mail again with a new link; the links of earlier mails end. As `invitation_send`."""
    require(actor, Ability.ADMINISTER, invitation.business_entity_id)
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if invitation.accepted_at or invitation.revoked_at:
            raise ValidationError(_("This invitation was accepted or withdrawn; make a new one."))
        invitation.serial += 1
        invitation.expires_at = now + VALID
        invitation.invited_by = actor
        invitation.save(update_fields=["serial", "expires_at", "invited_by"])
    _tell(Action.INVITED, invitation, actor, ip)
    return _mail(invitation, now)


def invitation_revoke(*, invitation: Invitation, actor: Any, now: datetime, ip: str | None = None) -> None:
    """Withdraw an invitation that was not accepted; its link ends."""
    require(actor, Ability.ADMINISTER, invitation.business_entity_id)
    if Invitation.objects.filter(
        pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True
    ).update(revoked_at=now):  # fmt: skip
        _tell(Action.INVITATION_REVOKED, invitation, actor, ip)


def invitation_token(invitation: Invitation) -> str:
    return signing.dumps([str(invitation.pk), invitation.serial], salt=_SALT)


def invitation_of(token: str, now: datetime) -> Invitation:
    """The open invitation behind a link. Raises InvitationRefused."""
    try:
        key, serial = signing.loads(token, salt=_SALT)
        found = Invitation.objects.select_related("business_entity", "invited_by").get(
            pk=UUID(key), serial=serial
        )
    except (signing.BadSignature, Invitation.DoesNotExist, ValueError, TypeError) as error:
        raise InvitationRefused(_("This link does not work. Perhaps a newer mail has another.")) from error
    if found.accepted_at:
        raise InvitationRefused(_("This invitation was accepted already. Sign in with your account."))
    if not found.is_open(now):
        raise InvitationRefused(_("This invitation has expired or was withdrawn. Ask for a new one."))
    if found.invited_by is None or not may(found.invited_by, Ability.ADMINISTER, found.business_entity_id):
        raise InvitationRefused(_("Whoever invited you no longer manages this brand. Ask for a new one."))
    return found


def account_for_address(email: str) -> User | None:
    """The account that has this address already, if any; superusers are never matched by address."""
    return (
        get_user_model()
        .objects.filter(email__iexact=email, is_superuser=False)
        .order_by("-is_active", "pk")
        .first()
    )


@transaction.atomic
def invitation_accept_new(
    *, token: str, password: str, first_name: str, last_name: str, now: datetime, ip: str | None = None
) -> User:
    """Make the account with its membership. Raises InvitationRefused; the password was validated before."""
    invitation = _claimed(token, now)
    if account_for_address(invitation.email) is not None:
        raise InvitationRefused(_("There is an account with this address; sign in to accept."))
    users = get_user_model().objects
    if users.filter(username=invitation.email).exists():
        raise InvitationRefused(_("There is an account with this name. Ask your administrator."))
    user = users.create_user(
        username=invitation.email[:150], email=invitation.email, password=password, is_staff=True,
        first_name=first_name[:150], last_name=last_name[:150],
    )  # fmt: skip
    _join(invitation, user, now, ip)
    return user


@transaction.atomic
def invitation_accept(*, token: str, user: Any, now: datetime, ip: str | None = None) -> None:
    """Add the membership to the account of the address that was invited. Raises InvitationRefused."""
    invitation = _claimed(token, now)
    if user.email.lower() != invitation.email:
        raise InvitationRefused(_("This invitation is for another address than that of your account."))
    _join(invitation, user, now, ip)


def _claimed(token: str, now: datetime) -> Invitation:
    """The invitation, locked, so that two people who use the link at once are not both let in."""
    invitation = invitation_of(token, now)
    locked = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if not locked.is_open(now):
        raise InvitationRefused(_("This invitation was accepted already. Sign in with your account."))
    return locked


def _join(invitation: Invitation, user: Any, now: datetime, ip: str | None) -> None:
    Membership.objects.update_or_create(
        user=user, business_entity_id=invitation.business_entity_id, defaults={"role": invitation.role}
    )
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    invitation.accepted_at, invitation.user = now, user
    invitation.save(update_fields=["accepted_at", "user"])
    _tell(Action.INVITATION_ACCEPTED, invitation, user, ip)


def _mail(invitation: Invitation, now: datetime) -> str:
    brand, by = invitation.business_entity, invitation.invited_by
    with override(brand.default_language if brand.default_language == "en" else "nl"):
        error = staff_mail(
            to=invitation.email,
            subject=_("Invitation to work for %(brand)s") % {"brand": brand.entity_name},
            template="mail/invitation.txt",
            context={
                "invitation": invitation,
                "brand": brand,
                "role": invitation.get_role_display(),
                "by": by.get_full_name() or by.get_username() if by else brand.entity_name,
                "link": link(reverse("invitation", args=[invitation_token(invitation)])),
            },
        )
    invitation.mail_error = error[:300]
    invitation.sent_at = invitation.sent_at if error else now
    invitation.save(update_fields=["mail_error", "sent_at"])
    return error


def _tell(action: str, invitation: Invitation, actor: Any, ip: str | None) -> None:
    audit_record(
        action=action,
        brands=[invitation.business_entity_id],
        actor=actor,
        object_type=Invitation._meta.label_lower,
        object_id=invitation.pk,
        object_name=invitation.email,
        detail={"role": invitation.role},
        ip=ip,
    )
