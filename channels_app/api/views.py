"""The resources of the API. Every list and every row passes the brand scope."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from channels_app.api.base import ScopedReadViewSet
from channels_app.api.contact_import import (
    ContactImportOutcomeSerializer,
    ContactImportSerializer,
    import_contacts,
)
from channels_app.api.filters import (
    ChannelFilter,
    ContactFilter,
    EntityFilter,
    MessageFilter,
    TemplateFilter,
    ThreadFilter,
)
from channels_app.api.serializers import (
    ChannelSerializer,
    ContactSerializer,
    EntitySerializer,
    MessageSerializer,
    TemplateSerializer,
    ThreadSerializer,
)
from channels_app.models import (
    Attachment,
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    Contact,
)
from channels_app.scoping import Ability, require


class EntityViewSet(mixins.UpdateModelMixin, ScopedReadViewSet):
    """Brands. New ones are made in the admin, where everything they need is asked for."""

    queryset = BusinessEntity.objects.order_by("entity_code")
    serializer_class = EntitySerializer
    filterset_class = EntityFilter
    change_ability = Ability.ADMINISTER
    ordering_fields = ("entity_code", "entity_name", "created_at")


class ChannelViewSet(mixins.UpdateModelMixin, ScopedReadViewSet):
    """Channels and their operational settings; credentials are entered in the admin only."""

    queryset = BusinessEntityChannel.objects.select_related("business_entity").order_by(
        "business_entity__entity_code", "channel_type", "channel_code"
    )
    serializer_class = ChannelSerializer
    filterset_class = ChannelFilter
    ordering_fields = ("channel_code", "channel_type", "priority_level", "created_at")


class ContactViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, ScopedReadViewSet):
    """Contacts, to be read and kept up to date by other systems."""

    queryset = (
        Contact.objects.select_related("business_entity")
        .prefetch_related("identifiers")
        .order_by("name", "id")
    )
    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    change_ability = Ability.CONVERSE
    ordering_fields = ("name", "kind", "created_at")

    def perform_create(self, serializer: Any) -> None:
        require(self.request.user, Ability.CONVERSE, serializer.validated_data["business_entity"].id)
        serializer.save()

    @extend_schema(request=ContactImportSerializer, responses={200: ContactImportOutcomeSerializer})
    @action(detail=False, methods=["post"], url_path="import", pagination_class=None, filterset_class=None)
    def bulk_import(self, request: Request) -> Response:
        """Create and change up to 1,000 contacts of a brand at once; the same rows again change nothing."""
        return import_contacts(request, self.get_serializer_context())


class TemplateViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, ScopedReadViewSet):
    """Templates of automatic answers, replies and signatures."""

    queryset = CommunicationTemplate.objects.select_related("business_entity").order_by(
        "business_entity__entity_code", "template_code", "language"
    )
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilter
    ordering_fields = ("template_code", "situation", "created_at")

    def perform_create(self, serializer: Any) -> None:
        require(self.request.user, Ability.CONFIGURE, serializer.validated_data["business_entity"].id)
        serializer.save()

    def perform_update(self, serializer: Any) -> None:
        entity = serializer.validated_data.get("business_entity")
        if entity is not None and entity != serializer.instance.business_entity:
            raise PermissionDenied("a template stays with its brand")
        serializer.save()


class ThreadViewSet(ScopedReadViewSet):
    """Conversations."""

    lookup_value_regex = "[0-9a-fA-F-]{32,36}"  # words in its place are actions

    queryset = CommunicationThread.objects.select_related("business_entity", "channel").order_by(
        "-last_message_at", "id"
    )
    serializer_class = ThreadSerializer
    filterset_class = ThreadFilter
    ordering_fields = ("last_message_at", "created_at", "response_due_at", "reference_number")


class MessageViewSet(ScopedReadViewSet):
    """Messages, newest first."""

    queryset = (
        CommunicationMessage.objects.select_related("business_entity")
        .prefetch_related(Prefetch("attachments", queryset=Attachment.objects.order_by("id")))
        .order_by("-id")
    )
    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    ordering_fields = ("id", "sent_at", "created_at")
