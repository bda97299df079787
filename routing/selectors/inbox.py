"""The inbox's list: which conversations a member of staff works on, in which order, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, TextChoices, Value
from django.db.models.functions import Coalesce, JSONObject, Left, NullIf
from django.utils.translation import gettext_lazy as _

from channels_app.models import CommunicationMessage, CommunicationThread, ContactIdentifier
from channels_app.scoping import scope
from channels_app.selectors.search import search_threads, snippets
from routing.models import ReadMark

Status = CommunicationThread.Status
AT_RISK = timedelta(minutes=30)
PAGE_SIZE = 30
MOST_ROWS = 200
PREVIEW_CHARACTERS = 160
NO_DEPARTMENT = "none"
NOBODY = "none"
_KEY = re.compile(r"[0-9]{1,9}")


class View(TextChoices):
    """The lists that people work from."""

    WAITING = "waiting", _("Needs an answer")
    MINE = "mine", _("Mine")
    UNASSIGNED = "unassigned", _("Unassigned")
    AT_RISK = "at_risk", _("At risk")
    BREACHED = "breached", _("Overdue")
    URGENT = "urgent", _("Urgent")
    OPEN = "open", _("All open")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")
    SET_ASIDE = "set_aside", _("Set aside")
    ALL = "all", _("Everything")


_SPOKEN = ("customer", "reply", "echo", "forward")  # what people said, not what machines answered

# Those with a number beside them: a look at what is open is enough to count them.
COUNTED = (View.WAITING, View.MINE, View.UNASSIGNED, View.AT_RISK, View.BREACHED, View.URGENT, View.OPEN,
           View.SNOOZED)  # fmt: skip
# Ordered by what is due; the others by what happened last.
_BY_DUE_TIME = frozenset(COUNTED) - {View.SNOOZED}


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What is looked at. Everything but `view` may stay empty. A search looks through every view."""

    view: View = View.WAITING
    brand: str = ""  # code of the brand
    department: str = ""  # channel code, or NO_DEPARTMENT
    medium: str = ""
    label: str = ""
    assignee: str = ""  # id of the user, or NOBODY
    search: str = ""

    @property
    def narrows(self) -> bool:
        """Whether more than the view decides what is shown."""
        return bool(self.search) or self.is_filtered

    @property
    def is_filtered(self) -> bool:
        """Whether a field of the filter is set."""
        return any((self.brand, self.department, self.medium, self.label, self.assignee))


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A conversation as one row, for one reader.

    who: the contact's name, else an address, "" when neither is known. preview: the newest words of a
    person, "" when there are none; for a search where its words were said last, `MARK_START` and `MARK_END`
    around them; preview_kind: what kind of message that was.
    """

    thread: CommunicationThread
    who: str
    preview: str
    preview_kind: str
    preview_is_ours: bool
    is_unread: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Rows in the order of the view. cursor: where the next page begins, "" at the end."""

    rows: tuple[InboxRow, ...]
    cursor: str


def _conditions(user: Any, now: datetime) -> Mapping[str, Q]:
    worked = ~Q(status__in=[Status.RESOLVED, Status.SNOOZED]) & Q(set_aside=False)
    return {
        View.WAITING: worked & Q(waiting_since__isnull=False),
        View.MINE: worked & Q(assignee=user.pk),
        View.UNASSIGNED: worked & Q(assignee__isnull=True),
        View.AT_RISK: worked & Q(response_due_at__gte=now, response_due_at__lt=now + AT_RISK),
        View.BREACHED: worked & Q(response_due_at__lt=now),
        View.URGENT: worked & Q(is_urgent=True),
        View.OPEN: worked,
        View.SNOOZED: Q(status=Status.SNOOZED, set_aside=False),
        View.RESOLVED: Q(status=Status.RESOLVED, set_aside=False),
        View.SET_ASIDE: Q(set_aside=True),
        View.ALL: Q(),
    }


def inbox_threads(user: Any, given: InboxFilter, *, now: datetime) -> QuerySet[CommunicationThread]:
    """The conversations of the user's brands that a filter lets through, in no order yet."""
    threads = scope(CommunicationThread.objects.all(), user)
    if given.search:
        threads = search_threads(threads, given.search, user)
    else:
        threads = threads.filter(_conditions(user, now)[given.view])
    if given.brand:
        threads = threads.filter(business_entity__entity_code=given.brand)
    if given.department == NO_DEPARTMENT:
        threads = threads.filter(channel__isnull=True)
    elif given.department:
        threads = threads.filter(channel__channel_code=given.department)
    if given.medium:
        threads = threads.filter(medium=given.medium)
    if given.label:
        threads = threads.filter(labels__contains=[given.label])
    if given.assignee == NOBODY:
        threads = threads.filter(assignee__isnull=True)
    elif given.assignee:
        threads = threads.filter(assignee=int(given.assignee) if _KEY.fullmatch(given.assignee) else -1)
    return threads


