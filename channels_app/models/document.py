from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.attachment import Attachment
from channels_app.models.base import BaseModel
from channels_app.models.entity import BusinessEntity
from channels_app.models.personal import DataKind, PersonalData
from channels_app.schemas.document_numbers import CUSTOMER, INVOICE, LONGEST_NUMBER, ORDER


class FiledDocument(BaseModel):
    """An attachment under one of the numbers it was found to be about; without any, one row that says so.

    That row also keeps the sweep from reading the attachment again.
    """

    brand_lookup = "business_entity"
    personal = PersonalData(contact="attachment__message__thread__contact", kind=DataKind.FILES, removed=True)

    class Kind(models.TextChoices):
        INVOICE = INVOICE, _("Invoice number")
        ORDER = ORDER, _("Order number")
        CUSTOMER = CUSTOMER, _("Customer number")
        NONE = "none", _("No number found")

    # Without a constraint of its own: that of the attachment keeps the brand.
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("brand"),
    )
    attachment = models.ForeignKey(
        Attachment,
        on_delete=models.CASCADE,
        related_name="filed",
        db_index=False,
        verbose_name=_("attachment"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    number = models.CharField(_("number"), max_length=LONGEST_NUMBER, blank=True, db_default="")

    class Meta:
        db_table = "filed_documents"
        ordering = ("-id",)
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            # Filed once; serves the conversation and the sweep too.
            models.UniqueConstraint(fields=["attachment", "kind", "number"], name="document_filed_once"),
        ]
        indexes = [
            # By number, and the newest of a brand.
            models.Index(fields=["business_entity", "number"], name="document_by_number"),
            models.Index(fields=["business_entity", "-id"], name="document_by_brand"),
        ]

    def __str__(self) -> str:
        return self.number or str(self.Kind.NONE.label)
