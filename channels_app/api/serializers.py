"""The resources as others see them: the specification's column names, and never a secret."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from drf_spectacular.utils import extend_schema_field
from pydantic import BaseModel, ValidationError
from rest_framework import serializers

from channels_app.api.base import ScopedRelatedField
from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    Contact,
)
from channels_app.schemas import AutoRoutingRules, BusinessCalendar, EscalationConfig
from channels_app.services.contact_edit import contact_save
from channels_app.services.rendering import validate_placeholders


class EntityField(ScopedRelatedField):
    """A brand, by its code."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("slug_field", "entity_code")
        if not options.get("read_only"):
            options.setdefault("queryset", BusinessEntity.objects.all())
        super().__init__(**options)


def typed(schema: type[BaseModel], value: Any) -> Any:
    """The value in the schema's own form, or the reasons why it does not fit, by place."""
    try:
        return schema.model_validate(value or {}).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        raise serializers.ValidationError(
            [
                f"{'.'.join(map(str, problem['loc'])) or 'value'}: {problem['msg']}"
                for problem in error.errors()
            ]
        ) from error


def opening_hours(hours: Any, timezone: str, holidays: Any = None) -> None:
    """Refuse opening hours that the calendar cannot read."""
    config = {"timezone": timezone, "hours": hours}
    if holidays:
        config["holidays"] = holidays
    try:
        BusinessCalendar.parse(config)
    except ValueError as error:
        raise serializers.ValidationError(str(error)) from error


