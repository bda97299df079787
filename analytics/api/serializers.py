from __future__ import annotations

from rest_framework import serializers

from analytics.models import ChannelAnalytics


class ChannelAnalyticsSerializer(serializers.ModelSerializer[ChannelAnalytics]):
    entity = serializers.SlugField(
        source="business_entity_channel.business_entity.entity_code", read_only=True
    )
    channel_code = serializers.SlugField(source="business_entity_channel.channel_code", read_only=True)
    channel_type = serializers.CharField(source="business_entity_channel.channel_type", read_only=True)

    class Meta:
        model = ChannelAnalytics
        fields = (
            "id", "entity", "business_entity_channel", "channel_code", "channel_type", "date_tracked",
            "hour_tracked", "messages_received", "messages_sent", "auto_responses_sent",
            "avg_response_time_minutes", "min_response_time_minutes", "max_response_time_minutes",
            "sla_breaches", "new_conversations_started", "conversations_resolved", "conversations_escalated",
            "customer_satisfaction_score", "first_contact_resolution_rate", "channel_specific_metrics",
            "responses", "responses_in_time", "response_minutes_total", "business_minutes_total",
            "resolved_after_answer", "resolved_at_first_contact", "ratings", "ratings_total", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class ChannelDashboardSerializer(serializers.Serializer[dict[str, object]]):
    """One channel; minutes are elapsed minutes, percentages 0 to 100, null where nothing was measured."""

    channel_code = serializers.CharField()
    channel_name = serializers.CharField()
    channel_type = serializers.CharField()
    channel_address = serializers.CharField()
    is_active = serializers.BooleanField()
    current_conversations = serializers.IntegerField()
    capacity_utilization = serializers.FloatField(
        allow_null=True, help_text="Percentage; null without a limit."
    )
    avg_response_time = serializers.FloatField(allow_null=True, help_text="Minutes.")
    sla_compliance = serializers.FloatField(allow_null=True, help_text="Percentage.")
    messages_today = serializers.IntegerField()
    resolution_rate = serializers.FloatField(allow_null=True, help_text="Percentage.")
    health_score = serializers.IntegerField()
    status = serializers.ChoiceField(
        choices=["inactive", "down", "overloaded", "critical", "warning", "healthy"]
    )


class EntityDashboardSerializer(serializers.Serializer[dict[str, object]]):
    entity_code = serializers.CharField()
    entity_name = serializers.CharField()
    channels = ChannelDashboardSerializer(many=True)
    entity_total_conversations = serializers.IntegerField()
    entity_avg_response_time = serializers.FloatField(allow_null=True)
    entity_health_score = serializers.IntegerField(allow_null=True)
