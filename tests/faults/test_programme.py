"""The short form of the fault programme, on two machines, and an orderly stop. The long one: `make faults`."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection

import pytest

from channels_app.sandbox.graph_faults import Fault
from tests.faults.blows import ANYWHERE, STAGES, TROUBLE, plan
from tests.faults.installation import Installation, Machine, answers
from tests.faults.load import Call, Written, channels, request_of
from tests.faults.programme import come_to_rest, judge, run

pytestmark = pytest.mark.slow

MESSAGES = 240
SEED = int(os.environ.get("FAULTS_SEED") or (1 if os.environ.get("CI") else random.randrange(10**6)))


def one_of_each(seed: int) -> list[str]:
    """Every stage once, every process of both machines and both engines once, and all the trouble there is."""
    blows = [*STAGES, *TROUBLE, "postgres", "valkey", "worker's child", "web's child"]
    blows += [f"{name} {machine}" for name in ("web", "worker", "courier", "beat") for machine in (1, 2)]
    random.Random(seed).shuffle(blows)
    return blows


def test_nothing_is_lost_doubled_or_crossed_whatever_is_killed(installation: Installation) -> None:
    before = len(installation.accepted)  # by the tests that shared the installation earlier
    report = run(installation, messages=MESSAGES, kills=0, seed=SEED, blows_of=one_of_each)

    summary = "\n".join(report.lines())
    print(summary)  # noqa: T201 shown when it fails, and with -s
    assert report.violations == [], summary
    assert report.accepted == MESSAGES, summary
    assert report.counts["messages received"] == before + MESSAGES, summary
    assert not report.missed, summary
    assert report.kills == len(STAGES) + 12, summary


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def machine(installation: Installation) -> Machine:
    """The only one whose workers run, so that what they do not finish nobody else does."""
    only, other = installation.machines
    for name in other.programs:
        if other.alive(name):
            other.kill(name)
    for name in only.programs:
        if not only.alive(name):
            only.start(name)
    wait_until(lambda: answers(only.port))
    come_to_rest(installation)
    return only


def said_by_a_new_customer(installation: Installation, number: int) -> Written:
    with closing(installation.connect()) as connection:
        channel = next(channel for channel in channels(connection) if channel.medium == "whatsapp")
    return Written(channel, f"wamid.orderly.{number}", str(31690000000 + number), "mijn laadpaal is kapot")


def post(machine: Machine, message: Written) -> int:
    path, body, headers = request_of(Call((message,)), int(time.time()))
    connection = HTTPConnection("127.0.0.1", machine.port, timeout=60)
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_worker_that_is_asked_to_stop_finishes_its_batch(
    installation: Installation, machine: Machine
) -> None:
    message = said_by_a_new_customer(installation, 1)
    with closing(installation.connect()) as connection:
        # Held up in the middle of its batch, where it wants to store the conversation.
        with connection.transaction():
            connection.execute("LOCK TABLE communication_threads IN EXCLUSIVE MODE")
            assert post(machine, message) == 200
            installation.accepted[message.external_id] = message.accepted
            wait_until(lambda: waits_for_a_lock(installation))
            assert machine.ask_to_stop("worker", 1.5) is None
        assert machine.running["worker"].wait(30) == 0
        (state,) = connection.execute(
            "SELECT state FROM inbound_receipts ORDER BY received_at DESC LIMIT 1"
        ).fetchone() or ("none",)
    assert state == "done"
    machine.start("worker")


def test_a_courier_that_is_asked_to_stop_finishes_what_it_sends(
    installation: Installation, machine: Machine
) -> None:
    message = said_by_a_new_customer(installation, 2)
    recipient = message.sender
    installation.stand_ins.graph.fail_next(Fault("drip", seconds=4, to=recipient))
    assert post(machine, message) == 200
    installation.accepted[message.external_id] = message.accepted

    wait_until(lambda: bool(installation.stand_ins.graph.sent_to(recipient)))
    assert machine.ask_to_stop("courier", 30) == 0

    with closing(installation.connect()) as connection:
        (state,) = connection.execute(
            "SELECT state FROM outbox_items WHERE recipient = %s", [f"+{recipient}"]
        ).fetchone() or ("none",)
    assert state == "sent"
    machine.start("courier")


def test_a_web_process_that_is_asked_to_stop_answers_what_it_has_taken(
    installation: Installation, machine: Machine
) -> None:
    message = said_by_a_new_customer(installation, 3)
    answers: list[int] = []
    with closing(installation.connect()) as connection, connection.transaction():
        connection.execute("LOCK TABLE inbound_receipts IN EXCLUSIVE MODE")
        request = threading.Thread(target=lambda: answers.append(post(machine, message)))
        request.start()
        wait_until(lambda: waits_for_a_lock(installation))
        assert machine.ask_to_stop("web", 1.5) is None
    request.join(30)
    installation.accepted[message.external_id] = message.accepted

    assert answers == [200]
    assert machine.running["web"].wait(30) == 0
    machine.start("web")
    come_to_rest(installation)
    assert judge(installation)[1] == []


def waits_for_a_lock(installation: Installation) -> bool:
    with closing(installation.connect()) as connection:
        row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return bool(row and row[0])


def test_the_whole_programme_kills_as_often_as_it_says() -> None:
    blows = plan(100, seed=3)
    deaths = [blow for blow in blows if blow not in TROUBLE]
    assert len(deaths) == 100
    assert min(deaths.count(stage) for stage in STAGES) >= 5
    assert set(deaths) == {*STAGES, *ANYWHERE}
    assert set(TROUBLE) <= set(blows)
    assert plan(100, seed=3) == blows != plan(100, seed=4)
