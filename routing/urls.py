from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from routing.api.simulate import SimulateView
from routing.api.urls import router

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/routing/simulate/", SimulateView.as_view(), name="routing-simulate"),
    path("api/v1/", include(router.urls)),
    path("sandbox/", include("routing.sandbox.urls")),
]