class EntitySerializer(serializers.ModelSerializer[BusinessEntity]):
    code = serializers.SlugField(source="entity_code", read_only=True)

    class Meta:
        model = BusinessEntity
        fields = (
            "id", "code", "entity_code", "entity_name", "number_prefix", "timezone", "default_language",
            "operational_config", "auto_routing_rules", "whatsapp_business_account_id", "own_domains",
            "partner_domains", "brand_colour", "website", "is_active", "shadow_mode", "outgoing_stopped",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("entity_code", "number_prefix")

    def validate_auto_routing_rules(self, value: Any) -> Any:
        return typed(AutoRoutingRules, value)

    def validate_operational_config(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise serializers.ValidationError("an object with business_hours and holidays")
        if value.get("business_hours"):
            timezone = self.initial_data.get("timezone") or getattr(
                self.instance, "timezone", "Europe/Amsterdam"
            )
            opening_hours(value["business_hours"], timezone, value.get("holidays"))
        return value


class ChannelSerializer(serializers.ModelSerializer[BusinessEntityChannel]):
    entity_code = serializers.SlugField(source="business_entity.entity_code", read_only=True)
    # Settings are changed where they can be tried: in the admin, with their connection check.
    integration_config = serializers.JSONField(read_only=True)

    class Meta:
        model = BusinessEntityChannel
        fields = (
            "id", "business_entity", "entity_code", "channel_code", "channel_name", "channel_type",
            "channel_address", "display_name", "department", "integration_config", "auto_routing_rules",
            "escalation_config", "business_hours", "auto_response_template", "sla_response_minutes",
            "max_concurrent_conversations", "auto_assignment", "idle_resolve_days", "is_active", "is_primary",
            "priority_level", "suspended_at", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = (
            "business_entity", "channel_code", "channel_type", "channel_address", "suspended_at",
        )  # fmt: skip

    def validate_auto_routing_rules(self, value: Any) -> Any:
        return typed(AutoRoutingRules, value)

    def validate_escalation_config(self, value: Any) -> Any:
        return typed(EscalationConfig, value)

    def validate_business_hours(self, value: Any) -> Any:
        if value and self.instance is not None:
            opening_hours(value, self.instance.business_entity.timezone)
        return value or None

    def validate_auto_response_template(
        self, value: CommunicationTemplate | None
    ) -> CommunicationTemplate | None:
        brand = getattr(self.instance, "business_entity_id", None)
        if value is not None and value.business_entity_id != brand:
            raise serializers.ValidationError("a template of the same brand")
        return value


class TemplateSerializer(serializers.ModelSerializer[CommunicationTemplate]):
    entity = EntityField(source="business_entity")

    class Meta:
        model = CommunicationTemplate
        fields = (
            "id", "entity", "template_code", "template_name", "situation", "channel", "channel_type",
            "language", "subject", "content", "html_content", "is_active", "provider_name",
            "provider_category", "approval", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("provider_name", "provider_category", "approval")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("subject", "content", "html_content"):
            try:
                validate_placeholders(attrs.get(name, ""))
            except DjangoValidationError as error:
                raise serializers.ValidationError({name: error.messages}) from error
        entity = attrs.get("business_entity") or getattr(self.instance, "business_entity", None)
        channel = attrs.get("channel")
        if channel is not None and entity is not None and channel.business_entity_id != entity.id:
            raise serializers.ValidationError({"channel": "a channel of the same brand"})
        return attrs


class ContactSerializer(serializers.ModelSerializer[Contact]):
    entity = EntityField(source="business_entity")
    emails = serializers.ListField(child=serializers.EmailField(), required=False)
    phones = serializers.ListField(child=serializers.CharField(max_length=32), required=False)

    class Meta:
        model = Contact
        fields = (
            "id", "entity", "name", "company", "kind", "language", "emails", "phones", "street",
            "postal_code", "city", "country", "customer_numbers", "order_numbers", "charger_serials",
            "notes", "created_at", "updated_at",
        )  # fmt: skip

    def to_representation(self, instance: Contact) -> dict[str, Any]:
        addresses: dict[str, list[str]] = {"email": [], "phone": []}
        for identifier in instance.identifiers.all():
            addresses.setdefault(identifier.kind, []).append(identifier.value)
        instance.emails, instance.phones = addresses["email"], addresses["phone"]  # type: ignore[attr-defined]
        return super().to_representation(instance)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and attrs.get("business_entity", self.instance.business_entity) != (
            self.instance.business_entity
        ):
            raise serializers.ValidationError({"entity": "a contact stays with its brand"})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Contact:
        return self._save(Contact(business_entity=validated_data["business_entity"]), validated_data)

    def update(self, instance: Contact, validated_data: dict[str, Any]) -> Contact:
        return self._save(instance, validated_data)

    @transaction.atomic
    def _save(self, contact: Contact, values: dict[str, Any]) -> Contact:
        emails, phones = values.pop("emails", None), values.pop("phones", None)
        for name, value in values.items():
            setattr(contact, name, value)
        try:
            return contact_save(contact=contact, emails=emails, phones=phones)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from error


@extend_schema_field(serializers.CharField(allow_null=True))
class ChannelCodeField(serializers.CharField):
    """The purpose of a channel, e.g. support."""


class ThreadSerializer(serializers.ModelSerializer[CommunicationThread]):
    entity = EntityField(source="business_entity", read_only=True)
    channel_code = ChannelCodeField(source="channel.channel_code", read_only=True, default=None)

    class Meta:
        model = CommunicationThread
        fields = (
            "id", "entity", "contact", "source_channel", "channel", "channel_code", "medium",
            "reference_number", "subject", "status", "set_aside", "is_urgent", "is_unsure",
            "runner_up_code", "suggested_code", "assignee", "labels", "language", "lead_score",
            "previous_thread", "last_message_at", "last_inbound_at", "last_outbound_at", "waiting_since",
            "response_due_at", "first_response_at", "resolved_at", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class MessageSerializer(serializers.ModelSerializer[CommunicationMessage]):
    entity = EntityField(source="business_entity", read_only=True)

    class Meta:
        model = CommunicationMessage
        fields = (
            "id", "entity", "thread", "channel", "direction", "message_type", "kind", "external_id",
            "sender", "sender_name", "recipients", "subject", "body", "new_text", "data", "reply_to",
            "automated", "answers", "state", "error_code", "error_text", "sent_at", "delivered_at",
            "read_at", "created_at", "attachments",
        )  # fmt: skip
        read_only_fields = fields

    attachments = serializers.SerializerMethodField()

    def get_attachments(self, message: CommunicationMessage) -> list[dict[str, Any]]:
        return [
            {
                "id": str(file.id),
                "name": file.name,
                "content_type": file.content_type,
                "size": file.size,
                "sha256": file.sha256,
                "media_id": file.media_id,
                "state": file.state,
            }
            for file in message.attachments.all()
        ]
