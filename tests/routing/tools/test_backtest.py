from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_app.models import CommunicationMessage, CommunicationThread
from routing.admin.backtest import spreadsheet_safe
from routing.models import Backtest, MessageRoutingLog
from routing.services import backtest as service
from routing.services.backtest import backtest_start, backtest_step
from routing.services.drafts import DraftRules
from routing.services.override import thread_move_to_code
from routing.tasks import run_backtest
from tests.factories import Brand, make_member
from tests.routing.tools.conftest import Write

pytestmark = pytest.mark.django_db

STEP_STATEMENTS = 7
OUTCOME_STATEMENTS = 4
TO_SALES = DraftRules(keywords={"sales": ("zonnepanelen",)})


@pytest.fixture
def manager(chargecars: Brand) -> Any:
    return make_member("manager", "manager", chargecars)


@pytest.fixture
def traffic(chargecars: Brand, laderthuis: Brand, write: Write) -> list[CommunicationThread]:
    """Three conversations of ChargeCars and one of LaderThuis."""
    return [
        write(chargecars, "zonnepanelen"),
        write(chargecars, "mijn laadpaal is kapot"),
        write(chargecars, "waar blijft de factuur"),
        write(laderthuis, "zonnepanelen"),
    ]


def run(brand: Brand, user: Any, draft: DraftRules | None = None, days: int = 7) -> Backtest:
    backtest = backtest_start(
        entity=brand.entity, days=days, draft=draft or DraftRules(), user=user, now=timezone.now()
    )
    run_backtest(backtest_id=str(backtest.id))
    backtest.refresh_from_db()
    return backtest


def everything() -> dict[str, list[Any]]:
    """Every row of every table of ours but the backtests themselves."""
    return {
        model.__name__: list(model._base_manager.order_by("pk").values())
        for label in ("channels_app", "routing", "analytics")
        for model in apps.get_app_config(label).get_models()
        if model is not Backtest
    }


def test_draft_rules_are_replayed_beside_the_rules_of_today(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any
) -> None:
    backtest = run(chargecars, manager, TO_SALES)

    assert (backtest.state, backtest.total, backtest.done, backtest.changed) == ("done", 3, 3, 1)
    assert backtest.results["flows"] == [["support", "sales", 1]]
    change = backtest.results["changes"][0]
    assert change["thread"] == str(traffic[0].id)
    assert change["reference"] == traffic[0].reference_number
    assert "zonnepanelen" in change["why"]["nl"]
    assert str(traffic[3].id) not in str(backtest.results)


def test_without_a_draft_what_was_decided_then_is_compared_with_today(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any
) -> None:
    assert run(chargecars, manager).changed == 0
    MessageRoutingLog.objects.filter(thread=traffic[2]).update(
        target_channel=chargecars.channel("email", "sales")
    )

    backtest = run(chargecars, manager)

    assert backtest.results["flows"] == [["sales", "admin", 1]]


def test_nothing_is_altered(traffic: list[CommunicationThread], chargecars: Brand, manager: Any) -> None:
    before = everything()

    run(chargecars, manager, TO_SALES)
    run(chargecars, manager)

    assert everything() == before


def test_what_people_moved_tells_whether_the_draft_is_better(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any
) -> None:
    thread_move_to_code(thread=traffic[0], code="sales", user=manager, reason="x", now=timezone.now())

    backtest = run(chargecars, manager, TO_SALES)

    results = backtest.results
    assert (results["moved"], results["right_before"], results["right_after"]) == (1, 0, 1)
    assert results["changes"][0]["people"] == "sales"


def test_it_goes_on_where_it_was_and_may_run_twice(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "THREADS_PER_BATCH", 2)
    backtest = backtest_start(
        entity=chargecars.entity, days=7, draft=TO_SALES, user=manager, now=timezone.now()
    )

    assert backtest_step(backtest_id=backtest.id, now=timezone.now())
    backtest.refresh_from_db()
    assert (backtest.state, backtest.done, backtest.percent) == ("running", 2, 66)
    for _ in range(2):
        run_backtest(backtest_id=str(backtest.id))

    backtest.refresh_from_db()
    assert (backtest.state, backtest.done, backtest.changed) == ("done", 3, 1)


def test_only_the_first_message_of_conversations_of_the_period_counts(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any
) -> None:
    old, young = traffic[0], traffic[1]
    CommunicationThread.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    first = young.messages.get(direction="inbound")
    CommunicationMessage.objects.create(
        business_entity=chargecars.entity, thread=young, channel=first.channel, direction="inbound",
        message_type="customer", state="received", body="zonnepanelen", sender=first.sender,
        sent_at=first.sent_at + timedelta(minutes=1),
    )  # fmt: skip

    backtest = run(chargecars, manager, TO_SALES)

    assert (backtest.total, backtest.changed) == (2, 0)


def test_a_backtest_that_fails_says_why(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any
) -> None:
    backtest = backtest_start(
        entity=chargecars.entity, days=7, draft=TO_SALES, user=manager, now=timezone.now()
    )
    Backtest.objects.filter(pk=backtest.pk).update(draft={"keywords": 3})

    run_backtest(backtest_id=str(backtest.id))

    backtest.refresh_from_db()
    assert (backtest.state, backtest.done) == ("failed", 0)
    assert "ValidationError" in backtest.error
    assert backtest.finished_at is not None


