"""Every periodic task, rung for by several beats at the same moment, does its work once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from channels_app.models import BusinessEntityChannel, CommunicationChannel, CommunicationThread, Incident
from channels_app.providers.registry import provider_for
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_server import running
from channels_app.sandbox.teams_webhook import TeamsSandbox
from channels_app.services.accounts import channel_configure
from channels_app.services.incidents import incident_open
from chargecars.beat import BEAT
from routing.services.drain import drain_batch
from tests.factories import Brand, change, receive, text_message, webhook_body
from tests.intake.test_concurrency import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

BEATS = 3
CUSTOMERS = 6


@pytest.fixture
def chargecars(db: None) -> Brand:
    from tests.factories import make_brand

    return make_brand("chargecars", "ChargeCars", "CC", {"support": "100000000000001"})


@pytest.fixture
def busy(chargecars: Brand, settings: Any) -> Any:
    """A brand in which every periodic task finds something to do: promises broken and nearly broken, a snooze that is
    over, a silent customer, somebody who left, an incident nobody knows of, messages and answers that wait."""
    team = BusinessEntityChannel(
        id=uuid4(), business_entity=chargecars.entity, channel_code="support", channel_name="Team",
        channel_type="teams", channel_address="team",
    )  # fmt: skip
    with running(TeamsSandbox()) as teams, running(GraphSandbox()) as graph:
        settings.WHATSAPP_API_BASE = graph
        settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
        config = provider_for("teams").Config.model_validate({"webhook_url": f"{teams}/workflows/team?sig=x"})
        channel_configure(channel=team, config=config)
        team.save()
        CommunicationChannel.objects.create(business_entity_channel=team)
        for number in range(CUSTOMERS):
            write(chargecars, number)
        drain_batch()
        now = timezone.now()
        threads = list(CommunicationThread.objects.order_by("created_at", "id"))
        assert len(threads) == CUSTOMERS
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sla_timers SET started_at = now() - interval '2 hours', due_at = now() - interval '1 hour'"
                " WHERE thread_id = ANY(%s)",
                [[thread.id for thread in threads[:2]]],
            )
            cursor.execute(
                "UPDATE sla_timers SET warn_at = now() - interval '1 minute' WHERE thread_id = %s",
                [threads[2].id],
            )
        CommunicationThread.objects.filter(id=threads[3].id).update(
            status="snoozed", snoozed_until=now - timedelta(minutes=1)
        )
        CommunicationThread.objects.filter(id=threads[4].id).update(
            status="waiting", last_message_at=now - timedelta(days=90)
        )
        absent = get_user_model().objects.create_user("weg", is_active=False)
        CommunicationThread.objects.filter(id=threads[5].id).update(assignee=absent)
        incident_open(kind=Incident.Kind.QUALITY, now=now, entity_id=chargecars.entity.id, detail="geel")
        for number in range(CUSTOMERS, CUSTOMERS + 3):
            write(chargecars, number)
        yield


def write(brand: Brand, number: int) -> None:
    message = text_message(
        f"mijn paal is kapot {number}", sender=str(31685000000 + number), wamid=f"b.{number}"
    )
    receive(webhook_body(change(brand.phone_ids["support"], messages=[message])))


def state_of_the_world() -> dict[str, Any]:
    """Everything that a periodic task could have done twice."""
    queries = {
        "messages": "SELECT direction, count(*) FROM communication_messages GROUP BY 1",
        "cards": "SELECT payload ->> 'event', count(*) FROM outbox_items GROUP BY 1",
        "clocks": "SELECT warned_at IS NOT NULL, breached_at IS NOT NULL, count(*) FROM sla_timers GROUP BY 1, 2",
        "conversations": "SELECT status, assignee_id, count(*) FROM communication_threads GROUP BY 1, 2",
        "escalations": "SELECT count(*) FROM escalations",
        "incidents": "SELECT kind, closed_at IS NULL, count(*) FROM incidents GROUP BY 1, 2",
        "figures": "SELECT hour_tracked IS NULL, count(*), sum(messages_received) FROM channel_analytics GROUP BY 1",
    }
    found = {}
    with connection.cursor() as cursor:
        for name, query in queries.items():
            cursor.execute(query)
            found[name] = sorted(cursor.fetchall(), key=str)
    return found


def ring_all() -> None:
    current_app.loader.import_default_modules()
    for entry in BEAT.values():
        task = current_app.tasks[entry["task"]]
        at_once(lambda _, task=task: task(), BEATS)


def test_three_beats_do_what_one_would(busy: None) -> None:
    ring_all()
    once = state_of_the_world()
    ring_all()

    assert state_of_the_world() == once
    assert dict(once["messages"])["inbound"] == CUSTOMERS + 3
    assert sum(row[2] for row in once["clocks"] if row[1]) == 2, "two broken promises"
    assert not [row for row in once["conversations"] if row[0] == "snoozed" or row[1] is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payload ->> 'event', payload ->> 'thread_id' FROM outbox_items WHERE payload ->> 'thread_id' <> ''"
            " AND payload ->> 'event' LIKE 'sla%%'"
        )
        cards = Counter(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM outbox_items WHERE payload ->> 'event' = 'incident'")
        (incidents,) = cursor.fetchone()
    assert not [card for card, times in cards.items() if times > 1], cards
    assert incidents >= 1


def test_every_periodic_task_exists_and_is_dropped_when_late() -> None:
    current_app.loader.import_default_modules()
    for name, entry in BEAT.items():
        assert entry["task"] in current_app.tasks, name
        assert entry["options"]["expires"] <= entry["schedule"].total_seconds(), name
