"""What concerns the user: notices, the trail of a conversation, who has it open, their own switch."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from channels_app.api.base import ScopedReadViewSet
from channels_app.scoping import Ability
from routing.api.desk.base import DeskView, ThreadView, checked
from routing.models import StaffNotice, StaffPresence
from routing.selectors.colleagues import colleagues
from routing.selectors.trail import events_of
from routing.services.desk.notices import notices_mark_read
from routing.services.desk.presence import (
    availability_set,
    staff_seen,
    thread_closed,
    thread_opened,
    viewers,
)


class NoticeSerializer(serializers.ModelSerializer[StaffNotice]):
    actor = serializers.CharField(source="actor.username", default=None, read_only=True)
    reference_number = serializers.CharField(source="thread.reference_number", read_only=True)

    class Meta:
        model = StaffNotice
        fields = (
            "id", "kind", "thread", "reference_number", "message", "actor", "preview", "read_at", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class MarkReadSerializer(serializers.Serializer[Any]):
    """Without `notices`: all of them."""

    notices = serializers.ListField(child=serializers.UUIDField(), required=False)


class NoticeViewSet(ScopedReadViewSet):
    """The user's own notices, newest first."""

    queryset = StaffNotice.objects.select_related("thread", "actor").order_by("-id")
    serializer_class = NoticeSerializer
    filterset_fields = {"kind": ["exact"], "thread": ["exact"], "read_at": ["isnull"]}
    ordering_fields = ("id", "created_at")
    change_ability = Ability.VIEW

    def get_queryset(self) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):  # the schema is made without a user
            return queryset
        return queryset.filter(user=self.request.user)

    @extend_schema(request=MarkReadSerializer, responses={200: dict})
    @action(detail=False, methods=["post"])
    def read(self, request: Request) -> Response:
        """Mark notices as read; how many were new."""
        given = checked(MarkReadSerializer, request)
        count = notices_mark_read(user=request.user, now=timezone.now(), notice_ids=given.get("notices"))
        return Response({"read": count})


class TrailSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="event.id")
    kind = serializers.CharField(source="event.kind")
    at = serializers.DateTimeField()
    who = serializers.CharField()
    sentence = serializers.CharField()
    details = serializers.DictField(source="event.data")


class TrailView(ThreadView):
    """`GET /api/v1/threads/<id>/events/`: who did what and when, oldest first."""

    @extend_schema(responses={200: TrailSerializer(many=True)})
    def get(self, request: Request, thread_id: UUID) -> Response:
        return Response(TrailSerializer(events_of(self.thread(request, thread_id)), many=True).data)


class OpenedSerializer(serializers.Serializer[Any]):
    open = serializers.BooleanField(default=True)
    writing = serializers.BooleanField(default=False)


class ViewerSerializer(serializers.Serializer[Any]):
    user_id = serializers.IntegerField()
    name = serializers.CharField()
    writing = serializers.BooleanField()


class ViewersView(ThreadView):
    """`GET | POST /api/v1/threads/<id>/viewers/`: who has it open; a sign of life every ten seconds or so."""

    change_ability = Ability.VIEW

    @extend_schema(responses={200: ViewerSerializer(many=True)})
    def get(self, request: Request, thread_id: UUID) -> Response:
        thread = self.thread(request, thread_id)
        people = list(colleagues([thread.business_entity_id]))
        found = viewers([thread.id], people, now=timezone.now(), but=request.user)
        return Response(ViewerSerializer(found.get(thread.id, ()), many=True).data)

    @extend_schema(request=OpenedSerializer, responses={200: ViewerSerializer(many=True)})
    def post(self, request: Request, thread_id: UUID) -> Response:
        thread, given, now = (
            self.thread(request, thread_id),
            checked(OpenedSerializer, request),
            timezone.now(),
        )
        staff_seen(user=request.user, now=now)
        if given["open"]:
            thread_opened(thread_id=thread.id, user=request.user, now=now, writing=given["writing"])
        else:
            thread_closed(thread_id=thread.id, user=request.user)
        return self.get(request, thread_id)


class AvailabilitySerializer(serializers.Serializer[Any]):
    available = serializers.BooleanField()
    capacity = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=1000, help_text="Null: no limit."
    )
    give_back = serializers.BooleanField(default=False, write_only=True)


class AvailabilityView(DeskView):
    """`GET | PUT /api/v1/availability/`: whether the user takes new conversations."""

    view_ability = Ability.CONVERSE

    @extend_schema(responses={200: AvailabilitySerializer})
    def get(self, request: Request) -> Response:
        user: Any = request.user
        row = StaffPresence.objects.filter(user=user).first()
        return Response(
            {
                "available": row is None or row.is_available,
                "capacity": row.capacity if row is not None else None,
            }
        )

    @extend_schema(request=AvailabilitySerializer, responses={200: dict})
    def put(self, request: Request) -> Response:
        given = checked(AvailabilitySerializer, request)
        returned = availability_set(
            user=request.user,
            available=given["available"],
            give_back=given["give_back"],
            capacity=given.get("capacity", ...),
            now=timezone.now(),
        )
        return Response({"available": given["available"], "given_back": returned})
