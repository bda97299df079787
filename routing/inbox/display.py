"""Small pieces of the inbox's pages, ready to show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date as date_filter
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from channels_app.admin.display import brand_badge, department_label, medium_icon, medium_name, moment_html
from channels_app.models import CommunicationThread
from channels_app.selectors.search import MARK_END, MARK_START
from routing.admin.words import due_pill
from routing.inbox.state import InboxState
from routing.selectors.inbox import COUNTED, NO_DEPARTMENT, NOBODY, InboxRow, View
from routing.selectors.inbox_choices import InboxChoices

FIRST_VIEWS = (View.WAITING, View.MINE, View.UNASSIGNED, View.BREACHED)
OTHER_VIEWS = tuple(view for view in View if view not in FIRST_VIEWS)


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A list to switch to. count: None where none is shown."""

    code: str
    label: str
    url: str
    count: int | None
    current: bool


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the list. note: "who has it open", "" when nobody else has."""

    thread: CommunicationThread
    url: str
    who: str
    text: str
    is_ours: bool
    is_unread: bool
    brand: Any
    medium: SafeString
    department: str
    due: Any
    moment: Any
    assignee: str
    initials: str
    note: str


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool


LINE_LENGTH = 140


def person_name(user: Any) -> str:
    """A colleague as others know them."""
    return str(user.get_full_name() or user.get_username())


def kind_in_words(kind: str) -> str:
    """What a message without words is; "" for a text."""
    return {
        "audio": _("Voice message"),
        "call": _("Phone call"),
        "contacts": _("Contact card"),
        "document": _("Document"),
        "image": _("Photo"),
        "location": _("Location"),
        "order": _("Order"),
        "reaction": _("Reaction"),
        "sticker": _("Sticker"),
        "video": _("Video"),
    }.get(kind, "")


def initials(user: Any) -> str:
    """One or two letters that stand for a colleague."""
    words = person_name(user).replace(".", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def view_links(state: InboxState, counts: dict[str, int], views: Iterable[View]) -> list[ViewLink]:
    return [
        ViewLink(
            code=view.value,
            label=str(view.label),
            url=state.list_url(view=view, search=""),
            count=counts.get(view.value) if view in COUNTED else None,
            current=state.filter.view == view and not state.filter.search,
        )
        for view in views
    ]


def shown_row(row: InboxRow, state: InboxState, *, now: datetime, viewers: Iterable[str]) -> ShownRow:
    thread = row.thread
    names = ", ".join(viewers)
    return ShownRow(
        thread=thread,
        url=state.thread_url(thread.pk),
        who=row.who or str(thread.contact),
        text=marked(
            " · ".join(filter(None, (thread.subject, row.preview or kind_in_words(row.preview_kind))))
        ),
        is_ours=row.preview_is_ours,
        is_unread=row.is_unread,
        brand=brand_badge(thread.business_entity),
        medium=medium_icon(thread.medium, with_name=False),
        department=department_label(thread.channel.channel_code) if thread.channel else _("Nobody found"),
        due=due_pill(thread, now),
        moment=moment_html(thread.last_message_at),
        assignee=person_name(thread.assignee) if thread.assignee else "",
        initials=initials(thread.assignee) if thread.assignee else "",
        note=_("%(names)s has this open") % {"names": names} if names else "",
    )


def marked(text: str) -> SafeString:
    """A line of a row, cut to its length, with what a search found marked."""
    if len(text) > LINE_LENGTH:
        text = f"{text[: LINE_LENGTH - 1]}…"
    if text.count(MARK_START) > text.count(MARK_END):
        text += MARK_END
    html = escape(text).replace(MARK_START, "<mark>").replace(MARK_END, "</mark>")
    return mark_safe(html)  # noqa: S308 escaped above; a mark without its other half is closed by the browser


def filter_options(choices: InboxChoices, state: InboxState) -> dict[str, list[Option]]:
    """What the selects of the filter offer, by the name of the field."""
    given = state.filter

    def options(chosen: str, pairs: Iterable[tuple[str, str]]) -> list[Option]:
        return [Option(value, label, value == chosen) for value, label in pairs]

    departments = [(code, department_label(code)) for code in choices.departments]
    people = [(str(person.pk), person_name(person)) for person in choices.people]
    return {
        "brand": options(given.brand, [(one.entity_code, one.entity_name) for one in choices.brands]),
        "department": options(given.department, [*departments, (NO_DEPARTMENT, _("Without a department"))]),
        "medium": options(given.medium, [(code, medium_name(code)) for code in choices.media]),
        "label": options(given.label, [(label, label) for label in choices.labels]),
        "assignee": options(given.assignee, [(NOBODY, _("Nobody")), *people]),
    }


def wants_fragment(request: HttpRequest, target: str) -> bool:
    """Whether htmx asked for the inside of this element alone."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-Target") == target
        and request.headers.get("HX-History-Restore-Request") != "true"
    )


def tell(
    response: HttpResponse, text: str, *, kind: str = "good", events: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Let the page say something, and tell its scripts of more (`inbox:...`)."""
    said = {"inbox:said": {"text": text, "kind": kind}} if text else {}
    response["HX-Trigger"] = json.dumps({**said, **(events or {})})
    return response


def admin_context(request: HttpRequest, *, title: str) -> dict[str, Any]:
    """What the admin's base template needs around a page."""
    return {**admin.site.each_context(request), "title": title, "is_fullwidth": "1"}


def snooze_presets(now: datetime) -> list[tuple[str, str, str]]:
    """Moments to snooze until: (ISO moment, what it is called, when that is)."""
    local = timezone.localtime(now)
    morning = local.replace(hour=8, minute=0, second=0, microsecond=0)
    tonight = local.replace(hour=18, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - local.weekday())
    moments = [
        (_("In an hour"), local.replace(second=0, microsecond=0) + timedelta(hours=1)),
        (_("In three hours"), local.replace(second=0, microsecond=0) + timedelta(hours=3)),
        (_("This evening"), tonight),
        (_("Tomorrow morning"), morning + timedelta(days=1)),
        (_("Monday morning"), monday),
        (_("In a week"), morning + timedelta(days=7)),
    ]
    return [
        (at.isoformat(timespec="minutes"), name, date_filter(at, "D j b H:i"))
        for name, at in sorted(moments, key=lambda moment: moment[1])
        if at > local
    ]
