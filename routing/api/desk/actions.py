"""One address per thing that staff do with a conversation: `POST /api/v1/threads/<id>/<action>/`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from channels_app.models import CommunicationThread
from channels_app.scoping import scope, visible_entities
from channels_app.tasks import outgoing_waiting
from routing.api.desk.base import ActionView, DeskView, RefusedSerializer, checked, documented
from routing.selectors.colleagues import colleagues
from routing.services.desk.assigning import thread_assign, thread_give_back, thread_take
from routing.services.desk.blocking import (
    sender_block,
    sender_unblock,
    thread_mark_spam,
    thread_unmark_spam,
)
from routing.services.desk.bulk import ACTIONS, THREADS_AT_MOST, bulk_apply
from routing.services.desk.escalating import thread_escalate
from routing.services.desk.labelling import LABEL_LENGTH, thread_label
from routing.services.desk.merging import thread_unmerge, threads_merge
from routing.services.desk.notes import NOTE_LENGTH, note_add
from routing.services.desk.progress import thread_reopen, thread_resolve, thread_snooze, thread_wake
from routing.services.desk.reading import thread_mark_read, thread_mark_unread
from routing.services.override import REASON_LENGTH

Given = Mapping[str, Any]
Thread = CommunicationThread


class TakeSerializer(serializers.Serializer[Any]):
    confirmed = serializers.BooleanField(default=False, help_text="Also from a colleague who has it.")


class AssignSerializer(serializers.Serializer[Any]):
    """`user` null gives it back to the team; with a note it is a handover."""

    user = serializers.IntegerField(allow_null=True)
    note = serializers.CharField(max_length=NOTE_LENGTH, allow_blank=True, default="")


class SnoozeSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField()


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=REASON_LENGTH)


class LabelsSerializer(serializers.Serializer[Any]):
    add = serializers.ListField(child=serializers.CharField(max_length=LABEL_LENGTH), default=list)
    remove = serializers.ListField(child=serializers.CharField(), default=list)


class NoteSerializer(serializers.Serializer[Any]):
    body = serializers.CharField(max_length=NOTE_LENGTH)


class MergeSerializer(serializers.Serializer[Any]):
    into = serializers.UUIDField(help_text="The conversation that goes on.")


@documented(TakeSerializer)
class TakeView(ActionView):
    """Work on it oneself."""

    form = TakeSerializer

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_take(thread=thread, user=user, now=now, confirmed=given["confirmed"])


@documented(AssignSerializer)
class AssignView(ActionView):
    """Give it to a colleague, or back to the team."""

    form = AssignSerializer

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        if given["user"] is None:
            thread_give_back(thread=thread, user=user, now=now, note=given["note"])
            return
        to = colleague(thread.business_entity_id, given["user"])
        thread_assign(thread=thread, to=to, user=user, now=now, note=given["note"])


@documented(SnoozeSerializer)
class SnoozeView(ActionView):
    """Out of sight until a moment, or until the customer writes."""

    form = SnoozeSerializer

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_snooze(thread=thread, user=user, until=given["until"], now=now)


class WakeView(ActionView):
    """End a snooze."""

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_wake(thread=thread, user=user, now=now)


class ResolveView(ActionView):
    """It is done."""

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_resolve(thread=thread, user=user, now=now)


class ReopenView(ActionView):
    """Work on it again."""

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_reopen(thread=thread, user=user, now=now)


@documented(ReasonSerializer)
class EscalateView(ActionView):
    """Call for help."""

    form = ReasonSerializer

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        outgoing_waiting(thread_escalate(thread=thread, user=user, reason=given["reason"], now=now).outgoing)


@documented(LabelsSerializer)
class LabelsView(ActionView):
    """Put labels on and take labels off."""

    form = LabelsSerializer

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_label(thread=thread, user=user, now=now, add=given["add"], remove=given["remove"])


@documented(NoteSerializer)
class NoteView(ActionView):
    """Write an internal note; `@name` tells a colleague."""

    form = NoteSerializer

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        note_add(thread=thread, user=user, body=given["body"], now=now)


class SpamView(ActionView):
    """Mark it as spam."""

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_mark_spam(thread=thread, user=user, now=now)


class NotSpamView(ActionView):
    """It is no spam after all."""

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_unmark_spam(thread=thread, user=user, now=now)


class BlockView(ActionView):
    """Block the sender in this brand."""

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        sender_block(thread=thread, user=user, now=now)


class UnblockView(ActionView):
    """Let the sender through again."""

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        sender_unblock(thread=thread, user=user, now=now)


class ReadView(ActionView):
    """The user has read it."""

    change_ability = ActionView.view_ability

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_mark_read(thread=thread, user=user, now=now)


class UnreadView(ActionView):
    """The user wants to read it again."""

    change_ability = ActionView.view_ability

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_mark_unread(thread=thread, user=user)


@documented(MergeSerializer)
class MergeView(ActionView):
    """Put this conversation into another one of the same customer or subject."""

    form = MergeSerializer

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        target = scope(CommunicationThread.objects.filter(pk=given["into"]), user).first()
        if target is None:
            raise NotFound
        threads_merge(source=thread, target=target, user=user, now=now)


class UnmergeView(ActionView):
    """Take a merged conversation out again."""

    def perform(self, thread: Thread, user: Any, given: Given, now: datetime) -> None:
        thread_unmerge(source=thread, user=user, now=now)


for _plain in (
    WakeView, ResolveView, ReopenView, SpamView, NotSpamView, BlockView, UnblockView, ReadView, UnreadView,
    UnmergeView,
):  # fmt: skip
    documented(_plain.form)(_plain)


def colleague(entity_id: UUID, user_id: int) -> Any:
    """Somebody who may answer for this brand, or 400."""
    found = colleagues([entity_id]).filter(pk=user_id).first()
    if found is None:
        raise ValidationError({"user": [_("Nobody with this number works for this brand.")]})
    return found


class BulkSerializer(serializers.Serializer[Any]):
    """The same action for many conversations; which of the other fields count depends on the action."""

    threads = serializers.ListField(child=serializers.UUIDField(), max_length=THREADS_AT_MOST, min_length=1)
    action = serializers.ChoiceField(choices=sorted(ACTIONS))
    user = serializers.IntegerField(required=False)
    note = serializers.CharField(required=False, max_length=NOTE_LENGTH)
    until = serializers.DateTimeField(required=False)
    add = serializers.ListField(child=serializers.CharField(max_length=LABEL_LENGTH), required=False)
    remove = serializers.ListField(child=serializers.CharField(), required=False)
    code = serializers.CharField(required=False, max_length=50)
    reason = serializers.CharField(required=False, max_length=REASON_LENGTH)


class BulkRefusalSerializer(serializers.Serializer[Any]):
    reference_number = serializers.CharField()
    detail = serializers.CharField()


class BulkOutcomeSerializer(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    missing = serializers.IntegerField()
    refused = BulkRefusalSerializer(many=True)


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "assign": ("user",),
    "snooze": ("until",),
    "move": ("code", "reason"),
}
_TAKES: Mapping[str, tuple[str, ...]] = {**_NEEDS, "assign": ("user", "note"), "label": ("add", "remove")}


class BulkView(DeskView):
    """`POST /api/v1/threads/bulk/`: each conversation by itself, with what became of it."""

    @extend_schema(request=BulkSerializer, responses={200: BulkOutcomeSerializer, 400: RefusedSerializer})
    def post(self, request: Request) -> Response:
        given = checked(BulkSerializer, request)
        action = given["action"]
        missing = [name for name in _NEEDS.get(action, ()) if name not in given]
        if missing:
            raise ValidationError({name: [_("This action needs it.")] for name in missing})
        parameters = {name: given[name] for name in _TAKES.get(action, ()) if name in given}
        if "user" in parameters:
            parameters["to"] = someone(request.user, parameters.pop("user"))
        outcome = bulk_apply(
            thread_ids=given["threads"], action=action, user=request.user, now=timezone.now(), **parameters
        )
        outgoing_waiting(outcome.outgoing)
        return Response(
            {
                "done": outcome.done,
                "missing": outcome.missing,
                "refused": [
                    {"reference_number": reference, "detail": sentence}
                    for reference, sentence in outcome.refused
                ],
            }
        )


def someone(user: Any, user_id: int) -> Any:
    """A colleague in any brand of the user; each conversation then checks its own brand. Or 400."""
    found = colleagues(visible_entities(user).values_list("pk", flat=True)).filter(pk=user_id).first()
    if found is None:
        raise ValidationError({"user": [_("Nobody with this number works for your brands.")]})
    return found
