"""Valid settings for any provider, found from its pydantic model alone."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from channels_app.providers.base import ProviderConfig

# Tried one after another for each field that refuses what it has.
CANDIDATES: tuple[Any, ...] = (
    "123456789012345",
    "support@chargecars.example",
    "+31612345001",
    "mail.chargecars.example",
    "https://chargecars.example/hook",
    "AC" + "0" * 32,
    993,
    True,
    ["123456789012345"],
    {},
    "",
)


def is_secret(annotation: Any) -> bool:
    """Whether a field is a secret, optional or not."""
    return annotation is SecretStr or SecretStr in get_args(annotation)


def secret_for(name: str) -> str:
    """A value that can be recognised wherever it turns up."""
    return f"s3cret-{name.replace('_', '-')}"


def sample_config(model: type[ProviderConfig]) -> ProviderConfig:
    """Settings with every secret and every empty text filled in, or else only what is required.

    Raises ValueError when nothing valid is found.
    """
    try:
        return _filled(model, lambda field: field.is_required() or field.default == "")
    except ValueError:
        return _filled(model, FieldInfo.is_required)


def _filled(model: type[ProviderConfig], wanted: Any) -> ProviderConfig:
    untried = {name: _options(name, field) for name, field in model.model_fields.items()}
    values = {
        name: untried[name].pop(0)
        for name, field in model.model_fields.items()
        if is_secret(field.annotation) or wanted(field)
    }
    while True:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            refused = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}
            refused = {name for name in refused & values.keys() if untried[name]}
            if not refused:
                raise ValueError(f"no sample settings found for {model.__name__}: {error}") from None
            for name in refused:
                values[name] = untried[name].pop(0)


def _options(name: str, field: FieldInfo) -> list[Any]:
    if is_secret(field.annotation):
        marked = secret_for(name)
        workflow = (
            f"https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig={marked}"
        )
        return [marked, workflow]
    return [*(option for option in get_args(field.annotation) if isinstance(option, str)), *CANDIDATES]
