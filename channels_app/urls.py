from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from channels_app.api.urls import router
from channels_app.webhooks import webhook

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/<slug:provider_code>/", webhook, name="webhook"),
    path("webhooks/<slug:provider_code>/<uuid:channel_id>/", webhook, name="channel-webhook"),
    path("api/v1/", include(router.urls)),
]
