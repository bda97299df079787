from __future__ import annotations

from rest_framework.routers import SimpleRouter

from routing.api.views import RoutingLogViewSet

router = SimpleRouter()
router.register("routing-logs", RoutingLogViewSet, basename="routing-log")
