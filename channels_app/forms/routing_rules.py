"""`AutoRoutingRules` as form fields, for a brand and for a channel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from pydantic import ValidationError
from unfold.widgets import UnfoldAdminSelectWidget

from channels_app.forms.fields import ChipsField, DepartmentChipsField
from channels_app.forms.problems import in_words
from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.schemas import AutoRoutingRules
from channels_app.selectors.rule_uses import rule_uses

_ROUTE_TO = "route_to_"
_SENDERS = ("existing_customer", "new_email", "partner_domain", "internal")


def departments_of(brand: BusinessEntity | None) -> list[tuple[str, str]]:
    """The departments of a brand, (code, name), the usual ones in their usual order."""
    usual = {code: str(label) for code, label in BusinessEntityChannel.Purpose.choices}
    if brand is None or brand._state.adding:
        return list(usual.items())
    codes = set(
        BusinessEntityChannel.objects.filter(business_entity=brand).values_list("channel_code", flat=True)
    )
    known = [(code, label) for code, label in usual.items() if code in codes]
    return known + [(code, code) for code in sorted(codes - usual.keys())] or list(usual.items())


class SelectField(forms.ChoiceField):
    """A choice that may be left open; "" is cleaned to None."""

    def __init__(self, *, blank: Any, choices: Any = (), **options: Any) -> None:
        self.blank = blank
        options.setdefault("required", False)
        options.setdefault("widget", UnfoldAdminSelectWidget())
        super().__init__(choices=[("", blank), *choices], **options)

    def offer(self, choices: Any) -> None:
        self.choices = [("", self.blank), *choices]

    def clean(self, value: Any) -> Any:
        return super().clean(value) or None


class RoutingRulesFields(forms.Form):
    """The fields that `auto_routing_rules` is edited with. Their form calls `load_rules` and `read_rules`."""

    keywords = DepartmentChipsField(
        label=gettext_lazy("Keywords"),
        help_text=gettext_lazy(
            "Words and phrases that bring a message to a department. Capitals and accents make no difference; "
            "one keyword alone is enough."
        ),
    )
    sender_existing_customer = SelectField(
        label=gettext_lazy("A known customer goes to"), blank=gettext_lazy("No preference")
    )
    sender_new_email = SelectField(
        label=gettext_lazy("Somebody new goes to"), blank=gettext_lazy("No preference")
    )
    sender_partner_domain = SelectField(
        label=gettext_lazy("A partner goes to"), blank=gettext_lazy("No preference")
    )
    sender_internal = SelectField(
        label=gettext_lazy("A colleague goes to"),
        blank=gettext_lazy("No preference"),
        help_text=gettext_lazy("Keywords outweigh who the sender is."),
    )
    outside_hours = SelectField(
        label=gettext_lazy("Outside opening hours"),
        blank=gettext_lazy("As usual: wait for the next opening"),
        choices=[
            ("queue_for_next_day", gettext_lazy("Wait for the next opening")),
            ("immediate_routing", gettext_lazy("Treat as if open")),
        ],
    )
    emergency_words_do = SelectField(
        label=gettext_lazy("An emergency word"),
        blank=gettext_lazy("As usual: straight to the emergency desk"),
        choices=[
            ("always_escalate", gettext_lazy("Goes straight to the emergency desk")),
            ("raise_urgency", gettext_lazy("Makes the message urgent")),
        ],
    )
    emergency_keywords = ChipsField(
        label=gettext_lazy("Emergency words"),
        help_text=gettext_lazy(
            "Words that mean danger, such as brand, rook, vonken. Never held back by hours."
        ),
    )

    def load_rules(self, stored: Any, departments: list[tuple[str, str]]) -> None:
        """Fill the fields from what is stored, and offer the brand's departments."""
        rules = stored if isinstance(stored, dict) else {}
        senders = rules.get("sender_patterns") or {}
        timing = rules.get("time_based") or {}
        self.fields["keywords"].widget.departments = departments
        self.initial["keywords"] = rules.get("keywords") or {}
        for sender in _SENDERS:
            field: Any = self.fields[f"sender_{sender}"]
            action = (senders.get(sender) or "").removeprefix(_ROUTE_TO)
            extra = [] if action in dict(departments) or not action else [(action, action)]
            field.offer([*departments, *extra])
            self.initial[f"sender_{sender}"] = action
        self.initial["outside_hours"] = timing.get("outside_hours") or ""
        self.initial["emergency_words_do"] = timing.get("emergency_keywords") or ""
        self.initial["emergency_keywords"] = rules.get("emergency_keywords") or []

    def show_uses(self, brand: BusinessEntity) -> None:
        """Say beside keywords and senders how often they had a say in this brand."""
        uses = rule_uses([brand.pk], now=timezone.now())
        self.fields["keywords"].widget.uses = {
            name.removeprefix("keywords:"): found
            for name, found in uses.items()
            if name.startswith("keywords:")
        }
        for sender in _SENDERS:
            department = self.initial.get(f"sender_{sender}")
            found = uses.get(f"sender:{sender}:{department}")
            if department and found is not None:
                field = self.fields[f"sender_{sender}"]
                count = ngettext("%(count)d time in 30 days", "%(count)d times in 30 days", found.recent)
                field.help_text = f"{field.help_text} {count % {'count': found.recent}}".strip()

    def read_rules(self, stored: Any) -> dict[str, Any] | None:
        """What the fields hold in the form it is stored in; None when it is not valid."""
        values = self.cleaned_data
        kept = (stored or {}).get("time_based") or {}
        given = {
            "keywords": values.get("keywords") or {},
            "sender_patterns": {
                sender: f"{_ROUTE_TO}{department}"
                for sender in _SENDERS
                if (department := values.get(f"sender_{sender}"))
            },
            "time_based": {
                "office_hours": kept.get("office_hours"),
                "outside_hours": values.get("outside_hours"),
                "emergency_keywords": values.get("emergency_words_do"),
            },
            "emergency_keywords": values.get("emergency_keywords") or [],
        }
        try:
            rules = AutoRoutingRules.model_validate(given)
        except ValidationError as error:
            for problem in error.errors():
                self.add_error(_field_of(problem["loc"]), _with_department(problem["loc"], in_words(problem)))
            return None
        return rules.model_dump(mode="json", exclude_none=True)


def _field_of(location: tuple[Any, ...]) -> str:
    if location[:1] == ("sender_patterns",) and len(location) > 1:
        return f"sender_{location[1]}"
    if location[:2] == ("time_based", "emergency_keywords"):
        return "emergency_words_do"
    return "emergency_keywords" if location[:1] == ("emergency_keywords",) else "keywords"


def _with_department(location: tuple[Any, ...], text: str) -> str:
    if location[:1] == ("keywords",) and len(location) > 1:
        return _("%(department)s: %(problem)s") % {"department": location[1], "problem": text}
    return text
