"""Answering, forwarding and beginning conversations, and what a composer needs for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from channels_app.api.serializers import EntityField, MessageSerializer, ThreadSerializer
from channels_app.models import CommunicationMessage
from channels_app.scoping import Ability, scope
from channels_app.tasks import outgoing_waiting
from routing.api.desk.base import (
    ConflictSerializer,
    DeskView,
    LeakSerializer,
    RefusedSerializer,
    ThreadView,
    checked,
)
from routing.models import ThreadDraft
from routing.services.desk.composing import composer_for
from routing.services.desk.drafting import BODY_LENGTH, draft_clear, draft_of, draft_save
from routing.services.desk.files import draft_file_add, draft_file_remove
from routing.services.desk.forwarding import Forward, forward_send
from routing.services.desk.outgoing import CC_AT_MOST, KEY_LENGTH, Sent
from routing.services.desk.replying import Reply, leaks_in_reply, reply_send
from routing.services.desk.starting import NewConversation, conversation_start
from routing.services.desk.undoing import reply_undo


class WritingSerializer(serializers.Serializer[Any]):
    """What any message by a person has. `key`: one per submission; the same key sends once."""

    body = serializers.CharField(allow_blank=True, max_length=BODY_LENGTH, trim_whitespace=False)
    key = serializers.CharField(max_length=KEY_LENGTH)
    subject = serializers.CharField(allow_blank=True, default="", max_length=300)
    cc = serializers.ListField(
        child=serializers.CharField(max_length=320), default=list, max_length=CC_AT_MOST
    )
    attachments = serializers.ListField(child=serializers.UUIDField(), default=list)
    confirmed_leaks = serializers.BooleanField(default=False)


class ReplySerializer(WritingSerializer):
    """`seen`: what the composer had on screen (GET .../composer/); without it nothing was seen."""

    seen = serializers.CharField(allow_blank=True, default="", max_length=100)
    to = serializers.CharField(allow_blank=True, default="", max_length=320)
    template_id = serializers.UUIDField(allow_null=True, default=None)
    variables = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)
    channel_id = serializers.UUIDField(allow_null=True, default=None)
    with_signature = serializers.BooleanField(default=True)
    resolve_after = serializers.BooleanField(default=False)
    confirmed = serializers.BooleanField(default=False)


class ForwardSerializer(WritingSerializer):
    to = serializers.CharField(max_length=320)
    include = serializers.ChoiceField(choices=("last", "conversation", "nothing"), default="last")


class ConverseEntityField(EntityField):
    ability = Ability.CONVERSE


class StartSerializer(WritingSerializer):
    """A contact of the brand, or an address with a name."""

    entity = ConverseEntityField()
    medium = serializers.CharField(max_length=20)
    contact_id = serializers.UUIDField(allow_null=True, default=None)
    address = serializers.CharField(allow_blank=True, default="", max_length=320)
    name = serializers.CharField(allow_blank=True, default="", max_length=200)
    channel_id = serializers.UUIDField(allow_null=True, default=None)
    template_id = serializers.UUIDField(allow_null=True, default=None)
    variables = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)
    with_signature = serializers.BooleanField(default=True)


class SentSerializer(serializers.Serializer[Any]):
    """`leaves_at`: until then it can be taken back. `repeated`: this submission was sent before."""

    message = MessageSerializer()
    thread = ThreadSerializer()
    leaves_at = serializers.DateTimeField()
    held = serializers.BooleanField()
    repeated = serializers.BooleanField()


_REFUSALS: dict[int, Any] = {400: RefusedSerializer, 409: ConflictSerializer}


class ReplyView(ThreadView):
    """`POST /api/v1/threads/<id>/reply/`"""

    @extend_schema(request=ReplySerializer, responses={200: SentSerializer, **_REFUSALS})
    def post(self, request: Request, thread_id: UUID) -> Response:
        thread = self.thread(request, thread_id)
        reply = Reply(**values(checked(ReplySerializer, request)))
        return answered(reply_send(thread=thread, user=request.user, reply=reply, now=timezone.now()))


class ReplyLeaksSerializer(serializers.Serializer[Any]):
    leaks = LeakSerializer(many=True)


class ReplyCheckView(ThreadView):
    """`POST /api/v1/threads/<id>/reply/check/`: what the brand guard says of an answer; nothing is sent."""

    @extend_schema(request=ReplySerializer, responses={200: ReplyLeaksSerializer, 400: RefusedSerializer})
    def post(self, request: Request, thread_id: UUID) -> Response:
        thread = self.thread(request, thread_id)
        reply = Reply(**values(checked(ReplySerializer, request)))
        leaks = leaks_in_reply(thread=thread, user=request.user, reply=reply, now=timezone.now())
        return Response(ReplyLeaksSerializer({"leaks": leaks}).data)


class ReplyUndoView(DeskView):
    """`POST /api/v1/messages/<id>/undo/`: take an own answer back before it leaves."""

    @extend_schema(request=None, responses={200: ThreadSerializer, 400: RefusedSerializer})
    def post(self, request: Request, message_id: UUID) -> Response:
        message = (
            scope(CommunicationMessage.objects.filter(pk=message_id), request.user)
            .select_related("thread")
            .first()
        )
        if message is None:
            raise NotFound
        self.check_object_permissions(request, message)
        thread = reply_undo(message=message, user=request.user, now=timezone.now())
        return Response(ThreadSerializer(thread).data)


class ForwardView(ThreadView):
    """`POST /api/v1/threads/<id>/forward/`"""

    @extend_schema(request=ForwardSerializer, responses={200: SentSerializer, 400: RefusedSerializer})
    def post(self, request: Request, thread_id: UUID) -> Response:
        thread = self.thread(request, thread_id)
        forward = Forward(**values(checked(ForwardSerializer, request)))
        return answered(forward_send(thread=thread, user=request.user, forward=forward, now=timezone.now()))


class StartView(DeskView):
    """`POST /api/v1/threads/start/`: begin a conversation in a brand's name."""

    @extend_schema(request=StartSerializer, responses={200: SentSerializer, 400: RefusedSerializer})
    def post(self, request: Request) -> Response:
        bound = StartSerializer(data=request.data, context={"request": request})
        bound.is_valid(raise_exception=True)
        given = dict(bound.validated_data)
        entity = given.pop("entity")
        start = NewConversation(**values(given))
        return answered(
            conversation_start(entity_id=entity.id, user=request.user, start=start, now=timezone.now())
        )


class TemplateFieldSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField(source="label")
    value = serializers.CharField()


class TemplateChoiceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    subject = serializers.CharField()
    body = serializers.CharField()
    approved = serializers.BooleanField()
    ready = serializers.BooleanField()
    values = TemplateFieldSerializer(many=True, source="fields")


class ComposerSerializer(serializers.Serializer[Any]):
    """How an answer would leave, and what to hand back with it."""

    seen = serializers.CharField()
    channel_id = serializers.UUIDField(source="way.channel.id")
    sender_name = serializers.CharField(source="way.sender_name")
    sender_address = serializers.CharField(source="way.sender_address")
    recipient = serializers.CharField(source="way.recipient")
    subject = serializers.CharField(source="way.subject")
    others = serializers.ListField(child=serializers.CharField(), source="way.others")
    window_closes_at = serializers.DateTimeField(source="way.window_closes_at", allow_null=True)
    free_text = serializers.BooleanField(source="way.free_text")
    can_cc = serializers.BooleanField(source="way.can_cc")
    can_attach = serializers.BooleanField(source="way.can_attach")
    why_not = serializers.CharField(source="way.why_not")
    remarks = serializers.ListField(child=serializers.CharField(), source="way.remarks")
    signature = serializers.CharField()
    templates = TemplateChoiceSerializer(many=True)


class ComposerView(ThreadView):
    """`GET /api/v1/threads/<id>/composer/`"""

    view_ability = Ability.CONVERSE

    @extend_schema(responses={200: ComposerSerializer})
    def get(self, request: Request, thread_id: UUID) -> Response:
        thread = self.thread(request, thread_id)
        return Response(
            ComposerSerializer(composer_for(thread=thread, user=request.user, now=timezone.now())).data
        )


class DraftSerializer(serializers.ModelSerializer[ThreadDraft]):
    content = serializers.DictField(default=dict)

    class Meta:
        model = ThreadDraft
        fields = ("body", "content", "updated_at")
        read_only_fields = ("updated_at",)


class DraftView(ThreadView):
    """`GET | PUT | DELETE /api/v1/threads/<id>/draft/`: the user's own."""

    view_ability = Ability.CONVERSE

    @extend_schema(responses={200: DraftSerializer})
    def get(self, request: Request, thread_id: UUID) -> Response:
        draft = draft_of(self.thread(request, thread_id), request.user)
        if draft is None:
            raise NotFound
        return Response(DraftSerializer(draft).data)

    @extend_schema(request=DraftSerializer, responses={204: None})
    def put(self, request: Request, thread_id: UUID) -> Response:
        thread = self.thread(request, thread_id)
        given = checked(DraftSerializer, request)
        draft_save(
            thread=thread, user=request.user, body=given.get("body", ""), content=given.get("content"),
            now=timezone.now(),
        )  # fmt: skip
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, thread_id: UUID) -> Response:
        draft_clear(thread=self.thread(request, thread_id), user=request.user)
        return Response(status=204)


class UploadSerializer(serializers.Serializer[Any]):
    entity = ConverseEntityField()
    file = serializers.FileField()


class UploadedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()


class UploadView(DeskView):
    """`POST /api/v1/draft-files/` (multipart): a file to send along later."""

    parser_classes = (MultiPartParser,)

    @extend_schema(request=UploadSerializer, responses={201: UploadedSerializer, 400: RefusedSerializer})
    def post(self, request: Request) -> Response:
        bound = UploadSerializer(data=request.data, context={"request": request})
        bound.is_valid(raise_exception=True)
        upload, entity = bound.validated_data["file"], bound.validated_data["entity"]
        file = draft_file_add(
            entity_id=entity.id,
            user=request.user,
            name=upload.name or "",
            content_type=upload.content_type or "",
            data=upload.read(),
            now=timezone.now(),
        )
        return Response(UploadedSerializer(file).data, status=201)


class UploadedView(DeskView):
    """`DELETE /api/v1/draft-files/<id>/`: an own upload that is not sent after all."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, file_id: UUID) -> Response:
        draft_file_remove(file_id=file_id, user=request.user)
        return Response(status=204)


def values(given: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values as the services' dataclasses take them: lists as tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def answered(sent: Sent) -> Response:
    """Ring for what was queued and say what was sent."""
    if not sent.repeated:
        outgoing_waiting(sent.outgoing, at=sent.leaves_at)
    held = sent.item.state == sent.item.State.HELD
    return Response(
        SentSerializer(
            {
                "message": sent.message, "thread": sent.thread, "leaves_at": sent.leaves_at, "held": held,
                "repeated": sent.repeated,
            }
        ).data
    )  # fmt: skip
