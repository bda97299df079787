"""The form of a registered channel: whom it serves, its fallback, and its message rules in order."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from channels_app.forms.problems import all_in_words
from channels_app.forms.rules_widget import RulesWidget
from channels_app.models import BusinessEntity, CommunicationChannel
from channels_app.schemas import MessageRoutingRule
from channels_app.selectors.rule_uses import rule_uses


class RulesField(forms.Field):
    """Message rules as plain dictionaries in their order, each valid by the schema."""

    widget = RulesWidget

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rules, problems = [], []
        for number, given in enumerate(value or (), start=1):
            try:
                rule = MessageRoutingRule.model_validate({**given, "id": given.get("id") or uuid4().hex})
            except ValidationError as error:
                name = given.get("name") or _("rule %(number)d") % {"number": number}
                problems.append(
                    _("“%(rule)s”: %(problems)s") % {"rule": name, "problems": " ".join(all_in_words(error))}
                )
            else:
                rules.append(rule.model_dump(mode="json", exclude_none=True))
        if problems:
            raise forms.ValidationError(problems)
        return rules

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != list(data or ())


class RegistryForm(forms.ModelForm):  # type: ignore[type-arg]
    readers_brands: ClassVar[frozenset[UUID] | None] = frozenset()  # set by the page; None is all

    message_routing_rules = RulesField(
        label=gettext_lazy("Rules, in order"),
        help_text=gettext_lazy(
            "The first rule that names a department decides; labels and urgency add up. Rules come before keywords."
        ),
    )

    class Meta:
        model = CommunicationChannel
        fields = (
            "business_entity_channel", "entity_scope", "shared_entities", "routing_priority",
            "fallback_channel", "message_routing_rules",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget: Any = self.fields["message_routing_rules"].widget
        channel = None if self.instance._state.adding else self.instance.business_entity_channel
        widget.brand = channel.business_entity if channel is not None else None
        names = [f"rule:{rule['id']}" for rule in self.instance.message_routing_rules or () if rule.get("id")]
        if names:
            widget.uses = rule_uses(self.readers_brands, now=timezone.now(), applied=names)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        scope = values.get("entity_scope")
        if scope == CommunicationChannel.Scope.MULTI and not values.get("shared_entities"):
            self.add_error("shared_entities", _("Choose the brands that this channel serves."))
        if "shared_entities" in values:
            values["shared_entities"] = self._shared(values)
        self._check_fallback(values)
        return values

    def _shared(self, values: dict[str, Any]) -> Any:
        """The brands chosen, and those already served that this user cannot see and so cannot take away."""
        if values.get("entity_scope") != CommunicationChannel.Scope.MULTI:
            return BusinessEntity.objects.none()
        offered: Any = self.fields["shared_entities"]
        kept = {brand.pk for brand in values["shared_entities"]}
        if not self.instance._state.adding:
            hidden = self.instance.shared_entities.exclude(pk__in=offered.queryset)
            kept |= set(hidden.values_list("pk", flat=True))
        return BusinessEntity.objects.filter(pk__in=kept)

    def _check_fallback(self, values: dict[str, Any]) -> None:
        fallback = values.get("fallback_channel")
        channel = values.get("business_entity_channel") or (
            None if self.instance._state.adding else self.instance.business_entity_channel
        )
        if fallback is None or channel is None:
            return
        brand = channel.business_entity_id
        if fallback.business_entity_channel.business_entity_id == brand:
            return
        shared = fallback.entity_scope == CommunicationChannel.Scope.GLOBAL or (
            fallback.entity_scope == CommunicationChannel.Scope.MULTI
            and fallback.shared_entities.filter(pk=brand).exists()
        )
        if not shared:
            self.add_error(
                "fallback_channel", _("This channel belongs to another brand and does not serve this one.")
            )
