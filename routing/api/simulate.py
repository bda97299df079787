"""What would happen to a message: the production decision, with nothing stored."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from channels_app.models import BusinessEntity
from channels_app.scoping import Ability, scope
from channels_app.throttling import SimulateThrottle
from routing.engine.types import SenderClass
from routing.services.simulation import SimulatedSender, Simulation, UnknownChannel, simulate

SENDER_KINDS = ("existing_customer", "partner", "internal", "unknown")


class SimulatedChannelSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    code = serializers.CharField()


class SimulatedSenderSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(required=False, allow_blank=True, default="")
    phone = serializers.CharField(required=False, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=SENDER_KINDS, required=False, allow_null=True, default=None)
    history = serializers.ListField(child=serializers.CharField(), required=False, default=list)


class SimulateSerializer(serializers.Serializer[Any]):
    """A message as it might come in. `kind` and `history` override what is known of the sender."""

    entity = serializers.CharField()
    channel = SimulatedChannelSerializer()
    sender = SimulatedSenderSerializer(required=False, default=dict)
    subject = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    body = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200_000, trim_whitespace=False
    )
    headers = serializers.DictField(
        child=serializers.CharField(allow_blank=True), required=False, default=dict
    )
    received_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class SimulateView(APIView):
    """`POST /api/v1/routing/simulate/`"""

    view_ability = Ability.VIEW
    throttle_classes = (SimulateThrottle,)

    @extend_schema(request=SimulateSerializer, responses={200: dict})
    def post(self, request: Request) -> Response:
        form = SimulateSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        entity = scope(BusinessEntity.objects.filter(entity_code=given["entity"]), request.user).first()
        if entity is None:
            raise NotFound(f"no brand {given['entity']!r}")
        sender = given["sender"]
        try:
            simulation = simulate(
                entity=entity,
                channel_type=given["channel"]["type"],
                channel_code=given["channel"]["code"],
                sender=SimulatedSender(
                    email=sender.get("email", ""),
                    phone=sender.get("phone", ""),
                    kind=sender.get("kind"),
                    history=tuple(sender.get("history", ())),
                ),
                subject=given["subject"],
                body=given["body"],
                headers=given["headers"],
                received_at=given["received_at"] or timezone.now(),
            )
        except UnknownChannel as error:
            raise serializers.ValidationError({"channel": [str(error)]}) from error
        return Response(answer(simulation))


def answer(simulation: Simulation) -> dict[str, Any]:
    """The decision in the words of the interface."""
    decision, target = simulation.decision, simulation.target
    return {
        "target_channel": None
        if target is None
        else {
            "id": str(target.id),
            "channel_code": target.channel_code,
            "channel_type": target.channel_type,
            "channel_address": target.channel_address,
        },
        "action": decision.action.value,
        "urgency": decision.urgency.value,
        "sender_classification": SenderClass(decision.sender_classification).value,
        "routing_reason": decision.reason,
        "explanation": {"nl": decision.explanation.nl, "en": decision.explanation.en},
        "routing_confidence": round(decision.confidence, 2),
        "unsure": decision.unsure,
        "runner_up": decision.runner_up,
        "labels": list(decision.labels),
        "keyword_matches": {code: list(words) for code, words in decision.keyword_matches.items()},
        "applied_rules": list(decision.applied_rules),
        "auto_response": decision.auto_response.value if decision.auto_response else None,
        "candidates": simulation.candidates,
    }
