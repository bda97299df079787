"""Keywords to a file and back: shown before they are saved, within one brand, never as a formula."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.services.keyword_table import keyword_plan, keyword_rows, keyword_rows_of_file
from channels_app.sheets import csv_file
from tests.factories import Brand, make_brand, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    made = make_brand("chargecars", "ChargeCars", "CC", {"support": "1"})
    make_brand("laderthuis", "LaderThuis", "LT", {"support": "2"})
    made.entity.auto_routing_rules = {
        "keywords": {"sales": ["offerte", "prijs"], "support": ["kapot"]}, "emergency_keywords": ["brand"],
        "time_based": {"outside_hours": "immediate_routing"},
    }  # fmt: skip
    made.entity.save()
    channel = made.channel("whatsapp", "support")
    channel.auto_routing_rules = {"keywords": {"support": ["=cmd()"]}}
    channel.save()
    return made


def address(brand: Brand) -> str:
    page: str = reverse("admin:channels_app_businessentity_keyword_table", args=[brand.entity.pk])
    return page


def administrator(client: Client, brand: Brand, role: str = "administrator") -> None:
    client.force_login(make_member(role, role, brand))


def upload(client: Client, brand: Brand, content: str | bytes, mode: str = "add") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(
        address(brand), {"file": SimpleUploadedFile("woorden.csv", data), "mode": mode}, headers={"accept-language": "en"}
    )  # fmt: skip


def keywords(brand: Brand) -> dict[str, Any]:
    brand.entity.refresh_from_db()
    found: dict[str, Any] = brand.entity.auto_routing_rules
    return found


def test_the_table_goes_out_and_comes_back_unchanged(client: Client, brand: Brand) -> None:
    administrator(client, brand)
    answer = client.get(address(brand), {"as": "csv"})
    assert answer["Content-Disposition"].startswith('attachment; filename="keywords-chargecars-')
    assert "support;'=cmd();support/whatsapp" in answer.content.decode()
    sheet = load_workbook(io.BytesIO(client.get(address(brand), {"as": "xlsx"}).content)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    for content in (answer.content, client.get(address(brand), {"as": "xlsx"}).content):
        rows = keyword_rows_of_file(content)
        assert rows == keyword_rows(brand.entity)
        plan = keyword_plan(brand.entity, rows, replace=True)
        assert (plan.changes, plan.kept, plan.problems) == ((), 5, ())


def test_what_a_file_adds_is_shown_first_and_saved_on_confirmation(client: Client, brand: Brand) -> None:
    administrator(client, brand)
    page = upload(
        client,
        brand,
        "Afdeling;Trefwoord;Kanaal\nVerkoop;Proefrit;\nsales;OFFERTE;\nalarm;rook;\nsales;gratis;support/email\n".replace(
            "Verkoop", "sales"
        ),
    )
    text = page.content.decode()
    assert page.context["plan"].added == 3
    assert (page.context["plan"].kept, page.context["plan"].removed) == (5, 0)
    assert "Proefrit" in text
    assert keywords(brand)["keywords"]["sales"] == ["offerte", "prijs"]

    saved = client.post(address(brand), {"table": page.context["table"]})

    assert saved.status_code == 302
    assert keywords(brand)["keywords"] == {"sales": ["offerte", "prijs", "Proefrit"], "support": ["kapot"]}
    assert keywords(brand)["emergency_keywords"] == ["brand", "rook"]
    assert keywords(brand)["time_based"] == {"outside_hours": "immediate_routing"}
    assert brand.channel("email", "support").auto_routing_rules["keywords"] == {"sales": ["gratis"]}


def test_a_file_may_take_the_place_of_everything(client: Client, brand: Brand) -> None:
    administrator(client, brand)
    page = upload(client, brand, "department,keyword\nsales,offerte\nadmin,factuur\n", "replace")
    assert (page.context["plan"].added, page.context["plan"].removed, page.context["plan"].kept) == (1, 4, 1)
    client.post(address(brand), {"table": page.context["table"]})
    assert sorted(keyword_rows(BusinessEntity.objects.get(pk=brand.entity.pk))) == [
        ("admin", "factuur", ""), ("sales", "offerte", ""),
    ]  # fmt: skip


def test_rows_that_make_no_sense_are_named_and_nothing_can_be_saved(client: Client, brand: Brand) -> None:
    administrator(client, brand)
    page = upload(
        client, brand, "department;keyword;channel\nmarketing;x;\nsales;!!;\nsales;goed;sales/fax\n"
    )
    assert len(page.context["plan"].problems) == 3
    assert "Save these keywords" not in page.content.decode()
    client.post(address(brand), {"table": page.context["table"]})
    assert keywords(brand)["keywords"]["sales"] == ["offerte", "prijs"]


def test_a_change_by_somebody_else_is_not_overwritten_unseen(client: Client, brand: Brand) -> None:
    administrator(client, brand)
    page = upload(client, brand, "department;keyword\nsales;proefrit\n", "replace")
    brand.entity.auto_routing_rules = {"keywords": {"sales": ["nieuw"]}}
    brand.entity.save()
    again = client.post(address(brand), {"table": page.context["table"]}, headers={"accept-language": "en"})
    assert "Somebody changed the keywords meanwhile" in again.content.decode()
    assert keywords(brand)["keywords"] == {"sales": ["nieuw"]}
    client.post(address(brand), {"table": again.context["table"]})
    assert keywords(brand)["keywords"] == {"sales": ["proefrit"]}


def test_files_that_are_no_table_are_refused_in_words(client: Client, brand: Brand) -> None:
    administrator(client, brand)
    for content in ("", "a;b\n1;2\n", b"PK\x03\x04 broken", "department;keyword\n"):
        page = upload(client, brand, content)
        assert page.status_code == 200
        assert page.context["form"].errors["file"]


def test_a_table_belongs_to_one_brand_and_to_whoever_administers_it(client: Client, brand: Brand) -> None:
    theirs = BusinessEntity.objects.get(entity_code="laderthuis")
    administrator(client, brand)
    table = upload(client, brand, "department;keyword\nsales;proefrit\n").context["table"]
    elsewhere = reverse("admin:channels_app_businessentity_keyword_table", args=[theirs.pk])
    before = theirs.auto_routing_rules
    assert client.get(elsewhere).status_code in (302, 403, 404)
    assert client.post(elsewhere, {"table": table}).status_code in (302, 403, 404)
    assert client.post(address(brand), {"table": table + "x"}).status_code == 403
    theirs.refresh_from_db()
    assert theirs.auto_routing_rules == before

    administrator(client, brand, "manager")
    assert client.get(address(brand)).status_code == 200
    assert client.post(address(brand), {"table": table}).status_code == 403
    assert keywords(brand)["keywords"]["sales"] == ["offerte", "prijs"]


def test_a_formula_never_leaves_as_one() -> None:
    assert b"'=HYPERLINK" in csv_file(["keyword"], [["=HYPERLINK(1)"]])


def test_channels_of_the_other_brand_are_not_in_the_table(brand: Brand) -> None:
    BusinessEntityChannel.objects.filter(business_entity__entity_code="laderthuis").update(
        auto_routing_rules={"keywords": {"sales": ["geheim"]}}
    )
    assert "geheim" not in str(keyword_rows(brand.entity))
