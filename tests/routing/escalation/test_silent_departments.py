"""A fallback takes over from a department that does not answer: logged, in no circle, the clock kept."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from channels_app.models import BusinessEntityChannel, CommunicationChannel, CommunicationThread, OutboxItem
from routing.models import Escalation, MessageRoutingLog, SlaTimer
from routing.services.silent_departments import fallbacks_take_over
from tests.analytics import world
from tests.routing.escalation.conftest import NOON, waiting

pytestmark = pytest.mark.django_db

AFTER = {"fallback_after_minutes": 30}


def desks(*codes: str, entity: Any = None, **values: Any) -> list[BusinessEntityChannel]:
    """Channels of one brand, each the fallback of the one before it."""
    entity = entity or world.brand("chargecars")
    made = [world.channel(entity, code, "whatsapp", escalation_config=AFTER, **values) for code in codes]
    rows = [CommunicationChannel.objects.create(business_entity_channel=channel) for channel in made]
    for row, following in pairwise(rows):
        row.fallback_channel = following
        row.save()
    return made


def test_the_fallback_takes_over_after_the_time_and_the_clock_stays() -> None:
    support, sales = desks("support", "sales")
    world.channel(support.business_entity, "sales", "teams", channel_address="sales-team", is_primary=True)
    user = get_user_model().objects.create_user("jan")
    thread = waiting(support, due=NOON, assignee=user)
    before = SlaTimer.objects.values().get()

    assert fallbacks_take_over(now=NOON + timedelta(minutes=29)) == 0
    late = NOON + timedelta(minutes=30)
    assert fallbacks_take_over(now=late) == 1
    assert fallbacks_take_over(now=late) == 0

    thread.refresh_from_db()
    assert (thread.channel, thread.assignee, thread.response_due_at) == (sales, None, NOON)
    assert SlaTimer.objects.values().get() == {**before, "handed_over_at": late}
    log = MessageRoutingLog.objects.get()
    assert (log.source_channel, log.target_channel, log.applied_rules) == (
        support,
        sales,
        ["fallback:silent"],
    )
    assert log.explanation["nl"].endswith("antwoordde niet binnen 30 minuten na de beloofde tijd")
    assert log.communication_message == thread.messages.get()
    card = OutboxItem.objects.get()
    assert (card.channel.channel_address, card.payload["event"]) == ("sales-team", "new_thread")


def test_a_circle_of_fallbacks_ends_where_everybody_had_it() -> None:
    support, sales = desks("support", "sales")
    CommunicationChannel.objects.filter(business_entity_channel=sales).update(
        fallback_channel=CommunicationChannel.objects.get(business_entity_channel=support)
    )
    sales.save()  # the configuration has changed
    thread = waiting(support, due=NOON)

    moved = [fallbacks_take_over(now=NOON + timedelta(minutes=30 * round_)) for round_ in range(1, 8)]

    thread.refresh_from_db()
    assert moved == [1, 0, 0, 0, 0, 0, 0]
    assert thread.channel == sales


def test_a_chain_goes_on_when_the_fallback_is_silent_too() -> None:
    support, sales, admin = desks("support", "sales", "admin")
    thread = waiting(support, due=NOON)
    owners = []
    for minutes in (30, 59, 60):
        fallbacks_take_over(now=NOON + timedelta(minutes=minutes))
        thread.refresh_from_db()
        owners.append(thread.channel)
    assert owners == [sales, sales, admin]


def test_a_closed_or_full_fallback_is_passed_over_until_it_can() -> None:
    support, sales, admin = desks("support", "sales", "admin")
    sales.business_hours = {"tue": [["09:00", "10:00"]]}
    sales.save()
    admin.max_concurrent_conversations = 1
    admin.save()
    taken = waiting(admin, due=NOON + timedelta(days=1))
    thread = waiting(support, due=NOON)

    assert fallbacks_take_over(now=NOON + timedelta(hours=1)) == 0
    CommunicationThread.objects.filter(id=taken.id).update(status="resolved")
    assert fallbacks_take_over(now=NOON + timedelta(hours=1)) == 1

    thread.refresh_from_db()
    assert thread.channel == admin


def test_an_urgent_conversation_goes_to_a_closed_fallback_too() -> None:
    support, sales = desks("support", "sales")
    sales.business_hours = {"tue": [["09:00", "10:00"]]}
    sales.save()
    waiting(support, due=NOON, is_urgent=True)
    assert fallbacks_take_over(now=NOON + timedelta(hours=1)) == 1


def test_a_full_department_is_named_as_the_reason() -> None:
    support, _sales = desks("support", "sales")
    support.max_concurrent_conversations = 1
    support.save()
    waiting(support, due=NOON + timedelta(days=1))
    waiting(support, due=NOON)
    fallbacks_take_over(now=NOON + timedelta(hours=1))
    assert MessageRoutingLog.objects.get().applied_rules == ["fallback:full"]


@pytest.mark.parametrize("state", ["answered", "resolved", "snoozed", "acknowledged", "no_fallback", "never"])
def test_nothing_moves_where_somebody_works_or_nobody_asked_for_it(state: str) -> None:
    support, _sales = desks("support", "sales")
    thread = waiting(support, due=NOON)
    if state == "answered":
        SlaTimer.objects.update(state="met")
    if state in ("resolved", "snoozed"):
        CommunicationThread.objects.update(status=state)
    if state == "acknowledged":
        Escalation.objects.create(
            business_entity=support.business_entity, thread=thread, channel=support, cause="breach",
            state="acknowledged", acknowledged_at=NOON,
        )  # fmt: skip
    if state == "no_fallback":
        CommunicationChannel.objects.update(fallback_channel=None)
    if state == "never":
        BusinessEntityChannel.objects.update(escalation_config={})
    assert fallbacks_take_over(now=NOON + timedelta(hours=1)) == 0


def test_the_other_brand_keeps_its_conversations() -> None:
    desks("support", "sales")
    theirs = world.channel(world.brand("laderthuis"), "support", "whatsapp", escalation_config=AFTER)
    thread = waiting(theirs, due=NOON)
    assert fallbacks_take_over(now=NOON + timedelta(hours=1)) == 0
    thread.refresh_from_db()
    assert thread.channel == theirs
