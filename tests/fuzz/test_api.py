"""What the API's own schema allows, and what it forbids, never makes a server error and never shows another
brand. `make fuzz` sets FUZZ_API for many more than the suite tries.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

import pytest
import schemathesis
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_app.models import (
    ApiToken,
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    Contact,
    Membership,
)
from routing.models import MessageRoutingLog
from routing.services.drain import drain_batch
from tests.factories import Brand, change, make_brand, make_member, receive, text_message, webhook_body

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = int(os.environ.get("FUZZ_API") or 80)
SECRET_OF_THE_OTHER = "geheim-van-laderthuis"


@pytest.fixture
def brands(db: None) -> list[Brand]:
    brands = [
        make_brand("chargecars", "ChargeCars", "CC", {"support": "100000000000001"}),
        make_brand("laderthuis", "LaderThuis", "LT", {"support": "200000000000001"}),
    ]
    for brand, text in zip(brands, ("mijn paal is kapot", SECRET_OF_THE_OTHER), strict=True):
        receive(webhook_body(change(brand.phone_ids["support"], messages=[text_message(text)])))
    drain_batch()
    return brands


@pytest.fixture
def token(brands: list[Brand]) -> str:
    user = make_member("fuzz", Membership.Role.MANAGER, brands[0])
    return str(ApiToken.objects.create(user)[1])


@pytest.fixture
def operations(token: str, client: Client) -> list[Any]:
    answer = client.get(
        reverse("api-schema"), {"format": "json"}, headers={"Authorization": f"Token {token}"}
    )
    schema = schemathesis.openapi.from_dict(json.loads(answer.content))
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) > 20
    return found


@pytest.mark.parametrize("modes", ["allowed", "forbidden"])
def test_no_call_makes_a_server_error_or_shows_another_brand(
    operations: list[Any], token: str, modes: str
) -> None:
    statuses: Counter[str] = Counter()
    client = Client(raise_request_exception=False)
    known = rows_of_both_brands()
    mode = {
        "allowed": schemathesis.GenerationMode.POSITIVE,
        "forbidden": schemathesis.GenerationMode.NEGATIVE,
    }

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=st.data())
    def call(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(operations))
        case = data.draw(operation.as_strategy(generation_mode=mode[modes]))
        if "id" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["id"] = data.draw(st.sampled_from(known))
        answer = send(client, case, token)
        statuses[f"{answer.status_code}"] += 1
        assert answer.status_code < 500, (case.method, case.formatted_path, case.query, case.body)
        if hasattr(answer, "content") and answer.status_code < 400:
            assert SECRET_OF_THE_OTHER.encode() not in answer.content

    call()
    print(f"API, what is {modes}: {dict(sorted(statuses.items()))}")  # noqa: T201 the figures of `make fuzz`


def rows_of_both_brands() -> list[str]:
    """Ids that exist, of every kind that the API shows."""
    models = (
        BusinessEntity, BusinessEntityChannel, CommunicationTemplate, CommunicationThread, CommunicationMessage,
        Contact, MessageRoutingLog,
    )  # fmt: skip
    return [str(row) for model in models for row in model.objects.values_list("id", flat=True)[:4]]


def send(client: Client, case: Any, token: str) -> Any:
    """A case of schemathesis through Django's own client, so through every middleware."""
    body = b""
    if not isinstance(case.body, schemathesis.core.NotSet) and case.body is not None:
        body = case.body if isinstance(case.body, bytes) else json.dumps(case.body, default=str).encode()
    headers = {name: str(value) for name, value in dict(case.headers or {}).items()}
    headers = {
        name: value.encode("latin-1", "replace").decode("latin-1") for name, value in headers.items()
    } | {"Authorization": f"Token {token}"}
    return client.generic(
        case.method, case.formatted_path, body, case.media_type or "application/json",
        headers=headers, query_params=dict(case.query or {}),
    )  # fmt: skip
