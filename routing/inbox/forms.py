"""What the composer hands in. The services judge it; the forms only read it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from routing.services.desk.replying import BODY_LENGTH, Reply

_BETWEEN_ADDRESSES = re.compile(r"[,;\s]+")
VALUE_PREFIX = "value-"


class AddressesField(forms.CharField):
    """Mail addresses with commas, semicolons or spaces between them."""

    def clean(self, value: Any) -> tuple[str, ...]:
        text = super().clean(value)
        return tuple(address for address in _BETWEEN_ADDRESSES.split(text) if address)


class IdsField(forms.Field):
    """Ids that a form repeats under one name; what is no id is left out."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> tuple[UUID, ...]:
        found = []
        for text in value or ():
            try:
                found.append(UUID(text))
            except ValueError:
                continue
        return tuple(found)


class ComposerForm(forms.Form):
    """An answer or a note, or the draft of one."""

    mode = forms.ChoiceField(choices=[("reply", _("Reply")), ("note", _("Note"))])
    body = forms.CharField(required=False, strip=False, max_length=BODY_LENGTH)
    subject = forms.CharField(required=False, max_length=300)
    cc = AddressesField(required=False, max_length=5000)
    template = forms.UUIDField(required=False)
    attachment = IdsField(required=False)
    key = forms.CharField(required=False, max_length=64)
    seen = forms.CharField(required=False, max_length=100)
    then = forms.ChoiceField(
        required=False, choices=[("", ""), ("resolve", _("Resolve")), ("snooze", _("Snooze"))]
    )
    until = forms.CharField(required=False, max_length=40)
    confirmed = forms.BooleanField(required=False)
    confirmed_leaks = forms.BooleanField(required=False)
    without_signature = forms.BooleanField(required=False)

    @property
    def values(self) -> dict[str, str]:
        """The values of an approved template, by placeholder."""
        return {
            name.removeprefix(VALUE_PREFIX): text
            for name, text in self.data.items()
            if name.startswith(VALUE_PREFIX)
        }

    def reply(self) -> Reply:
        given = self.cleaned_data
        return Reply(
            body=given["body"],
            key=given["key"],
            seen=given["seen"],
            subject=given["subject"],
            cc=given["cc"],
            attachments=given["attachment"],
            template_id=given["template"],
            variables=self.values,
            with_signature=not given["without_signature"],
            resolve_after=given["then"] == "resolve",
            confirmed=given["confirmed"],
            confirmed_leaks=given["confirmed_leaks"],
        )

    def draft(self) -> dict[str, Any]:
        """The fields that a draft keeps beside the text."""
        given = self.cleaned_data
        return {
            "mode": given["mode"],
            "subject": given["subject"],
            "cc": list(given["cc"]),
            "template": str(given["template"] or ""),
            "values": self.values,
            "attachments": [str(key) for key in given["attachment"]],
        }


def first_problem(form: forms.Form) -> str:
    """One sentence about what is wrong with a form."""
    return next((str(error) for errors in form.errors.values() for error in errors), "")
