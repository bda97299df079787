"""Filters of the API: by brand code, by channel, by state, by time."""

from __future__ import annotations

import django_filters as filters

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    Contact,
)


class EntityFilter(filters.FilterSet):
    code = filters.CharFilter(field_name="entity_code")

    class Meta:
        model = BusinessEntity
        fields = ("code", "entity_code", "is_active")


class ByEntity(filters.FilterSet):
    entity = filters.CharFilter(field_name="business_entity__entity_code")


class ChannelFilter(ByEntity):
    entity_code = filters.CharFilter(field_name="business_entity__entity_code")

    class Meta:
        model = BusinessEntityChannel
        fields = ("entity", "channel_code", "channel_type", "channel_address", "is_active", "is_primary")


class ContactFilter(ByEntity):
    email = filters.CharFilter(method="by_email")
    phone = filters.CharFilter(method="by_phone")

    def by_email(self, queryset, name, value):  # type: ignore[no-untyped-def]
        return queryset.filter(identifiers__kind="email", identifiers__value=value.lower())

    def by_phone(self, queryset, name, value):  # type: ignore[no-untyped-def]
        return queryset.filter(identifiers__kind="phone", identifiers__value=value)

    class Meta:
        model = Contact
        fields = ("entity", "kind", "name", "email", "phone")


class TemplateFilter(ByEntity):
    class Meta:
        model = CommunicationTemplate
        fields = ("entity", "template_code", "situation", "channel_type", "language", "is_active")


class ThreadFilter(ByEntity):
    channel_code = filters.CharFilter(field_name="channel__channel_code")
    last_message_after = filters.IsoDateTimeFilter(field_name="last_message_at", lookup_expr="gte")
    last_message_before = filters.IsoDateTimeFilter(field_name="last_message_at", lookup_expr="lt")

    class Meta:
        model = CommunicationThread
        fields = (
            "entity", "channel", "channel_code", "source_channel", "contact", "medium", "status",
            "reference_number", "is_urgent", "is_unsure", "set_aside", "assignee",
        )  # fmt: skip


class MessageFilter(ByEntity):
    sent_after = filters.IsoDateTimeFilter(field_name="sent_at", lookup_expr="gte")
    sent_before = filters.IsoDateTimeFilter(field_name="sent_at", lookup_expr="lt")

    class Meta:
        model = CommunicationMessage
        fields = (
            "entity", "thread", "channel", "direction", "message_type", "kind", "external_id", "state",
        )  # fmt: skip
