from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.audited import Audited
from channels_app.models.base import ChangingModel
from channels_app.models.entity import BusinessEntity
from channels_app.models.personal import DataKind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


def _days(name: StrPromise, help_text: StrPromise) -> models.PositiveIntegerField[int | None, int | None]:
    return models.PositiveIntegerField(
        name, null=True, blank=True, validators=[MinValueValidator(1)], help_text=help_text
    )


class RetentionPolicy(ChangingModel):
    """How long a brand keeps what customers wrote. Counts and figures stay whatever is chosen."""

    brand_lookup = "business_entity"

    business_entity = models.OneToOneField(
        BusinessEntity, on_delete=models.PROTECT, related_name="retention", verbose_name=_("brand")
    )
    raw_days = _days(
        _("raw exchanges (days)"),
        _(
            "What providers sent, as it came in; useful only to look into trouble. Empty: as long as this "
            "installation keeps it."
        ),
    )
    files_days = _days(_("attachments (days)"), _("The files with messages."))
    text_days = _days(
        _("texts (days)"), _("Words of messages and notes. The conversation stays, without its words.")
    )
    identity_days = _days(
        _("contacts (days of silence)"),
        _("Name, addresses and numbers of a contact who has not written or been written to for so long."),
    )
    done_until = models.JSONField(
        default=dict, db_default={}, editable=False, help_text=_("Kind -> up to when it was removed.")
    )
    last_run_at = models.DateTimeField(_("last removed"), null=True, blank=True, editable=False)
    last_counts = models.JSONField(_("removed then"), default=dict, db_default={}, editable=False)

    class Meta:
        db_table = "retention_policies"
        ordering = ("business_entity__entity_name",)
        verbose_name = _("retention period")
        verbose_name_plural = _("retention")
        triggers = [
            Audited(
                label="(SELECT entity_name FROM business_entities"
                " WHERE id = (r->>'business_entity_id')::uuid)",
                ignored=("done_until", "last_run_at", "last_counts"),
            )
        ]

    def __str__(self) -> str:
        return str(self.business_entity)

    def days(self, kind: DataKind) -> int | None:
        """How many days this kind is kept; None: for good."""
        days: int | None = getattr(self, f"{kind.value}_days")
        return days
