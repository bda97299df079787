"""Form fields for the shapes of this product: lists of words, weeks, steps, rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from channels_app.forms.widgets import (
    DAY_NAMES,
    ChipsWidget,
    DatesWidget,
    DepartmentChipsWidget,
    StepsWidget,
    WeekWidget,
)
from channels_app.schemas import WEEKDAYS, BusinessCalendar

Week = dict[str, list[list[str]]]


class ChipsField(forms.Field):
    """A list of words or phrases, each once, in the order given.

    Takes and ignores what `ArrayField.formfield` passes (`base_field`, `max_length`).
    """

    widget = ChipsWidget

    def __init__(self, *, base_field: Any = None, max_length: int | None = None, **options: Any) -> None:
        options.setdefault("required", False)
        self.item_length = getattr(base_field, "max_length", None)
        super().__init__(**options)

    def clean(self, value: Any) -> list[str]:
        words = list(value or ())
        for word in words:
            if self.item_length is not None and len(word) > self.item_length:
                raise ValidationError(
                    _("“%(word)s…” is longer than %(most)d characters."),
                    params={"word": word[:30], "most": self.item_length},
                )
        if self.required and not words:
            raise ValidationError(self.error_messages["required"], code="required")
        return words

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != list(data or ())


class DepartmentChipsField(forms.Field):
    """Words per department: {"sales": ["offerte", ...]}. Set `departments` to [(code, name)]."""

    widget = DepartmentChipsWidget

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)

    def clean(self, value: Any) -> dict[str, list[str]]:
        return {code: words for code, words in (value or {}).items() if words}

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.clean(initial) != self.clean(data)


class WeekField(forms.Field):
    """A week of opening hours, {"mon": [["09:00", "17:00"]], ...}; None: the hours of the brand.

    optional: whether "as the brand" is a choice.
    """

    def __init__(self, *, optional: bool = False, inherited: str = "", **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("widget", WeekWidget(optional=optional, inherited=inherited))
        super().__init__(**options)

    def clean(self, value: Any) -> Week | None:
        if value is None:
            return None
        problems = []
        for day in WEEKDAYS:
            for interval in value[day]:
                if not all(interval):
                    problems.append(_("%(day)s: fill in both times.") % {"day": DAY_NAMES[day]})
        if problems:
            raise ValidationError(problems)
        week = {day: value[day] for day in WEEKDAYS if value[day]}
        if not week:
            raise ValidationError(_("Every day is closed. Give at least one day opening hours."))
        return week

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(initial != data)


class DatesField(forms.Field):
    """A list of dates, in order, as "2026-12-24"."""

    widget = DatesWidget

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)

    def clean(self, value: Any) -> list[str]:
        one = forms.DateField()
        found = {one.clean(text).isoformat() for text in value or ()}
        return sorted(found)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != list(data or ())


class StepsField(forms.Field):
    """Escalation steps as plain dictionaries; the schema judges them."""

    widget = StepsWidget

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        return list(value or ())

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != list(data or ())


class SecretField(forms.CharField):
    """A password that is never shown again. Cleans to a text, None for "keep", or "" for "take away"."""

    def clean(self, value: Any) -> Any:
        text, forget = value or ("", False)
        if text:
            return super().clean(text)
        return "" if forget else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data and any(data))


def week_of(hours: Any, timezone: str) -> Week | None:
    """Stored hours in any accepted shape as a week for the grid; None when there are none."""
    if not hours:
        return None
    try:
        weekly: Sequence[Sequence[tuple[int, int]]] = BusinessCalendar.parse(
            {"timezone": timezone, "hours": hours}
        ).weekly
    except ValueError:
        return {day: [] for day in WEEKDAYS}
    return {
        day: [[_clock(start), _clock(end) if end <= 1440 else _clock(end - 1440)] for start, end in intervals]
        for day, intervals in zip(WEEKDAYS, weekly, strict=True)
    }


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
