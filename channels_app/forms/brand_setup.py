"""The forms that begin a brand, and that bring a brand's file in."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminColorInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from channels_app.models import BusinessEntity
from channels_app.providers.registry import provider_choices
from channels_app.schemas import normalise_domain
from channels_app.services.brand_setup.beginning import MEDIA, NewBrand, code_of, prefix_of

STANDARD = "standard"


class NewBrandForm(forms.Form):
    """A new brand; code, prefix and domain follow from the name where they are left empty."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("The name as customers know it."),
        widget=UnfoldAdminTextInputWidget(),
    )
    domain = forms.CharField(
        label=_("Domain"),
        required=False,
        max_length=200,
        help_text=_("Of its mail addresses, e.g. laderthuis.nl. Empty: its name with .nl."),
        widget=UnfoldAdminTextInputWidget(),
    )
    source = forms.ChoiceField(
        label=_("Begin with"),
        help_text=_(
            "A copy takes hours, rules, channels and texts along; never numbers, accounts or passwords."
        ),
        widget=UnfoldAdminSelectWidget(),
    )
    used_media = forms.MultipleChoiceField(
        label=_("Media"),
        choices=lambda: [(code, label) for code, label in provider_choices() if code in MEDIA],
        initial=list(MEDIA),
        help_text=_("More can be added later."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )
    colour = forms.CharField(label=_("Colour"), initial="#0f766e", widget=UnfoldAdminColorInputWidget())
    language = forms.ChoiceField(
        label=_("Language"),
        choices=BusinessEntity.Language.choices,
        initial=BusinessEntity.Language.DUTCH,
        widget=UnfoldAdminSelectWidget(),
    )
    code = forms.SlugField(
        label=_("Code"),
        required=False,
        max_length=50,
        help_text=_("In links and reports. Empty: made from the name."),
        widget=UnfoldAdminTextInputWidget(),
    )
    number_prefix = forms.CharField(
        label=_("Number prefix"),
        required=False,
        max_length=8,
        help_text=_("Starts every reference number: CC gives CC-MSG-2026-000123. Empty: made from the name."),
        widget=UnfoldAdminTextInputWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        brands = BusinessEntity.objects.order_by("entity_name")
        source: Any = self.fields["source"]
        source.choices = [
            (STANDARD, _("the standard set of channels, rules and texts")),
            *((str(brand.pk), _("a copy of %(brand)s") % {"brand": brand.entity_name}) for brand in brands),
        ]

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"]
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise forms.ValidationError(_("A colour such as #0f766e."))
        return colour

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        name = values.get("name", "")
        code = values["code"] = values.get("code") or code_of(name)
        values["number_prefix"] = (values.get("number_prefix") or prefix_of(name)).upper()
        if name and not re.fullmatch(r"[A-Z]{2,8}", values["number_prefix"]):
            self.add_error("number_prefix", _("Two to eight capital letters."))
        if name and not code:
            self.add_error("code", _("Give the brand a code."))
        elif BusinessEntity.objects.filter(entity_code=code).exists():
            self.add_error("code", _("There is a brand with this code already."))
        values["domain"] = normalise_domain(values.get("domain") or f"{code}.nl")
        if name and not values["domain"]:
            self.add_error("domain", _("This is not a domain, e.g. laderthuis.nl."))
        return values

    @property
    def new(self) -> NewBrand:
        given = self.cleaned_data
        return NewBrand(
            name=given["name"],
            code=given["code"],
            number_prefix=given["number_prefix"],
            domain=given["domain"],
            colour=given["colour"],
            language=given["language"],
            website=f"https://www.{given['domain']}",
        )


class BrandFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("A configuration that was exported from a brand, here or in another installation."),
        widget=forms.FileInput(attrs={"accept": ".json,application/json", "class": "cc-upload"}),
    )
