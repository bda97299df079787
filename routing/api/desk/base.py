"""What every action on a conversation has in common: the scoped row, the form, and refusals in words.

400 says why it was refused (`detail`, and `leaks` when something of another brand is in it), 409 says
what was written meanwhile (`news`, `seen`), 403 and 404 as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from channels_app.api.base import BrandPermission
from channels_app.api.serializers import ThreadSerializer
from channels_app.models import CommunicationThread
from channels_app.scoping import Ability, scope
from routing.services.desk.errors import AnswerConflict, DeskRefused, LeakRefused
from routing.services.override import MoveRefused

V = TypeVar("V", bound=type[APIView])


class NewsSerializer(serializers.Serializer[Any]):
    message = serializers.UUIDField(source="message_id")
    kind = serializers.ChoiceField(choices=("customer", "answer", "note"))
    who = serializers.CharField()
    at = serializers.DateTimeField()
    text = serializers.CharField()


class LeakSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    level = serializers.ChoiceField(choices=("refuse", "warn"))
    where = serializers.CharField()
    sentence = serializers.CharField()


class RefusedSerializer(serializers.Serializer[Any]):
    """Why not. `leaks`: what belongs to another brand; warnings alone pass with `confirmed_leaks`."""

    detail = serializers.CharField()
    leaks = LeakSerializer(many=True, required=False)
    can_be_confirmed = serializers.BooleanField(required=False)


class ConflictSerializer(serializers.Serializer[Any]):
    """Somebody wrote meanwhile. Send again with this `seen`, or with `confirmed`."""

    detail = serializers.CharField()
    news = NewsSerializer(many=True)
    seen = serializers.CharField()


class EmptySerializer(serializers.Serializer[Any]):
    """Nothing needs to be said."""


def documented(
    form: type[serializers.Serializer[Any]],
    answer: Any = ThreadSerializer,
    *,
    conflict: bool = False,
    method: str = "post",
) -> Callable[[V], V]:
    """Say in the OpenAPI schema what an action takes and answers."""
    responses: dict[int, Any] = {200: answer, 400: RefusedSerializer}
    if conflict:
        responses[409] = ConflictSerializer
    schema = extend_schema(request=None if form is EmptySerializer else form, responses=responses)
    decorate: Callable[[V], V] = extend_schema_view(**{method: schema})
    return decorate


class DeskView(APIView):
    """A view that turns the desk's refusals into answers."""

    view_ability: ClassVar[Ability] = Ability.VIEW
    change_ability: ClassVar[Ability] = Ability.CONVERSE
    permission_classes = (BrandPermission,)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, AnswerConflict):
            body = ConflictSerializer({"detail": str(exc), "news": exc.news, "seen": exc.seen}).data
            return Response(body, status=409)
        if isinstance(exc, LeakRefused):
            body = RefusedSerializer(
                {"detail": str(exc), "leaks": exc.findings, "can_be_confirmed": exc.can_be_confirmed}
            ).data
            return Response(body, status=400)
        if isinstance(exc, DeskRefused | MoveRefused):
            return Response({"detail": str(exc)}, status=400)
        return super().handle_exception(exc)


class ThreadView(DeskView):
    """Something about one conversation of the user's brands."""

    def thread(self, request: Request, thread_id: UUID) -> CommunicationThread:
        """The conversation, or 404 for one of another brand; 403 where the user may only look."""
        thread = (
            scope(CommunicationThread.objects.filter(pk=thread_id), request.user)
            .select_related("business_entity", "contact", "channel", "source_channel")
            .first()
        )
        if thread is None:
            raise NotFound
        self.check_object_permissions(request, thread)
        return thread


class ActionView(ThreadView):
    """`POST` does one thing to a conversation and answers how it is now."""

    form: ClassVar[type[serializers.Serializer[Any]]] = EmptySerializer

    def post(self, request: Request, thread_id: UUID) -> Response:
        thread = self.thread(request, thread_id)
        self.perform(thread, request.user, checked(self.form, request), timezone.now())
        thread.refresh_from_db()
        return Response(ThreadSerializer(thread).data)

    def perform(self, thread: CommunicationThread, user: Any, given: Mapping[str, Any], now: Any) -> None:
        """Do it, with the form's values."""
        raise NotImplementedError


def checked(form: type[serializers.Serializer[Any]], request: Request) -> Mapping[str, Any]:
    """The request's values in this form, or 400 with what is wrong by field."""
    bound = form(data=request.data)
    bound.is_valid(raise_exception=True)
    values: Mapping[str, Any] = bound.validated_data
    return values
