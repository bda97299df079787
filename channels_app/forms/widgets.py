"""Widgets for fixed shapes. Each is made of ordinary named inputs, so that a form works without JavaScript
and a test can fill it in; `admin.js` only adds and removes rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    CHECKBOX_CLASSES,
    INPUT_CLASSES,
    SELECT_CLASSES,
    SWITCH_CLASSES,
)

from channels_app.schemas import WEEKDAYS
from channels_app.selectors.rule_uses import Uses

DAY_NAMES = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}
AROUND_THE_CLOCK = [["00:00", "24:00"]]
_TYPED_TIME = re.compile(r"(\d{1,2})(?:[:.u ]?([0-5]\d))?\s*(?:uur|u|h)?")
_SEPARATORS = re.compile(r"[,;\n]")


def posted(data: Any, name: str) -> list[str]:
    """Every value posted under a name, from a QueryDict or from a plain dictionary."""
    if hasattr(data, "getlist"):
        return list(data.getlist(name))
    value = data.get(name)
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def posted_chips(data: Any, name: str) -> list[str]:
    """The chips under a name, and what was typed but not yet made one, each once."""
    typed = [part for text in posted(data, f"{name}-new") for part in _SEPARATORS.split(text)]
    words = (" ".join(word.split()) for word in [*posted(data, name), *typed])
    return list(dict.fromkeys(word for word in words if word))


def written_time(text: str) -> str:
    """What people type for a time of day as "HH:MM": "9", "9.30", "930"; anything else unchanged."""
    text = text.strip()
    found = _TYPED_TIME.fullmatch(text)
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else text


def decisions_url(applied: str) -> str:
    """Where the decisions are listed in which a rule had a say."""
    return f"{reverse('admin:routing_messageroutinglog_changelist')}?{urlencode({'rule': applied})}"


class ProjectWidget(forms.Widget):
    """A widget whose template stands among the project's own; `classes` are Unfold's, by kind of input."""

    use_fieldset = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["classes"] = {
            "input": " ".join(BASE_INPUT_CLASSES),
            "wide": " ".join(INPUT_CLASSES),
            "select": " ".join(SELECT_CLASSES),
            "checkbox": " ".join(CHECKBOX_CLASSES),
            "switch": " ".join(SWITCH_CLASSES),
        }
        return context

    def format_value(self, value: Any) -> Any:
        return value

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        return mark_safe(render_to_string(template_name, context))  # noqa: S308 the template escapes


class ChipsWidget(ProjectWidget):
    template_name = "admin/widgets/chips.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return posted_chips(data, name)


class DepartmentChipsWidget(ProjectWidget):
    """One row of chips per department; `departments` is [(code, name)], set by the form."""

    template_name = "admin/widgets/department_chips.html"
    departments: Sequence[tuple[str, str]] = ()
    uses: Mapping[str, Uses] | None = None  # by department; None where they are not shown

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        words = value or {}
        known = dict(self.departments)
        known.update({code: code for code in words if code not in known})
        context["departments"] = [
            {
                "code": code,
                "label": label,
                "name": f"{name}-{code}",
                "words": words.get(code, ()),
                "uses": None if self.uses is None else self.uses.get(code, Uses()),
                "decisions": decisions_url(f"keywords:{code}"),
            }
            for code, label in known.items()
        ]
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, list[str]]:
        return {code: posted_chips(data, f"{name}-{code}") for code in posted(data, f"{name}-codes")}


class WeekWidget(ProjectWidget):
    """Seven days with their intervals. With `optional` the hours of the brand can be chosen instead."""

    template_name = "admin/widgets/week.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, optional: bool, inherited: str = "") -> None:
        super().__init__(attrs)
        self.optional = optional
        self.inherited = inherited

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        own = value is not None
        week = value or {}
        context.update(
            optional=self.optional,
            inherited=self.inherited,
            own=own or not self.optional,
            days=[self._day(name, day, week.get(day) or []) for day in WEEKDAYS],
        )
        return context

    def _day(self, name: str, day: str, intervals: list[list[str]]) -> dict[str, Any]:
        around = intervals == AROUND_THE_CLOCK
        shown = [] if around else intervals
        return {
            "code": day,
            "label": DAY_NAMES[day],
            "name": f"{name}-{day}",
            "state": "all" if around else "open" if intervals else "closed",
            "intervals": shown or [["09:00", "17:00"]],
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, list[list[str]]] | None:
        if self.optional and posted(data, f"{name}-own") != ["1"]:
            return None
        return {day: self._posted_day(data, f"{name}-{day}") for day in WEEKDAYS}

    def _posted_day(self, data: Any, name: str) -> list[list[str]]:
        state = (posted(data, f"{name}-state") or ["closed"])[0]
        if state == "all":
            return [list(interval) for interval in AROUND_THE_CLOCK]
        if state != "open":
            return []
        times = zip(posted(data, f"{name}-from"), posted(data, f"{name}-to"), strict=False)
        typed = [(written_time(start), written_time(end)) for start, end in times]
        return [[start, "24:00" if end == "00:00" else end] for start, end in typed if start or end]


class DatesWidget(ProjectWidget):
    template_name = "admin/widgets/dates.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [text for text in posted(data, name) if text]


class StepsWidget(ProjectWidget):
    """The steps of an escalation as rows. `suggestions` per kind of target are set by the form."""

    template_name = "admin/widgets/steps.html"
    media_choices = (
        ("teams", _("Teams")),
        ("email", _("email")),
        ("sms", _("text message")),
        ("phone", _("phone call")),
    )
    target_choices = (
        ("channel", _("the team of a department")),
        ("on_call", _("who is on call")),
        ("mention_group", _("a mention group")),
        ("address", _("an address or number")),
    )
    suggestions: dict[str, Sequence[tuple[str, str]]] = {}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context.update(
            rows=[self._row(name, str(index), step) for index, step in enumerate(value or ())],
            blank=self._row(name, "__row__", {}),
            media_choices=self.media_choices,
            target_choices=self.target_choices,
            suggestions=self.suggestions,
        )
        return context

    def _row(self, name: str, index: str, step: dict[str, Any]) -> dict[str, Any]:
        target = step.get("to") or {}
        return {
            "index": index,
            "name": f"{name}-{index}",
            "after": step.get("after_minutes", 0),
            "by": step.get("by", "teams"),
            "kind": target.get("kind", "channel"),
            "value": target.get("value", ""),
            "repeat": step.get("repeat_minutes") or "",
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        return [
            self._posted_row(data, f"{name}-{index}")
            for index in posted(data, f"{name}-row")
            if index != "__row__"
        ]

    def _posted_row(self, data: Any, name: str) -> dict[str, Any]:
        kind = data.get(f"{name}-kind", "")
        return {
            "after_minutes": data.get(f"{name}-after") or 0,
            "by": data.get(f"{name}-by", ""),
            "to": {"kind": kind, "value": "" if kind == "on_call" else data.get(f"{name}-value", "").strip()},
            "repeat_minutes": data.get(f"{name}-repeat") or None,
        }


class SecretWidget(ProjectWidget):
    """A password box that is always empty; `stored` says whether there is one to keep or take away."""

    template_name = "admin/widgets/secret.html"
    stored = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        context["stored"] = self.stored
        return context

    def format_value(self, value: Any) -> None:
        return None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[str, bool]:
        return (data.get(name) or "").strip(), bool(data.get(f"{name}-forget"))


class TokenWidget(ProjectWidget):
    """A text to paste somewhere else, with a button to copy it and, given `fresh`, one to replace it."""

    template_name = "admin/widgets/token.html"
    fresh = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["fresh"] = self.fresh
        return context


class SuggestWidget(ProjectWidget):
    """A text with suggestions, (value, name), that may also be something else."""

    template_name = "admin/widgets/suggest.html"

    def __init__(self, options: Sequence[tuple[str, Any]], attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.options = options

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["options"] = self.options
        return context
