"""Mails taken in by one process: parsed, stored, threaded, routed, the answer queued. The peers do less."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys

from bench.databases import connected, environment, fresh
from bench.engine import STATE, services
from bench.mails import write_mails
from bench.peers import peer
from bench.results import Result, ratio_at_least, rounds

MAILS = 1_000


def measure() -> list[Result]:
    folder = STATE / "mails"
    shutil.rmtree(folder, ignore_errors=True)
    write_mails(folder, MAILS, recipient="support@merk0.example")
    fresh("mail_company")
    subprocess.run(
        [sys.executable, "-m", "bench.drain_side", "prepare", "0", "1"],
        env=environment("mail_company"), check=True,
    )  # fmt: skip
    host = str(services().postgres.host)
    ours, helpdesk, mailbox = [], [], []
    for _ in range(rounds()):
        fresh("mail", template="mail_company")
        ours.append(_taken_in(str(folder)))
        fresh("peer")
        answer = peer("helpdesk_side", host, "peer", str(folder))
        _all(answer, "stored", "answered")
        helpdesk.append(answer["rate"])
        fresh("peer")
        answer = peer("mailbox_side", host, "peer", str(folder))
        _all(answer, "stored")
        mailbox.append(answer["rate"])
    rate = statistics.median(ours)
    return [
        ratio_at_least(
            "mail: parse, store, route, queue the answer", rate, "/s", peer="django-helpdesk",
            peer_value=statistics.median(helpdesk), target=15,
        ),
        ratio_at_least(
            "mail: the same beside one that only stores", rate, "/s", peer="django-mailbox",
            peer_value=statistics.median(mailbox), target=3,
        ),
    ]  # fmt: skip


def _taken_in(folder: str) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "bench.drain_side", "mails", folder],
        env=environment("mail"), check=True, capture_output=True, text=True,
    )  # fmt: skip
    with connected("mail") as database:
        for rows in (
            "communication_messages WHERE direction = 'inbound'",
            "message_routing_logs",
            "communication_messages WHERE message_type = 'auto_response'",
        ):
            found = database.execute(f"SELECT count(*) FROM {rows}").fetchone()
            if found is None or found[0] != MAILS:
                raise AssertionError(f"{rows}: {found}, expected {MAILS}")
    return MAILS / float(done.stdout.split()[-1])


def _all(answer: dict[str, float], *counts: str) -> None:
    for name in counts:
        if answer[name] != MAILS:
            raise AssertionError(f"the peer {name} {answer[name]} of {MAILS} mails")