def inbox_page(
    user: Any, given: InboxFilter, *, now: datetime, cursor: str = "", size: int = PAGE_SIZE
) -> InboxPage:
    """A page of the list; two queries. A cursor that makes no sense is the first page.

    The first finds which rows come next, over narrow rows; the second loads those with all they show.
    """
    threads = _ordered(inbox_threads(user, given, now=now), given, _Place.read(cursor))
    keys = list(threads.values_list("pk", flat=True)[: size + 1])
    rows = {thread.pk: thread for thread in _with_what_rows_show(user).filter(pk__in=keys[:size])}
    shown = [rows[key] for key in keys[:size] if key in rows]
    places = snippets([thread.pk for thread in shown], given.search) if given.search else {}
    return InboxPage(
        rows=tuple(_row(thread, places.get(thread.pk, "")) for thread in shown),
        cursor=_Place.of(shown[-1]).text if shown and len(keys) > size else "",
    )


def _with_what_rows_show(user: Any) -> QuerySet[CommunicationThread]:
    newest = (
        CommunicationMessage.objects.filter(thread=OuterRef("pk"), message_type__in=_SPOKEN)
        .order_by("-sent_at", "-id")
        .values(
            said=JSONObject(
                words=Left(Coalesce(NullIf("new_text", Value("")), "body"), PREVIEW_CHARACTERS),
                kind="kind",
                direction="direction",
            )
        )
    )
    address = ContactIdentifier.objects.filter(contact=OuterRef("contact")).order_by("kind", "value")
    seen = ReadMark.objects.filter(
        thread=OuterRef("pk"), user=user.pk, seen_inbound_at__gte=OuterRef("last_inbound_at")
    )
    return CommunicationThread.objects.select_related(
        "business_entity", "contact", "channel", "assignee"
    ).annotate(said=Subquery(newest[:1]), address=Subquery(address.values("value")[:1]), is_read=Exists(seen))


def _row(thread: Any, place: str) -> InboxRow:
    """place: where a searched word was said, in place of what was said last."""
    said = thread.said or {"words": "", "kind": "", "direction": ""}
    return InboxRow(
        thread=thread,
        who=thread.contact.name or thread.address or "",
        preview=" ".join((place or said["words"] or "").split()),
        preview_kind=said["kind"],
        preview_is_ours=not place and said["direction"] == CommunicationMessage.Direction.OUTBOUND,
        is_unread=thread.last_inbound_at is not None and not thread.is_read,
    )


def _ordered(
    threads: QuerySet[CommunicationThread], given: InboxFilter, after: _Place | None
) -> QuerySet[CommunicationThread]:
    if given.search or given.view not in _BY_DUE_TIME:
        threads = threads.order_by("-last_message_at", "-id")
        return threads.filter(after.later) if after is not None else threads
    threads = threads.order_by(F("response_due_at").asc(nulls_last=True), "-last_message_at", "-id")
    if after is None:
        return threads
    if after.due is None:
        return threads.filter(Q(response_due_at__isnull=True) & after.later)
    return threads.filter(
        Q(response_due_at__isnull=True)
        | Q(response_due_at__gt=after.due)
        | (Q(response_due_at=after.due) & after.later)
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """The last row of a page."""

    due: datetime | None
    last: datetime
    id: UUID

    @classmethod
    def of(cls, thread: CommunicationThread) -> _Place:
        return cls(thread.response_due_at, thread.last_message_at, thread.pk)

    @classmethod
    def read(cls, text: str) -> _Place | None:
        try:
            due, last, key = text.split("~")
            place = cls(datetime.fromisoformat(due) if due else None, datetime.fromisoformat(last), UUID(key))
        except ValueError:
            return None
        return place if place.last.tzinfo and (place.due is None or place.due.tzinfo) else None

    @property
    def text(self) -> str:
        return f"{self.due.isoformat() if self.due else ''}~{self.last.isoformat()}~{self.id}"

    @property
    def later(self) -> Q:
        """What comes after it among rows with the same due time."""
        return Q(last_message_at__lt=self.last) | Q(last_message_at=self.last, id__lt=self.id)


@dataclass(frozen=True, slots=True)
class ViewCounts:
    """counts: how many conversations each counted view holds. changed: when one of the current view's last
    changed, None when it holds none."""

    counts: dict[str, int]
    changed: datetime | None


def view_counts(user: Any, *, now: datetime, view: View = View.WAITING) -> ViewCounts:
    """What each counted view holds in the user's brands; one look at what is open. view: the current one."""
    conditions = _conditions(user, now)
    threads = scope(CommunicationThread.objects.unresolved().filter(set_aside=False), user)
    counts = threads.aggregate(
        **{counted.value: Count("pk", filter=conditions[counted]) for counted in COUNTED},
        changed=Max("updated_at", filter=conditions[view]),
    )
    changed = counts.pop("changed")
    return ViewCounts(counts, changed)


def waiting_count(user: Any, *, now: datetime, at_most: int) -> int:
    """How many conversations of the user's brands need an answer. It stops counting at `at_most`: every page
    of the admin site asks."""
    return inbox_threads(user, InboxFilter(), now=now)[:at_most].count()
