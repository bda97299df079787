"""Form fields made from a provider's typed settings: one per field, by its type.

Labels and help come from the field's title and description, translated. Secrets are write-only.
"""

from __future__ import annotations

from datetime import date
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from channels_app.forms.fields import ChipsField, SecretField
from channels_app.forms.problems import in_words
from channels_app.forms.widgets import SecretWidget, TokenWidget
from channels_app.models import BusinessEntityChannel
from channels_app.providers.base import ProviderConfig
from channels_app.services.accounts import channel_config, stored_secrets

PREFIX = "setting_"
_LONG_TEXT = 1000  # characters from which a text gets a box instead of a line

OPTION_NAMES = {
    "microsoft365": "Microsoft 365",
    "google": "Google Workspace",
    "messagebird": "MessageBird (Bird)",
    "other": gettext_lazy("Another one"),
    "none": gettext_lazy("None"),
    "tls": "TLS",
    "starttls": "STARTTLS",
}


def settings_fields(config: type[ProviderConfig]) -> dict[str, forms.Field]:
    """The form's fields for a medium, by name (`setting_...`), secrets last."""
    fields = {name: _field(info) for name, info in config.model_fields.items()}
    ordered = sorted(fields, key=lambda name: isinstance(fields[name], SecretField))
    return {f"{PREFIX}{name}": fields[name] for name in ordered}


def settings_initial(config: type[ProviderConfig], channel: BusinessEntityChannel) -> dict[str, Any]:
    """The readable settings of a channel for the form; the defaults for one that is being made."""
    defaults = {
        name: info.get_default(call_default_factory=True)
        for name, info in config.model_fields.items()
        if not _is_secret(info) and not info.is_required()
    }
    stored = {
        name: value
        for name, value in (channel.integration_config or {}).items()
        if name in config.model_fields
    }
    return {f"{PREFIX}{name}": value for name, value in {**defaults, **stored}.items()}


def show_stored_secrets(form: forms.BaseForm, channel: BusinessEntityChannel) -> None:
    """Say at each secret whether there is one, without ever sending it."""
    stored = stored_secrets(channel)
    for name, field in form.fields.items():
        if isinstance(field.widget, SecretWidget):
            field.widget.stored = name.removeprefix(PREFIX) in stored


def read_settings(
    form: Any, config: type[ProviderConfig], channel: BusinessEntityChannel
) -> ProviderConfig | None:
    """The typed settings that the form holds, with the stored secrets that were left alone.

    None when they are not valid; then each problem stands at its own field.
    """
    given: dict[str, Any] = {}
    kept = _stored_values(channel)
    for name in config.model_fields:
        if f"{PREFIX}{name}" in form.errors:
            return None
        value = form.cleaned_data.get(f"{PREFIX}{name}")
        if isinstance(form.fields[f"{PREFIX}{name}"], SecretField) and value is None:
            value = kept.get(name, "")
        if value not in (None, ""):
            given[name] = value
    try:
        return config.model_validate(given)
    except ValidationError as error:
        for problem in error.errors(include_input=False):
            name = f"{PREFIX}{problem['loc'][0]}" if problem["loc"] else ""
            form.add_error(name if name in form.fields else None, in_words(problem))
        return None


def _stored_values(channel: BusinessEntityChannel) -> dict[str, str]:
    if not channel.secrets:
        return {}
    try:
        config = channel_config(channel)
    except ValidationError:
        return {}
    return {
        name: value.get_secret_value()
        for name in type(config).model_fields
        if isinstance(value := getattr(config, name), SecretStr)
    }


def _field(info: FieldInfo) -> forms.Field:
    annotation = _without_none(info.annotation)
    options: dict[str, Any] = {
        "label": _translated(info.title),
        "help_text": _translated(info.description),
        "required": info.is_required(),
    }
    if annotation is SecretStr:
        return SecretField(widget=SecretWidget(), **{**options, "required": False})
    if annotation is bool:
        return forms.BooleanField(widget=UnfoldBooleanSwitchWidget(), **{**options, "required": False})
    if annotation is int:
        limits: dict[str, Any] = {"min_value": _limit(info, "ge"), "max_value": _limit(info, "le")}
        return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget(), **limits, **options)
    if annotation is date:
        box = forms.DateInput(attrs={"type": "date", "class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d")
        return forms.DateField(widget=box, **options)
    if get_origin(annotation) is Literal:
        return forms.ChoiceField(
            choices=[(option, option_name(option)) for option in get_args(annotation)],
            widget=UnfoldAdminSelectWidget(),
            **options,
        )
    if get_origin(annotation) in (list, tuple, set, frozenset):
        return ChipsField(**options)
    return forms.CharField(widget=_text_widget(info), **options)


def _text_widget(info: FieldInfo) -> forms.Widget:
    if info.default_factory is not None:  # a text that the product makes up, to be pasted elsewhere
        widget = TokenWidget()
        widget.fresh = str(info.get_default(call_default_factory=True))
        return widget
    most = _limit(info, "max_length")
    if most is not None and most >= _LONG_TEXT:
        box: forms.Widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})
        return box
    line: forms.Widget = UnfoldAdminTextInputWidget()
    return line


def option_name(option: str) -> str:
    """The name of an option of a setting, "Microsoft 365" for "microsoft365"."""
    return str(OPTION_NAMES.get(option) or option.replace("_", " ").capitalize())


def _limit(info: FieldInfo, name: str) -> int | None:
    return next((getattr(part, name) for part in info.metadata if hasattr(part, name)), None)


def _is_secret(info: FieldInfo) -> bool:
    return _without_none(info.annotation) is SecretStr


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return parts[0] if len(parts) == 1 else str
    return annotation


def _translated(text: str | None) -> str:
    return _(text) if text else ""
