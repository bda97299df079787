"""How often each rule had a say: counted from the log, shown beside the rule, for the reader's brands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_app.models import CommunicationChannel, RuleUse
from channels_app.selectors.rule_uses import rule_uses
from routing.models import MessageRoutingLog
from routing.services.rule_uses import rule_uses_count
from tests.factories import Brand, make_member
from tests.routing.tools.conftest import Write

pytestmark = pytest.mark.django_db

RULE = {
    "id": "r1",
    "name": "Offertes van Jansen",
    "enabled": True,
    "conditions": {"keywords": ["jansen"]},
    "consequence": {"route_to": "sales"},
}


@pytest.fixture
def ruled(chargecars: Brand) -> CommunicationChannel:
    row = CommunicationChannel.objects.get(business_entity_channel=chargecars.channel("whatsapp", "support"))
    row.message_routing_rules = [
        RULE,
        {**RULE, "id": "r2", "name": "Nooit", "conditions": {"keywords": ["zzz"]}},
    ]
    row.save()
    return row


def counts(applied: str) -> dict[str, int]:
    return dict(RuleUse.objects.filter(applied=applied).values_list("business_entity__entity_code", "uses"))


def test_a_rule_is_counted_once_per_decision_however_often_the_count_runs(
    ruled: CommunicationChannel, chargecars: Brand, laderthuis: Brand, write: Write
) -> None:
    for text in ("bestelling voor jansen", "nog iets van jansen", "hallo"):
        write(chargecars, text)
    write(laderthuis, "groeten van jansen, mijn factuur klopt niet")
    now = timezone.now()

    assert rule_uses_count(now=now) > 0
    assert rule_uses_count(now=now) == 0
    assert counts("rule:r1") == {"chargecars": 2}
    assert counts("keywords:admin") == {"laderthuis": 1}

    write(chargecars, "alweer jansen")
    rule_uses_count(now=timezone.now())
    assert counts("rule:r1") == {"chargecars": 3}


def test_last_use_is_kept_and_old_uses_are_not_recent(
    ruled: CommunicationChannel, chargecars: Brand, write: Write
) -> None:
    write(chargecars, "voor jansen")
    old = timezone.now() - timedelta(days=40)
    MessageRoutingLog.objects.update(created_at=old)
    rule_uses_count(now=timezone.now())
    (uses,) = rule_uses(None, now=timezone.now(), applied=["rule:r1"]).values()
    assert (uses.recent, uses.last) == (0, old)


def test_a_worker_that_was_away_counts_the_days_it_missed(
    ruled: CommunicationChannel, chargecars: Brand, write: Write
) -> None:
    write(chargecars, "voor jansen")
    MessageRoutingLog.objects.update(created_at=timezone.now() - timedelta(days=5))
    rule_uses_count(now=timezone.now() - timedelta(days=4))
    write(chargecars, "weer jansen")
    MessageRoutingLog.objects.filter(created_at__gt=timezone.now() - timedelta(days=1)).update(
        created_at=timezone.now() - timedelta(days=3)
    )
    rule_uses_count(now=timezone.now())
    assert sorted(RuleUse.objects.filter(applied="rule:r1").values_list("uses", flat=True)) == [1, 1]


def test_the_form_shows_the_count_and_leads_to_the_decisions(
    client: Client, ruled: CommunicationChannel, chargecars: Brand, laderthuis: Brand, write: Write
) -> None:
    thread = write(chargecars, "bestelling voor jansen")
    other = write(chargecars, "hallo daar")
    rule_uses_count(now=timezone.now())
    client.force_login(make_member("beheer", "manager", chargecars))

    page = client.get(
        reverse("admin:channels_app_communicationchannel_change", args=[ruled.pk]),
        headers={"accept-language": "en"},
    ).content.decode()
    listed = client.get(
        reverse("admin:routing_messageroutinglog_changelist"), {"rule": "rule:r1"}
    ).content.decode()

    assert "1 time in 30 days" in page
    assert page.count("not used yet") == 1
    assert "?rule=rule%3Ar1" in page
    assert thread.reference_number in listed
    assert other.reference_number not in listed


def test_another_brands_uses_and_rules_stay_hidden(
    client: Client, ruled: CommunicationChannel, chargecars: Brand, laderthuis: Brand, write: Write
) -> None:
    write(chargecars, "bestelling voor jansen")
    rule_uses_count(now=timezone.now())
    client.force_login(make_member("vreemde", "administrator", laderthuis))
    listed = client.get(reverse("admin:routing_messageroutinglog_changelist"), {"rule": "rule:r1"})
    assert "Jansen" not in listed.content.decode()
    brand = client.get(
        reverse("admin:channels_app_businessentity_change", args=[laderthuis.entity.pk]),
        headers={"accept-language": "en"},
    ).content.decode()
    assert "times in 30 days" not in brand
