"""The inbox of somebody who works for two brands with 10,000 open conversations, as served.

Measured in a process of its own over a database of its own (`python -m bench.inbox` prints the costs as JSON):
the whole page with the list, the list alone, a conversation beside it, what the page asks every few seconds, and
the processor time of each (process and database backend).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from bench.databases import environment, fresh
from bench.processor import WARM_UP, cost
from bench.results import Result, at_most, interleaved

THREADS = 10_000
MESSAGES = 40_000  # of which history makes a few more conversations than asked for
COLLEAGUES = 10
CEILING = 200
DATABASE = "inbox"

_OPEN = """UPDATE communication_threads SET
    status = 'open', set_aside = false, resolved_at = NULL, last_inbound_at = last_message_at,
    waiting_since = last_message_at, response_due_at = last_message_at + interval '4 hours'
    WHERE id IN (SELECT id FROM communication_threads ORDER BY last_message_at DESC LIMIT %s)"""


def measure() -> list[Result]:
    fresh(DATABASE)
    done = subprocess.run(
        [sys.executable, "-m", "bench.inbox"],
        env=environment(DATABASE), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    taken: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    results = []
    for name, times in taken.items():
        results.append(at_most(f"{name}, processor time", times["processor"], "ms", target=CEILING))
        results.append(at_most(name, times["elapsed"], "ms", target=CEILING))
    return results


def main() -> None:
    import django

    django.setup()
    _conversations()
    works = _works()
    elapsed = interleaved(*works.values(), rounds=9)
    costs = {
        name: {"elapsed": ms, "processor": cost(work)}
        for (name, work), ms in zip(works.items(), elapsed, strict=True)
    }
    print(json.dumps(costs))


def _conversations() -> None:
    """10,000 open ones among a few that are resolved, all waiting for an answer, searchable."""
    from django.core.management import call_command
    from django.db import connection

    from analytics.history.loading import history_make
    from bench.million import CHANNELS, DAYS, UNTIL
    from channels_app.models import CommunicationThread

    call_command("migrate", verbosity=0)
    history_make(messages=MESSAGES, days=DAYS, channels=CHANNELS, seed=1, until=UNTIL)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [THREADS])
        cursor.execute("VACUUM ANALYZE")
    found = CommunicationThread.objects.unresolved().filter(waiting_since__isnull=False).count()
    if found != THREADS:
        raise AssertionError(f"{found} open conversations, expected {THREADS}")


def _works() -> dict[str, Callable[[], None]]:
    from django.db.models import Count
    from django.urls import reverse

    from channels_app.models import CommunicationThread

    client = _agent()
    longest = CommunicationThread.objects.unresolved().annotate(said=Count("messages")).order_by("-said")
    conversation = reverse("inbox-thread", args=[longest.values_list("pk", flat=True)[0]])

    def served(address: str, part: str = "", **query: str) -> Callable[[], None]:
        htmx = {"HX-Request": "true", "HX-Target": part} if part else {}

        def work() -> None:
            answer = client.get(address, query, headers=htmx)
            if answer.status_code != 200:
                raise AssertionError(f"{address} answered {answer.status_code}")

        for _ in range(WARM_UP):
            work()
        return work

    inbox, of = reverse("inbox"), f"of {THREADS:,}"
    return {
        f"inbox {of}, page with its list": served(inbox),
        f"inbox {of}, list alone": served(inbox, "ib-list"),
        f"inbox {of}, everything that is open": served(inbox, "ib-list", view="open"),
        f"inbox {of}, conversation": served(conversation, "ib-pane"),
        f"inbox {of}, page with its conversation": served(conversation),
        f"inbox {of}, asked every few seconds": served(reverse("inbox-pulse")),
    }


def _agent() -> Any:
    """A browser of somebody who answers for both brands, among colleagues."""
    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import BusinessEntity, Membership

    people = [User.objects.create(username=f"agent-{number}", is_staff=True) for number in range(COLLEAGUES)]
    for brand in BusinessEntity.objects.all():
        for user in people:
            Membership.objects.create(user=user, business_entity=brand, role=Membership.Role.AGENT)
    client = Client(headers={"accept-language": "nl"})
    client.force_login(people[0], backend="django.contrib.auth.backends.ModelBackend")
    return client


if __name__ == "__main__":
    main()
