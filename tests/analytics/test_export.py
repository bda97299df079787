"""Files that spreadsheets open: the right brands, and no formula of a customer's."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from channels_app.sheets import csv_file, safe, xlsx_file
from routing.models import MessageRoutingLog
from tests.analytics import world
from tests.analytics.test_dashboard import count, happen, manager_of

EVIL = '=HYPERLINK("http://evil.example","klik")'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_looks_like_a_formula_stays_a_text(start: str) -> None:
    text = f"{start}1+1"
    assert safe(text) == f"'{text}"
    assert f"'{text}".encode() in csv_file(["a"], [[text]])
    cell = load_workbook(io.BytesIO(xlsx_file("t", ["a"], [[EVIL]]))).worksheets[0]["A2"]
    assert (cell.data_type, cell.value) == ("s", f"'{EVIL}")


def test_numbers_stay_numbers_in_dutch_notation() -> None:
    assert csv_file(["a", "b"], [[-1, 2.5]]) == b"\xef\xbb\xbfa;b\r\n-1;2,5\r\n"
    row = load_workbook(io.BytesIO(xlsx_file("t", ["a", "b"], [[-1, 2.5]]))).worksheets[0][2]
    assert [cell.value for cell in row] == [-1, 2.5]


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["days", "hours"])
def test_figures_leave_for_the_managers_own_brands_only(what: str) -> None:
    ours, theirs = world.channel(world.brand("chargecars")), world.channel(world.brand("laderthuis"))
    for desk in (ours, theirs):
        happen(desk)
    count(ours)
    client = manager_of("chargecars")
    answer = client.get("/admin/analytics/export/", {"what": what, "entity": "laderthuis"})
    assert "attachment" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert {row["entity_code"] for row in rows} == {"chargecars"}
    assert sum(int(row["messages_received"]) for row in rows) == 2


@pytest.mark.django_db
def test_decisions_leave_as_a_workbook_on_the_brands_clock() -> None:
    ours, theirs = world.channel(world.brand("chargecars")), world.channel(world.brand("laderthuis"))
    at = timezone.now() - timedelta(hours=1)
    for desk in (ours, theirs):
        MessageRoutingLog.objects.create(
            business_entity=desk.business_entity, thread=world.thread(desk, at), source_channel=desk,
            target_channel=desk, routing_reason=EVIL, created_at=at,
        )  # fmt: skip
    answer = manager_of("chargecars").get("/admin/analytics/export/", {"what": "decisions", "format": "xlsx"})
    header, *rows = load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True)
    (row,) = (dict(zip(header, values, strict=True)) for values in rows)
    assert (row["entity"], row["routing_reason"]) == ("chargecars", f"'{EVIL}")
    assert abs(row["created_at"] - timezone.localtime(at).replace(tzinfo=None)) < timedelta(seconds=1)


@pytest.mark.django_db
def test_nobody_without_a_brand_exports() -> None:
    world.channel(world.brand("chargecars"))
    world.brand("laderthuis")
    client = manager_of("laderthuis")
    answer = client.get("/admin/analytics/export/")
    assert answer.content.decode("utf-8-sig").count("\r\n") == 1  # the header alone
