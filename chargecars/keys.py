"""Keys an installation may not do without."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

SHORTEST = 32
# What examples and generators of new projects leave behind.
_PLACEHOLDERS = ("change", "insecure", "example", "secret-key", "your-", "placeholder", "default")


def refuse_weak_keys(secret_key: str, fernet_keys: Sequence[str], *, debug: bool) -> None:
    """Raise ImproperlyConfigured unless both are there and long, and none is an example's.

    With `debug` they only have to be there.
    """
    keys = {"SECRET_KEY": [secret_key], "FERNET_KEYS": list(fernet_keys) or [""]}
    for name, values in keys.items():
        for value in values:
            if not value:
                raise ImproperlyConfigured(f"{name} is not set")
            if debug:
                continue
            if len(value) < SHORTEST or len(set(value)) < 10:
                raise ImproperlyConfigured(f"{name} is too short: at least {SHORTEST} random characters")
            if any(word in value.lower() for word in _PLACEHOLDERS):
                raise ImproperlyConfigured(f"{name} is still an example's value")
