from __future__ import annotations

import django_filters as filters
from rest_framework import serializers

from channels_app.api.base import ScopedReadViewSet
from channels_app.api.serializers import EntityField
from routing.models import MessageRoutingLog


class RoutingLogSerializer(serializers.ModelSerializer[MessageRoutingLog]):
    entity = EntityField(source="business_entity", read_only=True)

    class Meta:
        model = MessageRoutingLog
        fields = (
            "id", "entity", "communication_message", "thread", "source_channel", "target_channel",
            "routing_reason", "routing_confidence", "applied_rules", "keyword_matches",
            "sender_classification", "action", "urgency", "unsure", "runner_up", "labels",
            "auto_response", "explanation", "candidates", "processing_time_ms", "waiting_time_ms",
            "manual_override", "override_reason", "created_at", "message",
        )  # fmt: skip
        read_only_fields = fields

    message = serializers.UUIDField(source="communication_message_id", read_only=True)


class RoutingLogFilter(filters.FilterSet):
    entity = filters.CharFilter(field_name="business_entity__entity_code")
    message = filters.UUIDFilter(field_name="communication_message_id")
    created_after = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = MessageRoutingLog
        fields = (
            "entity", "thread", "communication_message", "source_channel", "target_channel", "action",
            "unsure", "manual_override", "sender_classification",
        )  # fmt: skip


class RoutingLogViewSet(ScopedReadViewSet):
    """Why messages went where they went, newest first."""

    queryset = MessageRoutingLog.objects.select_related("business_entity").order_by("-id")
    serializer_class = RoutingLogSerializer
    filterset_class = RoutingLogFilter
    ordering_fields = ("id", "created_at")
