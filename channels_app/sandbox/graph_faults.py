"""How the stand-in of the Graph API misbehaves on request.

A recipient number asks for it by itself (all are valid Dutch mobile numbers):

    +31600<six digits>   refused at once with that error code, e.g. +31600131047
    +31601<six digits>   accepted, then reported `failed` with that error code
    +31602000429 / 500 / 503 / 504   that HTTP status, without a body of Meta's
    +31602000001         no answer until the caller gives up; nothing is kept
    +31602000002         the connection drops; nothing is kept
    +31602000003         kept, then the connection drops: only a status can tell
    +31602000004         kept, then the answer comes a byte at a time, over a minute

or a `Fault` is queued for the next requests (`POST /sandbox/faults`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

Kind = Literal["error", "http", "hang", "drop", "keep_and_drop", "drip"]
DEVICES: dict[str, Kind] = {"000001": "hang", "000002": "drop", "000003": "keep_and_drop", "000004": "drip"}


@dataclass(slots=True)
class Fault:
    """One way to fail; `times` requests get it, of one recipient or of all (`to` empty)."""

    kind: Kind = "error"
    code: int = 131000  # of Meta, for "error"
    status: int = 400  # of HTTP, for "error" and "http"
    seconds: float = 60.0  # for "hang" and "drip"
    to: str = ""
    times: int = 1
    after: int = 0  # requests that go well first

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Fault:
        """Raises TypeError for a field it does not know."""
        unknown = raw.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise TypeError(f"unknown: {', '.join(sorted(unknown))}")
        return cls(**raw)


def asked_by_number(to: str) -> Fault | None:
    """The fault that a magic number asks for."""
    if len(to) != 11 or not to.isdigit():
        return None
    prefix, rest = to[:5], to[5:]
    if prefix == "31600":
        return Fault("error", code=int(rest), status=500 if rest == "131000" else 400)
    if prefix != "31602":
        return None
    if rest in DEVICES:
        return Fault(DEVICES[rest])
    return Fault("http", status=int(rest)) if 400 <= int(rest) < 600 else None


def failure_asked_by_number(to: str) -> int:
    """The error code with which a message to this number fails after it was accepted, 0 for none."""
    return int(to[5:]) if len(to) == 11 and to.startswith("31601") and to.isdigit() else 0
