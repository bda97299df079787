"""Changing the encryption key: the new one in front, everything written anew, the old one dropped."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from django.core.management import call_command
from django.db import connection
from fernet_fields import EncryptedField

from channels_app.models import AuditEntry, Authenticator, BusinessEntityChannel
from channels_app.services.key_rotation import encrypted_columns
from channels_app.services.staff.second_factor import factor_begin
from tests.factories import Brand, make_member

NEW = "een-nieuwe-sleutel-0123456789-abcdefghij"


@pytest.fixture
def keys(settings: Any) -> Iterator[Any]:
    """Sets FERNET_KEYS as a restart would: the fields keep what they derived from them."""

    def use(*names: str) -> None:
        settings.FERNET_KEYS = list(names)
        for model, column in encrypted_columns():
            field: Any = model._meta.get_field(column)
            for derived in ("keys", "fernet_keys", "fernet"):
                field.__dict__.pop(derived, None)

    before = list(settings.FERNET_KEYS)
    use.before = before  # type: ignore[attr-defined]
    yield use
    use(*before)


def raw(table: str, column: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY 1")
        return [bytes(value) if isinstance(value, memoryview) else value for (value,) in cursor.fetchall()]


def test_every_encrypted_column_is_found() -> None:
    found = {(model.__name__, column) for model, column in encrypted_columns()}
    assert found >= {("BusinessEntityChannel", "secrets"), ("Authenticator", "key")}
    assert all(
        isinstance(model._meta.get_field(column), EncryptedField) for model, column in encrypted_columns()
    )


def test_after_a_rotation_the_old_key_can_go(alfa: Brand, keys: Any) -> None:
    user = make_member("joris", "agent", alfa)
    key = factor_begin(user=user).key
    secrets = {channel.pk: channel.secrets for channel in BusinessEntityChannel.objects.all()}
    assert any("token-100000000000001" in value for value in secrets.values())
    changes = AuditEntry.objects.filter(action="changed").count()
    old = keys.before
    keys(NEW, *old)
    before = raw("business_entity_channels", "secrets")
    out = io.StringIO()
    call_command("rotate_encryption_keys", dry_run=True, stdout=out)
    assert raw("business_entity_channels", "secrets") == before
    call_command("rotate_encryption_keys", stdout=out)
    assert f"channels_app.BusinessEntityChannel.secrets: {len(secrets)} of {len(secrets)}" in out.getvalue()
    keys(NEW)
    assert {channel.pk: channel.secrets for channel in BusinessEntityChannel.objects.all()} == secrets
    assert Authenticator.objects.get(user=user).key == key
    keys(*old)
    with pytest.raises(InvalidToken):
        list(BusinessEntityChannel.objects.values_list("secrets", flat=True))
    keys(NEW)
    call_command("rotate_encryption_keys", stdout=io.StringIO())
    assert AuditEntry.objects.filter(action="keys_rotated").exists()
    assert AuditEntry.objects.filter(action="changed").count() == changes  # no secret changed
