"""The keywords of a brand as one table: written to a file, read back, and shown before it is saved.

A row is (department, keyword, channel). The channel is empty for the brand's own keywords, else "support/email":
its purpose and medium. The department "alarm" stands for the emergency words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError as SchemaError

from channels_app.models import BusinessEntity, BusinessEntityChannel
from channels_app.schemas import AutoRoutingRules
from channels_app.schemas.folding import fold_words
from channels_app.scoping import Ability, require
from channels_app.services.contact_import.reading import read_sheet

HEADER = ("department", "keyword", "channel")
ALARM = "alarm"
MOST_ROWS = 5_000
LONGEST_KEYWORD = 200

_HEADERS = {
    "department": ("department", "afdeling", "team"),
    "keyword": ("keyword", "trefwoord", "woord", "zoekwoord", "keywords", "trefwoorden"),
    "channel": ("channel", "kanaal"),
}

Row = tuple[str, str, str]
Place = tuple[str, str]  # channel ("" for the brand) and department


@dataclass(slots=True)
class PlaceChange:
    """What changes in the keywords of one department at one place."""

    channel: str
    department: str
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KeywordPlan:
    """What a file would do. `fingerprint` is of the keywords as they were when this was worked out."""

    changes: tuple[PlaceChange, ...]
    kept: int
    problems: tuple[str, ...]
    fingerprint: str

    @property
    def added(self) -> int:
        return sum(len(change.added) for change in self.changes)

    @property
    def removed(self) -> int:
        return sum(len(change.removed) for change in self.changes)


def keyword_rows(entity: BusinessEntity) -> list[Row]:
    """The table of a brand, the brand's own keywords first."""
    return [
        (department, word, channel)
        for (channel, department), words in _stored(_holders(entity)).items()
        for word in words
    ]


def keyword_rows_of_file(content: bytes) -> list[Row]:
    """The rows of a CSV or XLSX file, as typed. Raises ValidationError, in a sentence."""
    sheet = read_sheet(content)
    places = {name: _column(sheet.headers, titles) for name, titles in _HEADERS.items()}
    if places["department"] is None or places["keyword"] is None:
        raise ValidationError(_("The file needs the columns “department” and “keyword”."))
    if len(sheet.rows) > MOST_ROWS:
        raise ValidationError(_("The file has more than %(most)d rows; split it.") % {"most": MOST_ROWS})
    wanted = [places[name] for name in HEADER]
    return [
        (cells[wanted[0] or 0], cells[wanted[1] or 0], "" if wanted[2] is None else cells[wanted[2]])
        for _line, cells in sheet.rows
    ]


def keyword_plan(entity: BusinessEntity, rows: Sequence[Row], *, replace: bool) -> KeywordPlan:
    """What saving these rows would change; with `replace` whatever is not among them goes."""
    holders = _holders(entity)
    before = _stored(holders)
    wanted, problems = _wanted(rows, holders)
    after = wanted if replace else _together(before, wanted)
    changes, kept = _changes(before, after)
    return KeywordPlan(tuple(changes), kept, tuple(problems), _fingerprint(before))


@transaction.atomic
def keyword_table_save(
    *, user: Any, entity: BusinessEntity, rows: Sequence[Row], replace: bool, fingerprint: str, now: datetime
) -> KeywordPlan:
    """Save a table that was shown as a plan.

    Raises ValidationError when it has problems or when the keywords changed since; PermissionDenied.
    """
    require(user, Ability.ADMINISTER, entity.pk)
    entity = BusinessEntity.objects.select_for_update().get(pk=entity.pk)
    holders = _holders(entity, lock=True)
    before = _stored(holders)
    if _fingerprint(before) != fingerprint:
        raise ValidationError(_("Somebody changed the keywords meanwhile; look at the changes again."))
    wanted, problems = _wanted(rows, holders)
    if problems:
        raise ValidationError(problems)
    after = wanted if replace else _together(before, wanted)
    changes, kept = _changes(before, after)
    changed = {change.channel for change in changes}
    for channel, holder in holders.items():
        if channel not in changed:
            continue
        rules = dict(holder.auto_routing_rules or {})
        rules["keywords"] = {
            department: list(words)
            for (place, department), words in after.items()
            if place == channel and department != ALARM and words
        }
        rules["emergency_keywords"] = list(after.get((channel, ALARM), ()))
        holder.auto_routing_rules = AutoRoutingRules.model_validate(rules).model_dump(
            mode="json", exclude_none=True
        )
        holder.updated_at = now
        holder.save(update_fields=["auto_routing_rules", "updated_at"])
    return KeywordPlan(tuple(changes), kept, (), _fingerprint(after))


