"""What is no usable JSON is refused in words, at every route, before anything looks at its fields."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from channels_app.models import Contact

BODIES = {
    "lists beyond reason": (b"[" * 100_000, "meer dan 64 lagen"),
    "objects beyond reason": (b'{"a":' * 60_000 + b"1" + b"}" * 60_000, "meer dan 64 lagen"),
    "just too deep": (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", "meer dan 64 lagen"),
    "a NUL": (rb'{"name": "a\u0000b", "kind": "customer"}', "NUL"),
    "half a letter in a key": (rb'{"\ud800": 1}', "half teken"),
}


@pytest.mark.parametrize("route", ["contacts/", "routing/simulate/"])
@pytest.mark.parametrize(("body", "said"), BODIES.values(), ids=BODIES)
def test_what_cannot_be_handled_or_stored_is_refused_in_words(
    manager: APIClient, route: str, body: bytes, said: str
) -> None:
    answer = manager.post(f"/api/v1/{route}", body, content_type="application/json")

    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert not Contact.objects.exists()
