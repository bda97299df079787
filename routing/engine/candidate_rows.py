"""How the candidates of a decision are kept: one short row per channel.

[channel_code, channel_type, priority, content, sender, urgency, load, status], best first; points rounded to
two decimals. Every log holds every channel of its brand, so the names of the parts would weigh more than all
the rest of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

PARTS = ("priority", "content", "sender", "urgency", "load")


def unpack(rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """The rows as the objects that the API and the pages show, with raw and clamped score."""
    return [_candidate(*row) for row in rows]


def pack(candidates: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """The reverse of `unpack`; the scores follow from their parts."""
    return [
        [
            candidate["channel_code"],
            candidate["channel_type"],
            *(candidate["components"][part] for part in PARTS),
            candidate["status"],
        ]
        for candidate in candidates
    ]


def _candidate(code: str, medium: str, *parts_and_status: Any) -> dict[str, Any]:
    *parts, status = parts_and_status
    raw = round(float(sum(parts)), 2)
    return {
        "channel_code": code,
        "channel_type": medium,
        "raw_score": raw,
        "score": min(100.0, max(0.0, raw)),
        "components": dict(zip(PARTS, map(float, parts), strict=True)),
        "status": status,
    }
