"""Which automatic answer a message calls for, if any."""

from __future__ import annotations

from datetime import timedelta

from routing.engine.types import AutoResponseKind, ChannelFacts, MessageFacts, SenderFacts, ThreadFacts

OLDEST_ANSWERED = timedelta(hours=12)
MOST_WARNINGS = 3  # emergency texts to one sender in a day
SALES = "sales"


def auto_response(
    message: MessageFacts,
    sender: SenderFacts,
    thread: ThreadFacts | None,
    target: ChannelFacts | None,
    *,
    silent: bool,
    from_ourselves: bool,
    is_emergency: bool,
    closed: bool,
) -> AutoResponseKind | None:
    """The first that applies of emergency, outside_hours, lead_greeting, first_contact.

    silent: the message is only kept and labelled. Nothing answers what is old (a mailbox's first connect,
    a replay, an outage), imported, or sent by one of the brand's own addresses. A thread gets one
    automatic answer a day, and so does a sender who begins several (two desks answering each other stop);
    only emergency texts may come on top, the first of a thread and a few for a sender.
    """
    if silent or from_ourselves or message.historic or target is None:
        return None
    if message.received_at - message.sent_at > OLDEST_ANSWERED:
        return None
    answered = thread is not None and thread.auto_responded_within_day
    repeated = answered and thread is not None and thread.was_urgent
    if is_emergency and not repeated and sender.answers_within_day < MOST_WARNINGS:
        return AutoResponseKind.EMERGENCY
    if answered or sender.answers_within_day:
        return None
    if closed:
        return AutoResponseKind.OUTSIDE_HOURS
    if thread is not None:
        return None
    if target.channel_code == SALES and sender.is_new:
        return AutoResponseKind.LEAD_GREETING
    return AutoResponseKind.FIRST_CONTACT
