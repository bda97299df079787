from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from routing.admin.simulator import simulator_view
from routing.api.move import MoveView
from routing.api.simulate import SimulateView
from routing.api.urls import router
from routing.views.acknowledge import AcknowledgeView
from routing.views.claim import ClaimView
from routing.views.rating import RatingView

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/routing/simulate/", SimulateView.as_view(), name="routing-simulate"),
    path("api/v1/threads/<uuid:thread_id>/move/", MoveView.as_view(), name="thread-move"),
    path("api/v1/", include("routing.api.desk.urls")),
    path("api/v1/", include(router.urls)),
    path("ack/<str:token>/", AcknowledgeView.as_view(), name="acknowledge"),
    path("claim/<str:token>/", ClaimView.as_view(), name="claim"),
    path("rate/<str:token>/", RatingView.as_view(), name="rating"),
    path("admin/routing/simulator/", admin.site.admin_view(simulator_view), name="simulator"),
    path("admin/inbox/", include("routing.inbox.urls")),
    path("sandbox/", include("routing.sandbox.urls")),
]
