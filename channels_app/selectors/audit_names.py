"""What the keys within settings and details are called, by the labels of the forms in which staff fill them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from pydantic import BaseModel

from channels_app.models import BusinessEntityChannel, ContactIdentifier
from channels_app.providers.registry import PROVIDERS

_NAMES: Mapping[str, Any] = {
    # opening hours
    "business_hours": gettext_lazy("Opening hours"),
    "hours": gettext_lazy("Opening hours"),
    "timezone": gettext_lazy("time zone"),
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
    "holidays": gettext_lazy("Public holidays of"),
    "country": gettext_lazy("Public holidays of"),
    "subdivision": gettext_lazy("Province or state"),
    "closed": gettext_lazy("Also closed on"),
    "open": gettext_lazy("Open all the same on"),
    # routing rules
    "keywords": gettext_lazy("Keywords"),
    "sender_patterns": gettext_lazy("Senders"),
    "existing_customer": gettext_lazy("A known customer goes to"),
    "new_email": gettext_lazy("Somebody new goes to"),
    "partner_domain": gettext_lazy("A partner goes to"),
    "internal": gettext_lazy("A colleague goes to"),
    "time_based": gettext_lazy("Opening hours"),
    "time_based.emergency_keywords": gettext_lazy("An emergency word"),
    "office_hours": gettext_lazy("Within opening hours"),
    "outside_hours": gettext_lazy("Outside opening hours"),
    "emergency_keywords": gettext_lazy("Emergency words"),
    # escalation
    "info_text": gettext_lazy("What customers read"),
    "steps": gettext_lazy("Escalation steps"),
    "warn_before_minutes": gettext_lazy("Warn the team (minutes before)"),
    "fallback_after_minutes": gettext_lazy("Hand to the fallback (minutes after)"),
    # what an entry says beside the changes
    "reason": gettext_lazy("reason"),
    "format": gettext_lazy("format"),
    "rows": gettext_lazy("rows"),
    "count": gettext_lazy("how many"),
    "name": gettext_lazy("name"),
    "left": gettext_lazy("left"),
    "role": gettext_lazy("role"),
    "what": gettext_lazy("what"),
    "period": gettext_lazy("period"),
    "merged": gettext_lazy("merged with"),
}
_VALUES: Mapping[str, Any] = {
    "immediate_routing": gettext_lazy("Treat as if open"),
    "queue_for_next_day": gettext_lazy("Wait for the next opening"),
    "always_escalate": gettext_lazy("Goes straight to the emergency desk"),
    "raise_urgency": gettext_lazy("Makes the message urgent"),
    "unknown": gettext_lazy("unknown"),
}
_ROUTE_TO = "route_to_"


def name_of(key: str, within: str = "") -> str:
    """A key in words; itself when nobody gave it a name. within: the key of the settings in which it stands."""
    name = _NAMES.get(f"{within}.{key}", _NAMES.get(key))
    if name is not None:
        return str(name)
    if key in ContactIdentifier.Kind.values:
        return str(ContactIdentifier.Kind(key).label)
    if key in BusinessEntityChannel.Purpose.values:
        return str(BusinessEntityChannel.Purpose(key).label)
    if "." in key:
        return _name_of_model(key)
    return next(_titles(key), key)


def value_of(value: str) -> str:
    """A word that the settings keep for a choice, as the form words the choice; any other text as it is."""
    if value.startswith(_ROUTE_TO):
        return name_of(value.removeprefix(_ROUTE_TO))
    return str(_VALUES.get(value, value))


def _name_of_model(label: str) -> str:
    try:
        return str(capfirst(str(apps.get_model(label)._meta.verbose_name_plural)))
    except (LookupError, ValueError):
        return label


def _titles(key: str) -> Iterator[str]:
    """What the media call a setting of this name."""
    configs: list[type[BaseModel]] = [provider.Config for provider in PROVIDERS.values()]
    for config in configs:
        info = config.model_fields.get(key)
        if info is not None and info.title:
            yield gettext(info.title)
