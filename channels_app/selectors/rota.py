"""Who is on call: now, and over a week as a calendar shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from channels_app.models import OnCallShift


def on_call(entity_id: UUID, local: datetime) -> OnCallShift | None:
    """Whose shift it is at this local time; of overlapping shifts the one that began last."""
    today, yesterday = local.weekday(), (local.weekday() - 1) % 7
    shifts = OnCallShift.objects.filter(business_entity_id=entity_id, weekday__in=[today, yesterday])
    return serving(shifts, local)


def serving(shifts: Iterable[OnCallShift], local: datetime) -> OnCallShift | None:
    """The same among shifts of one brand that are at hand."""
    today, yesterday, at = local.weekday(), (local.weekday() - 1) % 7, local.time()
    found = [
        shift
        for shift in shifts
        if (
            shift.weekday == today
            and shift.starts_at <= at
            and (at < shift.ends_at or shift.ends_at <= shift.starts_at)
        )
        or (shift.weekday == yesterday and shift.ends_at <= shift.starts_at and at < shift.ends_at)
    ]
    return max(found, key=lambda shift: (shift.weekday == today, shift.starts_at), default=None)


DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Block:
    """A shift's part of one day, in minutes from midnight; `lane` of `lanes` where shifts overlap."""

    shift: OnCallShift
    starts: int
    ends: int
    lane: int = 0
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class RotaDay:
    """One day of the week; `gaps` are the times at which nobody is on call, (from, until) in minutes."""

    weekday: int
    blocks: tuple[Block, ...]
    gaps: tuple[tuple[int, int], ...]


def rota_week(shifts: Sequence[OnCallShift]) -> tuple[RotaDay, ...]:
    """The seven days of one brand's rota, from Monday. A shift past midnight stands on both days."""
    parts: list[list[Block]] = [[] for _ in range(7)]
    for shift in shifts:
        starts, ends = _minute(shift.starts_at), _minute(shift.ends_at)
        if ends > starts:
            parts[shift.weekday].append(Block(shift, starts, ends))
            continue
        parts[shift.weekday].append(Block(shift, starts, DAY_MINUTES))
        if ends:
            parts[(shift.weekday + 1) % 7].append(Block(shift, 0, ends))
    return tuple(RotaDay(day, _in_lanes(blocks), _gaps(blocks)) for day, blocks in enumerate(parts))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _in_lanes(blocks: list[Block]) -> tuple[Block, ...]:
    """Side by side where they overlap, each group as wide as it must be."""
    placed: list[Block] = []
    group: list[Block] = []
    for block in sorted(blocks, key=lambda block: (block.starts, block.ends)):
        if group and block.starts >= max(other.ends for other in group):
            placed += _widened(group)
            group = []
        busy = {other.lane for other in group if other.ends > block.starts}
        lane = next(number for number in range(len(group) + 1) if number not in busy)
        group.append(Block(block.shift, block.starts, block.ends, lane))
    return tuple(placed + _widened(group))


def _widened(group: list[Block]) -> list[Block]:
    lanes = max((block.lane for block in group), default=0) + 1
    return [Block(block.shift, block.starts, block.ends, block.lane, lanes) for block in group]


def _gaps(blocks: list[Block]) -> tuple[tuple[int, int], ...]:
    gaps = []
    covered = 0
    for block in sorted(blocks, key=lambda block: block.starts):
        if block.starts > covered:
            gaps.append((covered, block.starts))
        covered = max(covered, block.ends)
    if covered < DAY_MINUTES:
        gaps.append((covered, DAY_MINUTES))
    return tuple(gaps)
