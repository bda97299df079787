from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel
from channels_app.models.entity import BusinessEntity


class AuditEntry(BaseModel):
    """Who did what, when, and what was there before. Written once.

    The database refuses every change but one: emptying an entry for an erasure, which leaves an entry of
    its own (`services.audit.audit_redact`). References are without constraints, so that what is deleted
    stays in the trail. `changes`: {column: [before, after]}, or {column: "changed"} for a secret.
    """

    brand_lookup = "business_entity"

    class Action(models.TextChoices):
        CREATED = "created", _("Made")
        CHANGED = "changed", _("Changed")
        DELETED = "deleted", _("Deleted")
        OVERRIDDEN = "overridden", _("Conversation moved by hand")
        MERGED = "merged", _("Contacts merged")
        EXPORTED = "exported", _("Exported")
        SIGNED_IN = "signed_in", _("Signed in")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        LOCKED_OUT = "locked_out", _("Locked out")
        SIGNED_OUT = "signed_out", _("Signed out")
        SESSIONS_ENDED = "sessions_ended", _("Signed out everywhere")
        PASSWORD_RESET = "password_reset", _("Password set by mail")
        FACTOR_ADDED = "factor_added", _("Second factor added")
        FACTOR_REMOVED = "factor_removed", _("Second factor removed")
        FACTOR_FAILED = "factor_failed", _("Wrong code of the second factor")
        RECOVERY_USED = "recovery_used", _("Recovery code used")
        RECOVERY_MADE = "recovery_made", _("Recovery codes made")
        TOKEN_MADE = "token_made", _("API token made")
        TOKEN_REVOKED = "token_revoked", _("API token revoked")
        INVITED = "invited", _("Invited")
        INVITATION_REVOKED = "invitation_revoked", _("Invitation withdrawn")
        INVITATION_ACCEPTED = "invitation_accepted", _("Invitation accepted")
        PURGED = "purged", _("Removed after the retention period")
        ERASED = "erased", _("Contact erased")
        ACCESS_EXPORTED = "access_exported", _("Data of a contact handed out")
        KEYS_ROTATED = "keys_rotated", _("Encryption keys rotated")
        REDACTED = "redacted", _("Audit entry emptied")

    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("brand"),
    )
    action = models.CharField(_("what"), max_length=24, choices=Action)
    object_type = models.CharField(_("kind of object"), max_length=80, blank=True, db_default="")
    object_id = models.CharField(max_length=64, blank=True, db_default="")
    object_name = models.CharField(_("object"), max_length=300, blank=True, db_default="")
    changes = models.JSONField(_("changes"), default=dict, db_default={}, blank=True)
    detail = models.JSONField(_("detail"), default=dict, db_default={}, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("who"),
    )
    actor_name = models.CharField(
        _("who"), max_length=150, blank=True, db_default="", help_text=_("Empty: the system itself.")
    )
    ip_address = models.GenericIPAddressField(_("from address"), null=True, blank=True)
    redacted_at = models.DateTimeField(_("emptied"), null=True, blank=True)

    class Meta:
        db_table = "audit_entries"
        ordering = ("-created_at", "-id")
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        indexes = [
            # The trail of a brand, newest first; the page's filters narrow it further.
            models.Index(fields=["business_entity", "-created_at"], name="audit_by_brand"),
            # The whole trail, newest first, for who sees every brand.
            models.Index(fields=["-created_at", "-id"], name="audit_by_time"),
            # What happened to one object: its history, and what an erasure must empty.
            models.Index(fields=["object_type", "object_id"], name="audit_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.object_name}".strip()
