from __future__ import annotations

from django.urls import URLPattern, path

from routing.sandbox import views

urlpatterns: list[URLPattern] = [
    path("", views.sandbox, name="sandbox"),
    path("chat/", views.chat, name="sandbox-chat"),
    path("send/", views.send, name="sandbox-send"),
]
