from __future__ import annotations

from rest_framework.routers import SimpleRouter

from analytics.api.views import ChannelAnalyticsViewSet

router = SimpleRouter()
router.register("analytics", ChannelAnalyticsViewSet, basename="analytics")
