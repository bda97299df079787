"""Mails from files, through receipt and drain, and what is stored of them."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from channels_app.models import (
    CommunicationMessage,
    CommunicationThread,
    InboundReceipt,
)
from channels_app.providers.base import RawExchange
from channels_app.services.receipts import receipts_record
from routing.services.drain import drain_batch
from tests.factories import Brand
from tests.mailboxes.conftest import letter
from tests.providers.email import corpus

DESK = "support@chargecars.nl"
LEAST = {"sender": 0.98, "subject": 0.98, "message id": 0.98, "attachment names": 0.98, "text": 0.95,
         "bounce": 1.0, "automatic answer": 1.0}  # fmt: skip


def ingest(*paths: Path, channel: str = DESK) -> list[dict[str, Any]]:
    printed = StringIO()
    call_command("ingest_email", *map(str, paths), channel=channel, stdout=printed)
    return [json.loads(line) for line in printed.getvalue().splitlines()]


def file(directory: Path, name: str, raw: bytes) -> Path:
    path = directory / name
    path.write_bytes(raw)
    return path


@corpus.needs_corpus
def test_every_collected_mail_is_stored_as_its_source_project_reads_it(chargecars: Brand) -> None:
    lines = ingest(*corpus.mails())

    assert [Path(line["file"]) for line in lines] == list(corpus.mails())
    refused = [line for line in lines if "quarantined" in line]
    assert all(line["quarantined"] for line in refused)
    assert len(refused) < len(lines) / 100, refused
    assert not InboundReceipt.objects.filter(state="pending").exists()
    comparisons = [
        comparison
        for path, line in zip(corpus.mails(), lines, strict=True)
        if "quarantined" not in line
        for comparison in corpus.compared(path, _reading(line))
    ]
    for field, least in LEAST.items():
        chosen = [comparison for comparison in comparisons if comparison.field == field]
        wrong = [comparison for comparison in chosen if not comparison.right]
        assert len(wrong) <= (1 - least) * len(chosen), (field, len(wrong), len(chosen), wrong)
    # Old mail is kept and routed, and nobody is written to.
    for answer in CommunicationMessage.objects.filter(message_type="auto_response").select_related("answers"):
        assert answer.answers is not None
        assert answer.answers.sent_at > answer.sent_at - timedelta(hours=12)


def _reading(line: dict[str, Any]) -> corpus.Reading:
    return corpus.Reading(
        sender=line["from"],
        subject=line["subject"],
        message_id=line["message_id"],
        attachments=tuple(line["attachments"]),
        body=line["text"],
        automated=line["automated"],
    )


def test_a_line_tells_who_wrote_what_and_where_it_went(chargecars: Brand, tmp_path: Path) -> None:
    (line,) = ingest(file(tmp_path, "a.eml", letter("Factuur 12", "Waar blijft mijn factuur?\n-- \nJan")))

    thread = CommunicationThread.objects.get()
    assert line["from"] == "jan@klant.example"
    assert line["subject"] == "Factuur 12"
    assert line["new_text"] == "Waar blijft mijn factuur?"
    assert line["classification"] == "new_email"
    assert (line["target"], line["target_address"]) == ("admin", "admin@chargecars.nl")
    assert (line["thread"], line["reference_number"]) == (str(thread.id), thread.reference_number)
    assert line["attachments"] == []


def test_the_same_file_again_names_the_stored_message(chargecars: Brand, tmp_path: Path) -> None:
    path = file(tmp_path, "a.eml", letter())
    first, second = ingest(path, path)

    assert second == {**first, "duplicate": True}
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1


def test_what_is_no_mail_is_quarantined_with_its_reason_and_the_rest_goes_on(
    chargecars: Brand, tmp_path: Path
) -> None:
    empty, good = ingest(file(tmp_path, "empty.eml", b" \r\n"), file(tmp_path, "good.eml", letter()))

    assert empty["quarantined"] == "Deze mail is leeg."
    assert good["subject"] == "Vraag"


def test_a_file_of_a_hundred_megabytes_is_kept_as_its_headers(chargecars: Brand, tmp_path: Path) -> None:
    path = file(tmp_path, "large.eml", letter("Groot"))
    with path.open("r+b") as large:
        large.truncate(100 * 1024 * 1024)

    (line,) = ingest(path)

    assert line["subject"] == "Groot"
    message = CommunicationMessage.objects.get(direction="inbound")
    assert message.data["notes"] == ["too_large"]
    assert message.data["size"] == 100 * 1024 * 1024
    assert len(InboundReceipt.objects.get().body) <= 1024 * 1024


def test_large_mails_are_drained_a_few_at_a_time(chargecars: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.services.drain.BYTES_PER_BATCH", 2_000)
    receipts_record(
        provider="email",
        channel_id=chargecars.channel("email", "support").id,
        exchanges=[
            RawExchange(body=letter(f"Vraag {number}", "x" * 1_500), received_at=timezone.now())
            for number in range(4)
        ],
    )
    assert [drain_batch().receipts for _ in range(3)] == [2, 2, 0]


def test_an_unknown_mailbox_and_a_missing_file_are_named(chargecars: Brand, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"niemand@chargecars\.nl"):
        ingest(file(tmp_path, "a.eml", letter()), channel="niemand@chargecars.nl")
    with pytest.raises(CommandError, match=r"weg\.eml"):
        ingest(tmp_path / "weg.eml")
