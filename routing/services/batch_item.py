"""One message on its way through a batch: what is known of it, and what is read from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels_app.models import CommunicationTemplate
from channels_app.providers.base import Automated
from channels_app.services.intake import Envelope, KnownContact
from channels_app.services.messages import MessageRow
from channels_app.services.replies import reply_address
from channels_app.services.threads import ThreadRow
from routing.engine.types import RoutingDecision
from routing.selectors.brands import BrandProfile
from routing.services.call_outcomes import Ending, ending
from routing.services.ratings.links import chosen
from routing.services.routing_log import RoutedMessage

# Kinds that say something about what was written earlier instead of asking something: no answer, no clock.
_REMARKS = frozenset({"reaction", "revoke", "system"})

# Of text messages: STOP and START are told to the line, not to a department. (HELP may well be a cry for it.)
_WISHES = frozenset({"stop", "start"})

DAY_SECONDS = 24 * 3600


@dataclass(slots=True)
class BatchItem:
    envelope: Envelope
    thread: ThreadRow
    contact: KnownContact
    brand: BrandProfile
    row: MessageRow
    decision: RoutingDecision | None = None
    routed: RoutedMessage | None = None
    answer: CommunicationTemplate | None = None
    call: dict[str, Any] | None = None  # what is known of it, when it is a telephone call


def automated(item: BatchItem) -> str:
    """As what it is set aside, and gets no answer and no clock; empty for what a customer asks."""
    message = item.envelope.message
    if message.automated is not None:
        return message.automated.value
    if message.data.get("opt_out") in _WISHES:
        return Automated.SYSTEM.value
    if item.contact.blocked or (item.call is not None and ending(item.call) is Ending.BLOCKED):
        return Automated.SPAM.value
    remark = message.kind in _REMARKS or chosen(message.data) is not None
    return Automated.SYSTEM.value if remark else ""


def own_words(item: BatchItem) -> str:
    """What the sender wrote this time: what routing reads."""
    authored = item.envelope.message.authored_text
    if authored is not None:
        return authored
    return item.row.body if item.row.new_text is None else item.row.new_text


def answer_address(envelope: Envelope) -> str:
    """Where an answer to it goes; empty when nowhere."""
    return reply_address(envelope.message.sender.address, envelope.message.data)


def answers_within_day(item: BatchItem, now: datetime) -> int:
    """How often this sender was answered automatically of late, where one may begin many conversations."""
    if item.envelope.channel.single_open:
        return 0
    return sum((now - at).total_seconds() < DAY_SECONDS for at in item.contact.answered_at)
