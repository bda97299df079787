"""Webhook calls accepted by the web server, all middleware on, beside a bare Django view with one INSERT."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Sequence

from bench.databases import connected, environment, fresh
from bench.results import Result, at_most, ratio_at_least, rounds
from bench.web import Load, environment_of_server, load, post_request, serving

REQUESTS = 8_000
CONNECTIONS = 16
SECRET = "bench-app-secret"


def measure() -> list[Result]:
    _make_product()
    requests = _requests()
    ours: list[Load] = []
    bare: list[Load] = []
    for _ in range(rounds()):
        fresh("webhook")
        with connected("webhook") as database:
            database.execute(
                "CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL,"
                " received_at timestamptz NOT NULL DEFAULT now())"
            )
        bare.append(
            _served(
                "bench.bare.view:application",
                requests,
                {"DJANGO_SETTINGS_MODULE": "bench.bare.settings"},
                "bare",
            )
        )
        fresh("webhook", template="webhook_company")
        ours.append(
            _served(
                "chargecars.wsgi:application", requests,
                {"WHATSAPP_APP_SECRET": SECRET, "DJANGO_SETTINGS_MODULE": "chargecars.settings"},
                "inbound_receipts",
            )
        )  # fmt: skip
    return [
        ratio_at_least(
            "webhook accepted, 16 connections", statistics.median(run.rate for run in ours), "/s",
            peer="bare view, one INSERT", peer_value=statistics.median(run.rate for run in bare), target=0.7,
        ),
        at_most("webhook accepted, p99", statistics.median(run.p99 for run in ours), "ms", target=25),
    ]  # fmt: skip


def _make_product() -> None:
    fresh("webhook_company")
    subprocess.run(
        [sys.executable, "-m", "bench.drain_side", "prepare", "0", "1"],
        env=environment("webhook_company"), check=True,
    )  # fmt: skip


def _served(application: str, requests: Sequence[bytes], extra: dict[str, str], table: str) -> Load:
    with serving(application, environment_of_server({**environment("webhook"), **extra})) as port:
        load(port, requests[:200], connections=CONNECTIONS)
        run = load(port, requests[200:], connections=CONNECTIONS)
    if set(run.statuses) != {200}:
        raise AssertionError(f"{application} answered {dict(run.statuses)}")
    with connected("webhook") as database:
        found = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    if found is None or found[0] != len(requests):
        raise AssertionError(f"{table}: {found} rows, expected {len(requests)}")
    return run


def _requests() -> list[bytes]:
    from bench.million import UNTIL
    from bench.texts import distinct_texts
    from channels_app.sandbox.graph_callbacks import signed
    from channels_app.sandbox.payloads import whatsapp_text

    requests = []
    for serial, text in enumerate(distinct_texts(REQUESTS, seed=11)):
        body, headers = signed(
            whatsapp_text(
                account="102290129340398", number=("123456789012345", "31612345001"), text=text, at=UNTIL,
                external_id=f"wamid.{serial}", sender=f"316{serial:08d}", name="Jan de Vries",
            ),
            SECRET,
        )  # fmt: skip
        requests.append(post_request("/webhooks/whatsapp/", body, headers))
    return requests
