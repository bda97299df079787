"""Contacts from another system, many at a time and as often as it likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from channels_app.api.serializers import EntityField
from channels_app.models import Contact
from channels_app.services.contact_import.applying import contacts_import
from channels_app.services.contact_import.planning import ImportPlan
from channels_app.services.contact_import.rows import contact_row

MOST_ROWS = 1_000


class ImportedContactSerializer(serializers.Serializer[Any]):
    """One contact; it is recognised by a mail address, phone number or customer number."""

    name = serializers.CharField(required=False, allow_blank=True)
    company = serializers.CharField(required=False, allow_blank=True)
    kind = serializers.CharField(required=False, allow_blank=True)
    language = serializers.CharField(required=False, allow_blank=True)
    emails = serializers.ListField(child=serializers.CharField(allow_blank=True), required=False)
    phones = serializers.ListField(child=serializers.CharField(allow_blank=True), required=False)
    street = serializers.CharField(required=False, allow_blank=True)
    postal_code = serializers.CharField(required=False, allow_blank=True)
    city = serializers.CharField(required=False, allow_blank=True)
    country = serializers.CharField(required=False, allow_blank=True)
    customer_numbers = serializers.ListField(child=serializers.CharField(allow_blank=True), required=False)
    order_numbers = serializers.ListField(child=serializers.CharField(allow_blank=True), required=False)
    charger_serials = serializers.ListField(child=serializers.CharField(allow_blank=True), required=False)
    notes = serializers.CharField(required=False, allow_blank=True)


class ContactImportSerializer(serializers.Serializer[Any]):
    entity = EntityField()
    rows = ImportedContactSerializer(many=True, allow_empty=False)
    kind = serializers.ChoiceField(Contact.Kind.choices, default=Contact.Kind.CUSTOMER)
    overwrite = serializers.BooleanField(default=False)
    dry_run = serializers.BooleanField(default=False)

    def validate_rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(rows) > MOST_ROWS:
            raise serializers.ValidationError(f"at most {MOST_ROWS} rows at once")
        return rows


class RefusedRowSerializer(serializers.Serializer[Any]):
    rows = serializers.ListField(child=serializers.IntegerField())
    reasons = serializers.ListField(child=serializers.CharField())


class ContactImportOutcomeSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = RefusedRowSerializer(many=True)


def import_contacts(request: Request, context: Mapping[str, Any]) -> Response:
    """Create and change contacts of one brand in one transaction; sending the same rows again changes nothing.

    Refused rows, named by their index, leave the others alone.
    """
    form = ContactImportSerializer(data=request.data, context=dict(context))
    form.is_valid(raise_exception=True)
    given = form.validated_data
    plan = contacts_import(
        user=request.user,
        entity=given["entity"],
        rows=[contact_row(index, _values(row)) for index, row in enumerate(given["rows"])],
        kind=given["kind"],
        overwrite=given["overwrite"],
        now=timezone.now(),
        dry_run=given["dry_run"],
    )
    return Response(_outcome(plan))


def _values(row: dict[str, Any]) -> dict[str, list[str]]:
    return {
        name: [item for item in value if item] if isinstance(value, list) else [value]
        for name, value in row.items()
        if value
    }


def _outcome(plan: ImportPlan) -> dict[str, Any]:
    return {
        "created": plan.created,
        "changed": plan.changed,
        "unchanged": plan.unchanged,
        "refused": [{"rows": list(planned.lines), "reasons": planned.reasons} for planned in plan.refused],
    }
