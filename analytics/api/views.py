"""The figures for other systems. Every brand in an answer has passed the scope."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api.serializers import ChannelAnalyticsSerializer, EntityDashboardSerializer
from analytics.models import ChannelAnalytics
from analytics.selectors.channel_figures import ChannelFigures, EntityFigures, entity_figures
from analytics.selectors.period import Period
from channels_app.api.base import BrandPermission, ScopedReadViewSet
from channels_app.scoping import Ability, visible_entities


class AnalyticsFilter(filters.FilterSet):
    entity = filters.CharFilter(field_name="business_entity_channel__business_entity__entity_code")
    channel = filters.UUIDFilter(field_name="business_entity_channel")
    channel_code = filters.CharFilter(field_name="business_entity_channel__channel_code")
    channel_type = filters.CharFilter(field_name="business_entity_channel__channel_type")
    date_from = filters.DateFilter(field_name="date_tracked", lookup_expr="gte")
    date_to = filters.DateFilter(field_name="date_tracked", lookup_expr="lte")
    daily = filters.BooleanFilter(field_name="hour_tracked", lookup_expr="isnull")

    class Meta:
        model = ChannelAnalytics
        fields = ("entity", "channel", "channel_code", "channel_type", "date_tracked", "hour_tracked")


class ChannelAnalyticsViewSet(ScopedReadViewSet):
    """What each channel did, per hour and per day (`hour_tracked` null)."""

    queryset = ChannelAnalytics.objects.select_related("business_entity_channel__business_entity").order_by(
        "-date_tracked", "-hour_tracked", "id"
    )
    serializer_class = ChannelAnalyticsSerializer
    filterset_class = AnalyticsFilter
    ordering_fields = ("date_tracked", "hour_tracked", "messages_received", "messages_sent", "sla_breaches")


class DashboardView(APIView):
    """How the channels of my brands do, now and in a period: a list, one item per brand."""

    permission_classes = (BrandPermission,)
    view_ability = Ability.VIEW
    change_ability = Ability.VIEW

    @extend_schema(
        parameters=[
            OpenApiParameter("entity", str, description="Code of one brand; without it all of mine."),
            OpenApiParameter("range", str, description="7d (the default) or 2026-06-01..2026-06-30."),
        ],
        responses=EntityDashboardSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        entities = visible_entities(request.user).filter(is_active=True)
        code = request.query_params.get("entity")
        if code:
            entities = entities.filter(entity_code=code)
        found = list(entities.order_by("entity_code"))
        if code and not found:
            raise NotFound(f"There is no brand “{code}” among yours.")
        try:
            period = Period.parse(request.query_params.get("range") or "7d")
        except ValueError as error:
            raise ValidationError({"range": [str(error)]}) from error
        figures = entity_figures(found, period, timezone.now())
        return Response([_entity(entity) for entity in figures.entities])


def _entity(figures: EntityFigures) -> dict[str, Any]:
    return {
        "entity_code": figures.entity.entity_code,
        "entity_name": figures.entity.entity_name,
        "channels": [_channel(channel) for channel in figures.channels],
        "entity_total_conversations": figures.current,
        "entity_avg_response_time": _rounded(figures.avg_response),
        "entity_health_score": figures.health,
    }


def _channel(figures: ChannelFigures) -> dict[str, Any]:
    channel = figures.channel
    return {
        "channel_code": channel.channel_code,
        "channel_name": channel.channel_name,
        "channel_type": channel.channel_type,
        "channel_address": channel.channel_address,
        "is_active": channel.is_active,
        "current_conversations": figures.current,
        "capacity_utilization": _percentage(figures.utilization),
        "avg_response_time": _rounded(figures.avg_response),
        "sla_compliance": _percentage(figures.compliance),
        "messages_today": figures.today,
        "resolution_rate": _percentage(figures.resolution),
        "health_score": figures.health,
        "status": figures.status,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _percentage(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)
