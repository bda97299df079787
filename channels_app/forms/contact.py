"""The form of a contact's address: one spelling, so that the same sender is recognised."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from channels_app.models import ContactIdentifier
from channels_app.schemas import normalise_email, normalise_phone


class IdentifierForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ContactIdentifier
        fields = ("kind", "value")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        kind, value = values.get("kind"), (values.get("value") or "").strip()
        if not kind or not value:
            return values
        if kind == ContactIdentifier.Kind.EMAIL:
            value = normalise_email(value)
            problem = _("This is not an email address.")
        elif kind == ContactIdentifier.Kind.PHONE:
            value = normalise_phone(value)
            problem = _("This is not a phone number, e.g. +31612345678 or 06 12345678.")
        else:
            return values
        if not value:
            self.add_error("value", problem)
        values["value"] = value
        return values