def test_only_who_configures_may_start_one(chargecars: Brand, laderthuis: Brand, agent: Any) -> None:
    for user in (agent, make_member("other", "administrator", laderthuis)):
        with pytest.raises(PermissionDenied):
            backtest_start(entity=chargecars.entity, days=7, draft=TO_SALES, user=user, now=timezone.now())


def test_a_step_costs_the_same_number_of_statements_whatever_the_number_of_conversations(
    chargecars: Brand, laderthuis: Brand, manager: Any, write: Write
) -> None:
    write(chargecars, "zonnepanelen")
    counts = []
    for _ in range(2):
        backtest = backtest_start(
            entity=chargecars.entity, days=7, draft=TO_SALES, user=manager, now=timezone.now()
        )
        service.brand_profile(chargecars.entity.id, service.configuration_version())
        with CaptureQueriesContext(connection) as statements:
            backtest_step(backtest_id=backtest.id, now=timezone.now())
        counts.append(len(statements))
        for number in range(5):
            write(chargecars, f"zonnepanelen {number}")

    assert counts == [STEP_STATEMENTS] * 2


def test_the_pages_start_show_and_download_one(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any, page: Any
) -> None:
    client: Client = page(manager)
    url = "/admin/routing/backtest/"
    assert client.get(url).status_code == 200
    posted = {
        "brand": str(chargecars.entity.id), "days": "7", "keywords-codes": ["sales"],
        "keywords-sales": ["zonnepanelen"],
    }  # fmt: skip
    assert client.get(f"{url}add/").status_code == 200
    assert client.post(f"{url}add/", posted | {"keywords-sales": ["!!"]}).status_code == 200
    assert not Backtest.objects.exists()

    assert client.post(f"{url}add/", posted).status_code == 302
    backtest = Backtest.objects.get()
    waiting = client.get(f"{url}{backtest.id}/progress/").content.decode()
    run_backtest(backtest_id=str(backtest.id))
    done = client.get(f"{url}{backtest.id}/progress/").content.decode()
    shown = client.get(f"{url}{backtest.id}/change/").content.decode()
    rows = list(csv.reader(io.StringIO(client.get(f"{url}{backtest.id}/csv/").content.decode("utf-8-sig"))))

    assert 'data-over=""' in waiting
    assert "<progress" in waiting
    assert 'data-over="1"' in done
    assert traffic[0].reference_number in done
    assert traffic[0].reference_number in shown
    assert "zonnepanelen" in shown
    assert rows[1][:3] == [traffic[0].reference_number, "support", "sales"]
    assert str(traffic[0].id) in rows[1][-1]
    assert len(rows) == 2


def test_another_brand_sees_no_backtest(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any, stranger: Any, agent: Any, page: Any
) -> None:
    backtest = run(chargecars, manager, TO_SALES)
    url = f"/admin/routing/backtest/{backtest.id}/"
    client: Client = page(stranger)

    assert client.get(f"{url}progress/").status_code == 404
    assert client.get(f"{url}csv/").status_code == 404
    assert client.get(f"{url}change/").status_code == 302
    assert str(chargecars.entity.id) not in client.get("/admin/routing/backtest/add/").content.decode()
    crossed = client.post("/admin/routing/backtest/add/", {"brand": str(chargecars.entity.id), "days": "7"})
    assert crossed.context["form"].errors["brand"]
    assert page(agent).get("/admin/routing/backtest/add/").status_code == 403
    assert page(agent).get(f"{url}change/").status_code == 200


def test_the_progress_costs_a_fixed_number_of_statements(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any, page: Any
) -> None:
    backtest = run(chargecars, manager, TO_SALES)
    client: Client = page(manager)
    url = f"/admin/routing/backtest/{backtest.id}/progress/"
    client.get(url)  # the first request of a session notes when it began
    with CaptureQueriesContext(connection) as statements:
        client.get(url)

    assert len(statements) == OUTCOME_STATEMENTS


def test_the_list_says_what_led_to_the_wrong_department(
    traffic: list[CommunicationThread], chargecars: Brand, manager: Any, stranger: Any, page: Any
) -> None:
    thread_move_to_code(thread=traffic[1], code="admin", user=manager, reason="x", now=timezone.now())

    assert [
        (str(row.subject), row.routed, row.moved)
        for _, _, row in page(manager).get("/admin/routing/backtest/").context["wrong_routes"]
    ] == [("kapot", 1, 1)]
    assert page(stranger).get("/admin/routing/backtest/").context["wrong_routes"] == []


@pytest.mark.parametrize("cell", ["=1+1", "+31612345678", "-1", "@sum", "\t=1", "\r=1"])
def test_no_cell_of_the_download_is_a_formula(cell: str) -> None:
    assert spreadsheet_safe(cell) == f"'{cell}"
    assert spreadsheet_safe("Naar support") == "Naar support"
    assert spreadsheet_safe(0.5) == 0.5
