"""Column types of this product."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


class TextListField(ArrayField):  # type: ignore[type-arg]
    """A list of short texts, empty by default, never null."""

    def __init__(self, verbose_name: Any = None, **options: Any) -> None:
        options.setdefault("base_field", models.CharField(max_length=255))
        options.setdefault("default", list)
        options.setdefault("db_default", [])
        options.setdefault("blank", True)
        super().__init__(verbose_name=verbose_name, **options)


class DomainListField(TextListField):
    """Internet domains, kept in lower case without a leading @ or dot."""

    def to_python(self, value: Any) -> Any:
        domains = super().to_python(value)
        return normalise_domains(domains) if isinstance(domains, list) else domains

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, list | tuple):
            value = normalise_domains(value)
        return super().get_db_prep_value(value, connection, prepared)


def normalise_domains(domains: list[str] | tuple[str, ...]) -> list[str]:
    """Trimmed, lower-cased, without "@" or "." in front, each once, in the order given."""
    cleaned = (str(domain).strip().lower().lstrip("@.").rstrip(".") for domain in domains)
    return list(dict.fromkeys(domain for domain in cleaned if domain))
