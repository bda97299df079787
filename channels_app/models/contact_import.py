from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel
from channels_app.models.contact import Contact
from channels_app.models.entity import BusinessEntity
from channels_app.models.fields import TextListField


class ContactImport(BaseModel):
    """A file of contacts: first a draft that shows what it would do, then the record of what it did.

    The file itself is kept only as long as it is a draft.
    """

    brand_lookup = "business_entity"

    class State(models.TextChoices):
        DRAFT = "draft", _("Not imported yet")
        DONE = "done", _("Imported")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("brand")
    )
    file_name = models.CharField(_("file"), max_length=255)
    content = models.BinaryField(default=b"", editable=False)
    columns = TextListField(
        _("columns"), help_text=_("What each column of the file holds, in order; empty is left out.")
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=Contact.Kind, default=Contact.Kind.CUSTOMER, db_default="customer"
    )
    overwrite = models.BooleanField(_("the file wins where it differs"), default=False, db_default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, db_default="draft"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    applied_at = models.DateTimeField(_("imported"), null=True, blank=True)
    contacts_created = models.PositiveIntegerField(_("new"), default=0, db_default=0)
    contacts_changed = models.PositiveIntegerField(_("changed"), default=0, db_default=0)
    contacts_unchanged = models.PositiveIntegerField(_("unchanged"), default=0, db_default=0)
    rows_refused = models.PositiveIntegerField(_("refused"), default=0, db_default=0)
    refusals = models.JSONField(_("why refused"), default=list, db_default=[], blank=True)

    class Meta:
        db_table = "contact_imports"
        ordering = ("-id",)
        verbose_name = _("import of contacts")
        verbose_name_plural = _("imports of contacts")

    def __str__(self) -> str:
        return self.file_name
