"""Forms of signing in, of invitations and of one's own API tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model, password_validation
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from channels_app.models import Invitation
from channels_app.scoping import visible_entities


class CodeForm(forms.Form):
    """The code of the moment, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "text",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
    )


class AskResetForm(PasswordResetForm):
    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "email", "autofocus": True}),
    )


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
            field.help_text = ""
        # In the words of the invitation; what else is wrong with a password is said when it is tried.
        self.fields["new_password1"].help_text = _(
            "At least twelve characters; a few words are easy to remember."
        )


class AcceptForm(forms.Form):
    """What a new member of staff fills in."""

    first_name = forms.CharField(
        label=_("First name"), max_length=150,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "given-name"}),
    )  # fmt: skip
    last_name = forms.CharField(
        label=_("Last name"), max_length=150,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "family-name"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("At least twelve characters; a few words are easy to remember."),
    )  # fmt: skip
    again = forms.CharField(
        label=_("Password again"), strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        password = values.get("password")
        if password and values.get("again") and password != values["again"]:
            self.add_error("again", gettext("The passwords are not the same."))
        elif password:
            person = get_user_model()(
                username=self.email, email=self.email, first_name=values.get("first_name", ""),
                last_name=values.get("last_name", ""),
            )  # fmt: skip
            try:
                password_validation.validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Invitation
        fields = ("business_entity", "email", "role", "first_name", "last_name")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


class TokenForm(forms.Form):
    """A new API token."""

    LIFETIMES = (("30", _("30 days")), ("90", _("90 days")), ("365", _("One year")), ("", _("Until revoked")))

    name = forms.CharField(
        label=_("Name"), max_length=100, widget=UnfoldAdminTextInputWidget(),
        help_text=_("What it is for, e.g. “link with the planning”."),
    )  # fmt: skip
    lifetime = forms.ChoiceField(
        label=_("Valid for"),
        choices=LIFETIMES,
        required=False,
        initial="90",
        widget=UnfoldAdminSelectWidget(),
    )
    brands: Any = forms.ModelMultipleChoiceField(
        label=_("Brands"), queryset=None, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("None ticked: all brands that you work for."),
    )  # fmt: skip
    read_only = forms.BooleanField(
        label=_("May only read"), required=False, initial=True, widget=UnfoldBooleanWidget()
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        brands: Any = self.fields["brands"]
        brands.queryset = visible_entities(user).filter(is_active=True)
