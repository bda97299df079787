"""How staff prove who they are: the second factor, recovery codes, invitations and API tokens."""

from __future__ import annotations

import time
from base64 import b32encode
from datetime import datetime
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP
from fernet_fields import EncryptedTextField
from knox.models import AbstractAuthToken

from channels_app.models.base import BaseModel
from channels_app.models.entity import BusinessEntity
from channels_app.models.team import Membership

DIGITS = 6
STEP_SECONDS = 30


class Authenticator(ThrottlingMixin, Device):  # type: ignore[misc]  # django-otp has no types
    """An authenticator app (TOTP, RFC 6238). Unconfirmed until its first right code.

    Its key is encrypted, which django-otp's own device does not do. Wrong codes slow it down: 1, 2, 4, 8
    seconds and on until the next may be tried.
    """

    brand_lookup = None

    key = EncryptedTextField(editable=False)
    last_step = models.BigIntegerField(
        default=-1, editable=False, help_text=_("A code counts once; only later ones are accepted.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        db_table = "authenticators"
        verbose_name = _("authenticator app")
        verbose_name_plural = _("authenticator apps")
        constraints = [
            models.UniqueConstraint(fields=["user", "confirmed"], name="one_authenticator_per_user"),
        ]

    def __str__(self) -> str:
        return str(_("Authenticator app"))

    def get_throttle_factor(self) -> int:
        return 1

    def verify_token(self, token: str) -> bool:
        """Whether the code is right now (or one step ago or ahead) and was not used before; unsaved."""
        if not token.isdigit() or len(token) != DIGITS:
            return False
        totp = TOTP(bytes.fromhex(self.key), STEP_SECONDS, 0, DIGITS)
        totp.time = time.time()
        if not totp.verify(int(token), tolerance=1, min_t=self.last_step + 1):
            return False
        self.last_step = totp.t()
        return True

    @property
    def secret(self) -> str:
        """The key as people type it over, in base 32."""
        return b32encode(bytes.fromhex(self.key)).decode().rstrip("=")

    @property
    def address(self) -> str:
        """What the QR code says (the key URI format of authenticator apps)."""
        issuer = settings.OTP_TOTP_ISSUER
        label = quote(f"{issuer}:{self.user.get_username()}")
        values = {"secret": self.secret, "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}
        return f"otpauth://totp/{label}?{urlencode(values)}"


class RecoveryCode(BaseModel):
    """A code that stands in for the authenticator once. Only its digest is kept."""

    brand_lookup = None

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, editable=False)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        db_table = "recovery_codes"
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.pk)


class Invitation(BaseModel):
    """Somebody is asked by mail to come and work for a brand. The link works once and for a while."""

    brand_lookup = "business_entity"

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("brand")
    )
    email = models.EmailField(_("email address"))
    first_name = models.CharField(_("first name"), max_length=150, blank=True, db_default="")
    last_name = models.CharField(_("last name"), max_length=150, blank=True, db_default="")
    role = models.CharField(_("role"), max_length=15, choices=Membership.Role)
    serial = models.PositiveIntegerField(
        default=1, db_default=1, editable=False, help_text=_("Rises with every mail; older links end.")
    )
    expires_at = models.DateTimeField(_("valid until"), editable=False)
    sent_at = models.DateTimeField(_("mail sent"), null=True, blank=True, editable=False)
    mail_error = models.CharField(
        _("mail not sent"), max_length=300, blank=True, db_default="", editable=False
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+",
        db_index=False, verbose_name=_("invited by"),
    )  # fmt: skip
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+",
        db_index=False, verbose_name=_("account"),
    )  # fmt: skip

    class Meta:
        db_table = "invitations"
        ordering = ("-id",)
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["business_entity", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_per_brand_and_address",
                violation_error_message=_("This address has an open invitation already; send that again."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > now


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """What another system signs in with, in the name of a member of staff. Only its digest is kept."""

    brand_lookup = None

    name = models.CharField(_("name"), max_length=100)
    brands = ArrayField(
        models.UUIDField(), default=list, db_default=[], blank=True, verbose_name=_("brands"),
        help_text=_("Empty: every brand that its owner works for."),
    )  # fmt: skip
    read_only = models.BooleanField(_("reads only"), default=False, db_default=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        db_table = "api_tokens"
        ordering = ("-created",)
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name
