"""The forms of an import of contacts: which file for which brand, and what its columns hold."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from channels_app.models import BusinessEntity, Contact, ContactImport
from channels_app.scoping import Ability, visible_entities
from channels_app.services.contact_import.columns import TARGETS
from channels_app.services.contact_import.reading import LARGEST_FILE, Sheet


class Ways(forms.Form):
    """How rows become contacts."""

    kind = forms.ChoiceField(
        label=_("They are"),
        choices=Contact.Kind.choices,
        initial=Contact.Kind.CUSTOMER,
        help_text=_("For whoever has no kind yet, unless a column of the file says it."),
        widget=UnfoldAdminSelectWidget(),
    )
    overwrite = forms.BooleanField(
        label=_("The file wins where it differs"),
        required=False,
        help_text=_(
            "Off: only what is empty is filled in. Numbers and addresses are added, never taken away."
        ),
        widget=UnfoldBooleanSwitchWidget(),
    )


class ContactFileForm(Ways):
    brand = forms.ModelChoiceField(
        BusinessEntity.objects.none(), label=_("Brand"), empty_label=None, widget=UnfoldAdminSelectWidget()
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX with a row of headers, in Dutch or English; at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx", "class": "cc-upload"}),
    )
    field_order = ("brand", "file", "kind", "overwrite")

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        brands: Any = self.fields["brand"]
        brands.queryset = visible_entities(user, Ability.CONFIGURE).filter(is_active=True)

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 10 MB; split it."))
        return upload


class ColumnsForm(Ways):
    """A choice for each column of a file; `columns` after validation is in the order of the file."""

    def __init__(self, draft: ContactImport, sheet: Sheet, data: Any = None) -> None:
        super().__init__(data, initial={"kind": draft.kind, "overwrite": draft.overwrite})
        self.sheet = sheet
        choices = [("", _("Leave out")), *TARGETS.items()]
        for number, header in enumerate(sheet.headers):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=header or _("Column %(number)d") % {"number": number + 1},
                choices=choices,
                required=False,
                initial=draft.columns[number] if number < len(draft.columns) else "",
                widget=UnfoldAdminSelectWidget(),
            )

    @property
    def columns(self) -> list[str]:
        return [self.cleaned_data[f"column_{number}"] for number in range(len(self.sheet.headers))]

    def column_rows(self) -> list[tuple[Any, str]]:
        """(field, the first values of its column) for the page."""
        return [
            (self[f"column_{number}"], ", ".join(self.sheet.samples(number)))
            for number in range(len(self.sheet.headers))
        ]