Holder = BusinessEntity | BusinessEntityChannel


def _holders(entity: BusinessEntity, *, lock: bool = False) -> dict[str, Holder]:
    """Whatever has keywords in a brand, by its name in the table: the brand ("") and its channels."""
    channels = BusinessEntityChannel.objects.filter(business_entity=entity).order_by(
        "channel_code", "channel_type", "id"
    )
    if lock:
        channels = channels.select_for_update()
    return {"": entity, **{f"{channel.channel_code}/{channel.channel_type}": channel for channel in channels}}


def _stored(holders: Mapping[str, Holder]) -> dict[Place, tuple[str, ...]]:
    found: dict[Place, tuple[str, ...]] = {}
    for name, holder in holders.items():
        try:
            rules = AutoRoutingRules.model_validate(holder.auto_routing_rules or {})
        except SchemaError:
            continue  # rules that cannot be read have no keywords; saving the form mends them
        found |= {(name, department): words for department, words in rules.keywords.items() if words}
        if rules.emergency_keywords:
            found[name, ALARM] = rules.emergency_keywords
    return found


def _wanted(
    rows: Iterable[Row], holders: Mapping[str, Holder]
) -> tuple[dict[Place, tuple[str, ...]], list[str]]:
    """The rows by place, doubles under folding once, and what is wrong with the others."""
    departments = _departments(holders)
    found: dict[Place, dict[str, str]] = {}
    problems: list[str] = []
    for number, (department, keyword, channel) in enumerate(rows, start=1):
        if not (department or keyword or channel):
            continue
        word, place = " ".join(keyword.split()), "/".join(part.strip().lower() for part in channel.split("/"))
        code = departments.get(" ".join(department.split()).casefold())
        problem = ""
        if code is None:
            problem = _("the brand has no department “%(name)s”") % {"name": department}
        elif place not in holders:
            problem = _("the brand has no channel “%(name)s”; write it as support/email") % {"name": channel}
        elif not fold_words(word):
            problem = _("“%(word)s” has no letter or digit, so it can never match") % {"word": word}
        elif len(word) > LONGEST_KEYWORD:
            problem = _("the keyword is longer than %(most)d characters") % {"most": LONGEST_KEYWORD}
        if problem or code is None:
            problems.append(_("Row %(number)d: %(problem)s.") % {"number": number, "problem": problem})
            continue
        found.setdefault((place, code), {}).setdefault(fold_words(word), word)
    return {place: tuple(words.values()) for place, words in found.items()}, problems


def _departments(holders: Mapping[str, Holder]) -> dict[str, str]:
    """The codes of the brand's departments by what people call them."""
    names = {str(label).casefold(): code for code, label in BusinessEntityChannel.Purpose.choices}
    codes = {holder.channel_code for holder in holders.values() if isinstance(holder, BusinessEntityChannel)}
    codes |= set(BusinessEntityChannel.Purpose.values)
    alarm = {name.casefold(): ALARM for name in (ALARM, _("Emergency words"), "noodwoorden", "alarmwoorden")}
    return {**alarm, **{name: code for name, code in names.items() if code in codes}, **{c: c for c in codes}}


def _together(
    before: Mapping[Place, tuple[str, ...]], wanted: Mapping[Place, tuple[str, ...]]
) -> dict[Place, tuple[str, ...]]:
    together = dict(before)
    for place, words in wanted.items():
        known = {fold_words(word): word for word in before.get(place, ())}
        together[place] = (*known.values(), *(word for word in words if fold_words(word) not in known))
    return together


def _changes(
    before: Mapping[Place, tuple[str, ...]], after: Mapping[Place, tuple[str, ...]]
) -> tuple[list[PlaceChange], int]:
    changes, kept = [], 0
    for channel, department in sorted({*before, *after}):
        old = {fold_words(word): word for word in before.get((channel, department), ())}
        new = {fold_words(word): word for word in after.get((channel, department), ())}
        kept += len(old.keys() & new.keys())
        change = PlaceChange(
            channel,
            department,
            added=[word for key, word in new.items() if key not in old],
            removed=[word for key, word in old.items() if key not in new],
        )
        if change.added or change.removed:
            changes.append(change)
    return changes, kept


def _fingerprint(table: Mapping[Place, tuple[str, ...]]) -> str:
    ordered = sorted(([*place], [*words]) for place, words in table.items())
    return hashlib.sha256(json.dumps(ordered).encode()).hexdigest()


def _column(headers: Sequence[str], titles: Sequence[str]) -> int | None:
    for number, header in enumerate(headers):
        if header.strip().casefold() in titles:
            return number
    return None
