from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from channels_app.admin.base import ReadOnlyInline, ScopedModelAdmin, ScopedTabularInline
from channels_app.admin.contact_merge import merge_page
from channels_app.admin.display import NOTHING, brand_badge, moment_html, pill
from channels_app.admin.privacy import ContactPrivacy
from channels_app.forms.contact import IdentifierForm
from channels_app.models import CommunicationThread, Contact, ContactIdentifier
from channels_app.scoping import Ability

_KINDS = {"customer": "good", "partner": "info", "internal": "neutral", "unknown": "warning"}


class IdentifierFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """An address belongs to one contact of the brand; whose it is already is said in words."""

    def clean(self) -> None:
        super().clean()
        brand = self.instance.business_entity_id
        if brand is None:
            return
        for form in self.forms:
            values = getattr(form, "cleaned_data", None) or {}
            if not values.get("value") or values.get("DELETE"):
                continue
            form.instance.business_entity_id = brand
            taken = (
                ContactIdentifier.objects.filter(
                    business_entity_id=brand, kind=values["kind"], value=values["value"]
                )
                .exclude(pk=form.instance.pk)
                .select_related("contact")
                .first()
            )
            if taken is not None and taken.contact_id != self.instance.pk:
                form.add_error(
                    "value",
                    ValidationError(
                        _now("This already belongs to %(name)s."), params={"name": taken.contact}
                    ),
                )


class IdentifierInline(ScopedTabularInline):
    model = ContactIdentifier
    form = IdentifierForm
    formset = IdentifierFormSet
    change_ability = Ability.CONVERSE
    deletable = True
    fields = ("kind", "value")
    verbose_name = _("address or number")
    verbose_name_plural = _("addresses and numbers")


class ThreadInline(ReadOnlyInline):
    """The contact's conversations, newest first; they are opened on a page of their own."""

    model = CommunicationThread
    fields = ("reference_number", "subject", "status", "last_message_at")
    readonly_fields = fields
    ordering = ("-last_message_at",)
    tab = True
    per_page = 20
    verbose_name_plural = _("conversations")


@admin.register(Contact)
class ContactAdmin(ContactPrivacy, ScopedModelAdmin):
    change_ability = Ability.CONVERSE
    list_display = ("title", "badge", "kind_pill", "addresses", "place", "threads_count", "since", "blocked")
    list_filter = ("business_entity", "kind", "language")
    list_select_related = ("business_entity",)
    search_fields = (
        "name", "company", "identifiers__value", "city", "postal_code", "customer_numbers", "order_numbers",
        "charger_serials",
    )  # fmt: skip
    search_help_text = _("Name, company, mail address, phone, customer, order or charger number, city")
    inlines = (IdentifierInline, ThreadInline)
    actions = ("merge_selected",)
    actions_list = ("import_contacts",)
    actions_detail = ("write", "merge", "hand_out", "erase")
    empty_title = _("No contacts yet")
    empty_hint = _("Whoever writes to you appears here by itself. You can also add customers beforehand.")
    empty_icon = "contacts"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "business_entity", ("name", "company"), ("kind", "language"),
                    "customer_numbers", "order_numbers", "charger_serials", "notes",
                )
            },
        ),
        (_("Address"), {"fields": ("street", ("postal_code", "city"), "country")}),
        (_("Limits"), {"fields": ("blocked_at", "marketing_stopped_at")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .prefetch_related("identifiers")
            .annotate(thread_count=Count("threads"))
        )
        return rows

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for instance_form in formset.forms:
            if isinstance(instance_form.instance, ContactIdentifier):
                instance_form.instance.business_entity_id = form.instance.business_entity_id
        super().save_formset(request, form, formset, change)

    # --- Importing and merging ------------------------------------------------------------------------

    @action(description=_("Import contacts"), url_path="import", icon="upload_file", permissions=["import"])
    def import_contacts(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:channels_app_contactimport_add"))

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.allowed(request, Ability.CONFIGURE)

    @action(description=_("New conversation"), url_path="write", icon="edit_square", permissions=["change"])
    def write(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('inbox-new')}?contact={object_id}")

    @action(description=_("Merge"), url_path="merge", icon="merge", permissions=["change"])
    def merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        contact = self.get_object(request, object_id)
        if contact is None or not self.has_change_permission(request, contact):
            raise PermissionDenied
        return merge_page(request, contact, {**self.admin_site.each_context(request), "opts": self.opts})

    @admin.action(description=_("Merge two contacts"), permissions=["change"])
    def merge_selected(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        chosen = list(queryset.order_by("created_at")[:3])
        if len(chosen) != 2 or chosen[0].business_entity_id != chosen[1].business_entity_id:
            messages.warning(request, _now("Choose two contacts of the same brand."))
            return None
        page = reverse("admin:channels_app_contact_merge", args=[chosen[0].pk])
        return HttpResponseRedirect(f"{page}?with={chosen[1].pk}")

    @display(description=_("contact"), header=True, ordering="name")
    def title(self, contact: Contact) -> list[str]:
        return [str(contact), contact.company]

    @display(description=_("brand"), ordering="business_entity__entity_name")
    def badge(self, contact: Contact) -> Any:
        return brand_badge(contact.business_entity)

    @display(description=_("kind"), ordering="kind")
    def kind_pill(self, contact: Contact) -> SafeString:
        return pill(contact.get_kind_display(), _KINDS.get(contact.kind, "neutral"))

    @display(description=_("reachable at"))
    def addresses(self, contact: Contact) -> str:
        values = [identifier.value for identifier in contact.identifiers.all()]
        more = f" +{len(values) - 2}" if len(values) > 2 else ""
        return f"{', '.join(values[:2])}{more}" or NOTHING

    @display(description=_("place"), ordering="city")
    def place(self, contact: Contact) -> str:
        return contact.city or NOTHING

    @display(description=_("conversations"), ordering="thread_count")
    def threads_count(self, contact: Contact) -> int:
        return int(getattr(contact, "thread_count", 0))

    @display(description=_("since"), ordering="created_at")
    def since(self, contact: Contact) -> Any:
        return moment_html(contact.created_at)

    @display(description=_("blocked"))
    def blocked(self, contact: Contact) -> Any:
        return pill(_now("Blocked"), "bad") if contact.blocked_at else NOTHING
