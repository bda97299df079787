from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.audited import Audited, AuditedPart
from channels_app.models.base import BaseModel, ChangingModel
from channels_app.models.entity import BusinessEntity
from channels_app.models.fields import TextListField
from channels_app.models.personal import DataKind, PersonalData


class Contact(ChangingModel):
    """A person or company that writes to one brand; another brand knows nothing of it."""

    brand_lookup = "business_entity"
    personal = PersonalData(
        contact="self",
        kind=DataKind.IDENTITY,
        cleared={
            "name": "", "company": "", "street": "", "postal_code": "", "city": "", "country": "",
            "customer_numbers": [], "order_numbers": [], "charger_serials": [], "notes": "",
        },
    )  # fmt: skip

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        PARTNER = "partner", _("Partner")
        INTERNAL = "internal", _("Colleague")
        UNKNOWN = "unknown", _("Unknown")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="contacts", verbose_name=_("brand")
    )
    name = models.CharField(_("name"), max_length=200, blank=True, db_default="")
    company = models.CharField(_("company"), max_length=200, blank=True, db_default="")
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=Kind,
        default=Kind.UNKNOWN,
        db_default="unknown",
        help_text=_("Unknown is whoever wrote for the first time; make it a customer once they are one."),
    )
    language = models.CharField(
        _("language"), max_length=5, choices=BusinessEntity.Language, blank=True, db_default=""
    )
    street = models.CharField(_("street and number"), max_length=200, blank=True, db_default="")
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True, db_default="")
    city = models.CharField(_("city"), max_length=100, blank=True, db_default="")
    country = models.CharField(_("country"), max_length=2, blank=True, db_default="")
    customer_numbers = TextListField(_("customer numbers"))
    order_numbers = TextListField(_("order numbers"))
    charger_serials = TextListField(_("charger serial numbers"))
    notes = models.TextField(_("notes"), blank=True, db_default="")
    blocked_at = models.DateTimeField(
        _("blocked since"),
        null=True,
        blank=True,
        help_text=_("Messages of a blocked contact are kept, but nobody is told and no answer is sent."),
    )
    marketing_stopped_at = models.DateTimeField(_("no marketing since"), null=True, blank=True)
    anonymised_at = models.DateTimeField(_("anonymised"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "contacts"
        ordering = ("name",)
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        triggers = [Audited(label="r->>'name'", by_people=True)]
        indexes = [
            # The admin's contact list of a brand, in name order.
            models.Index(fields=["business_entity", "name"], name="contact_by_brand_and_name"),
            # Search by customer, order or charger number in admin and inbox.
            GinIndex(
                fields=["customer_numbers", "order_numbers", "charger_serials"], name="contact_by_numbers"
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("Unknown contact"))


class ContactIdentifier(BaseModel):
    """A way to reach a contact. Within a brand it belongs to exactly one."""

    brand_lookup = "business_entity"
    personal = PersonalData(contact="contact", kind=DataKind.IDENTITY, removed=True)

    class Kind(models.TextChoices):
        EMAIL = "email", _("Email address")
        PHONE = "phone", _("Phone number")
        WHATSAPP_USER = "whatsapp_user", _("WhatsApp user id")

    # Without a constraint of its own: that of the contact keeps the brand.
    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    value = models.CharField(
        _("value"), max_length=320, help_text=_("Mail address in lower case, phone number as +31612345678.")
    )

    class Meta:
        db_table = "contact_identifiers"
        ordering = ("kind", "value")
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        triggers = [
            AuditedPart(
                whole="channels_app.contact", whole_id="contact_id", part="kind", value="value",
                label="(SELECT name FROM contacts WHERE id = (r->>'contact_id')::uuid)", by_people=True,
            ),
        ]  # fmt: skip
        constraints = [
            # Also serves the drain's look-up of senders.
            models.UniqueConstraint(
                fields=["business_entity", "kind", "value"], name="identifier_of_one_contact"
            ),
        ]

    def __str__(self) -> str:
        return self.value
