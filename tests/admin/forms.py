"""Filling in a page as a browser would: every successful control of its form, then what the test changes."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client

_IGNORED_BUTTONS = {"submit", "button", "reset", "image", "file"}


class _Controls(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.template = 0
        self.values: list[tuple[str, str]] = []
        self._select: str | None = None
        self._chosen: list[str] = []
        self._first: str | None = None
        self._text: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == self.form_id
        self.template += tag == "template"
        if not self.inside or self.template or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") not in _IGNORED_BUTTONS:
            if given.get("type") in ("checkbox", "radio") and "checked" not in given:
                return
            empty = "on" if given.get("type") in ("checkbox", "radio") else ""
            self.values.append((name, given.get("value", empty)))
        elif tag == "select":
            self._select, self._chosen, self._first = name, [], None
        elif tag == "option" and self._select is not None:
            value = given.get("value", "")
            self._first = value if self._first is None else self._first
            if "selected" in given:
                self._chosen.append(value)
        elif tag == "textarea":
            self._text, self._words = name, []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.template -= tag == "template"
        if tag == "form":
            self.inside = False
        if tag == "select" and self._select is not None:
            chosen = self._chosen or ([self._first] if self._first is not None else [])
            self.values.extend((self._select, value) for value in chosen if self._select)
            self._select = None
        if tag == "textarea" and self._text is not None:
            self.values.append((self._text, "".join(self._words).removeprefix("\n")))
            self._text = None


def filled_in(browser: Client, url: str, form_id: str) -> dict[str, list[str]]:
    """What a browser would send if nothing were changed, by name."""
    page = browser.get(url)
    assert page.status_code == 200, (url, page.status_code)
    parser = _Controls(form_id)
    parser.feed(page.content.decode())
    fields: dict[str, list[str]] = {}
    for name, value in parser.values:
        fields.setdefault(name, []).append(value)
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def save(browser: Client, url: str, form_id: str, **changes: Any) -> Any:
    """Open a page, change some fields (None takes one away), and save. Names with dashes go as a dictionary
    in `more`."""
    fields = filled_in(browser, url, form_id)
    for name, value in {**changes.pop("more", {}), **changes}.items():
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = list(value) if isinstance(value, list | tuple) else [value]
    return browser.post(url, fields)


def errors_of(answer: Any) -> dict[str, list[str]]:
    """The errors of the form that came back, by field."""
    assert answer.status_code == 200, f"saved after all: {answer.status_code}"
    return {name: list(texts) for name, texts in answer.context["adminform"].form.errors.items()}
