"""Moving a conversation to another department, with the reason that goes on record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from channels_app.api.base import BrandPermission
from channels_app.models import CommunicationThread
from channels_app.scoping import Ability, scope
from channels_app.tasks import outgoing_waiting
from routing.services.override import REASON_LENGTH, MoveRefused, thread_move_to_code


class MoveSerializer(serializers.Serializer[Any]):
    channel_code = serializers.CharField(max_length=50)
    reason = serializers.CharField(max_length=REASON_LENGTH)


class MovedSerializer(serializers.Serializer[Any]):
    thread = serializers.UUIDField()
    channel = serializers.UUIDField()
    channel_code = serializers.CharField()
    routing_log = serializers.UUIDField()
    response_due_at = serializers.DateTimeField(allow_null=True)


class MoveView(APIView):
    """`POST /api/v1/threads/<id>/move/`"""

    view_ability = Ability.VIEW
    change_ability = Ability.CONVERSE
    permission_classes = (BrandPermission,)

    @extend_schema(request=MoveSerializer, responses={200: MovedSerializer})
    def post(self, request: Request, thread_id: UUID) -> Response:
        thread = scope(CommunicationThread.objects.filter(pk=thread_id), request.user).first()
        if thread is None:
            raise NotFound
        self.check_object_permissions(request, thread)
        form = MoveSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            move = thread_move_to_code(
                thread=thread,
                code=form.validated_data["channel_code"],
                user=request.user,
                reason=form.validated_data["reason"],
                now=timezone.now(),
            )
        except MoveRefused as error:
            raise serializers.ValidationError({"channel_code": [str(error)]}) from error
        if move.told is not None:
            outgoing_waiting([move.told])
        thread.refresh_from_db(fields=["response_due_at"])
        target = move.log.target_channel
        return Response(
            {
                "thread": str(thread.id),
                "channel": str(move.log.target_channel_id),
                "channel_code": target.channel_code if target is not None else "",
                "routing_log": str(move.log.id),
                "response_due_at": thread.response_due_at,
            }
        )
