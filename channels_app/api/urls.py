from __future__ import annotations

from rest_framework.routers import SimpleRouter

from channels_app.api import views

router = SimpleRouter()
router.register("entities", views.EntityViewSet, basename="entity")
router.register("channels", views.ChannelViewSet, basename="channel")
router.register("contacts", views.ContactViewSet, basename="contact")
router.register("templates", views.TemplateViewSet, basename="template")
router.register("threads", views.ThreadViewSet, basename="thread")
router.register("messages", views.MessageViewSet, basename="message")
