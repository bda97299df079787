"""What somebody is looking at, as it stands in the address bar."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from routing.selectors.inbox import MOST_ROWS, PAGE_SIZE, InboxFilter, View

LONGEST_TERM = 200
_NAMES = tuple(field.name for field in fields(InboxFilter))


@dataclass(frozen=True, slots=True)
class InboxState:
    """The filter of the list, and how many of its rows were asked for."""

    filter: InboxFilter
    size: int = PAGE_SIZE

    @classmethod
    def read(cls, given: QueryDict) -> InboxState:
        """From a query string; what makes no sense in it is left out."""
        terms = {name: given.get(name, "").replace("\x00", "").strip()[:LONGEST_TERM] for name in _NAMES}
        given_view = terms.pop("view")
        view = View(given_view) if given_view in View.values else View.WAITING
        size = given.get("size", "")
        return cls(
            filter=InboxFilter(view=view, **terms),
            size=min(max(int(size), PAGE_SIZE), MOST_ROWS)
            if size.isascii() and size.isdigit() and len(size) < 5
            else PAGE_SIZE,
        )

    def query(self, **changes: Any) -> str:
        """The query string of this state with changes, "" when nothing differs from a first visit."""
        wanted = replace(self.filter, **changes)
        terms = {name: str(getattr(wanted, name)) for name in _NAMES if getattr(wanted, name)}
        if wanted.view == View.WAITING:
            terms.pop("view")
        return f"?{urlencode(terms)}" if terms else ""

    def list_url(self, **changes: Any) -> str:
        return reverse("inbox") + self.query(**changes)

    def thread_url(self, thread_id: UUID) -> str:
        return reverse("inbox-thread", args=[thread_id]) + self.query()
