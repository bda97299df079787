"""One call out of many events: what each proves, and how the proofs add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from channels_app.providers import telephone
from channels_app.providers.base import (
    JSON,
    Account,
    AccountEvent,
    InboundMessage,
    ParsedExchange,
    RawExchange,
)


class CallOutcome(StrEnum):
    """How a call ended, or that it has not."""

    RINGING = "ringing"  # nothing more is known
    MISSED = "missed"
    BLOCKED = "blocked"
    ANSWERED = "answered"
    VOICEMAIL = "voicemail"


Direction = Literal["in", "out", ""]

# Stronger evidence wins over weaker: that a line was picked up proves less than that the colleague's
# telephone was not, since announcements and voicemail pick up too.
_ASSUMED_ANSWER_RANK = 1
_RANKS: Mapping[str, int] = {
    CallOutcome.RINGING: 0,
    CallOutcome.MISSED: 2,
    CallOutcome.BLOCKED: 3,
    CallOutcome.ANSWERED: 4,
    CallOutcome.VOICEMAIL: 5,
}


@dataclass(frozen=True, slots=True)
class CallNews:
    """What one event of a vendor says. `caller` and `callee` as the vendor wrote them, "" when absent."""

    call_id: str
    outcome: CallOutcome
    direction: Direction = ""
    caller: str = ""
    callee: str = ""
    duration_seconds: int | None = None
    recording_url: str = ""
    cause: str = ""
    assumed: bool = False


def merge_call(known: Mapping[str, JSON], news: Mapping[str, JSON]) -> dict[str, JSON]:
    """The data of a call after one more event; commutative, associative and idempotent."""
    strongest = max((known, news), key=_strength)
    return {
        **known,
        "outcome": strongest.get("outcome", CallOutcome.RINGING.value),
        "assumed": bool(strongest.get("assumed")),
        "duration_seconds": strongest.get("duration_seconds"),
        "cause": strongest.get("cause", ""),
        "direction": max(known.get("direction", ""), news.get("direction", "")),
        "recording_url": max(known.get("recording_url", ""), news.get("recording_url", "")),
        "from_anonymous": bool(known.get("from_anonymous") or news.get("from_anonymous")),
    }


def _strength(data: Mapping[str, JSON]) -> tuple[int, int, str]:
    outcome = data.get("outcome", CallOutcome.RINGING.value)
    rank = _RANKS.get(outcome, 0)
    if outcome == CallOutcome.ANSWERED and data.get("assumed"):
        rank = _ASSUMED_ANSWER_RANK
    duration = data.get("duration_seconds")
    return rank, -1 if duration is None else duration, data.get("cause", "")


def parsed(news: CallNews, exchange: RawExchange, account: Account | None) -> ParsedExchange:
    """The event in the words of the contract; see the package's docstring."""
    own_number = account.address if account else ""
    direction = news.direction or _direction(news, own_number)
    data: dict[str, JSON] = {
        "outcome": news.outcome.value,
        "direction": direction,
        "duration_seconds": news.duration_seconds,
        "recording_url": news.recording_url,
        "from_anonymous": bool(news.caller) and telephone.is_anonymous(news.caller),
        "cause": news.cause,
        "assumed": news.assumed,
    }
    own_end = {"in": news.callee, "out": news.caller}.get(direction, "")
    key = telephone.e164(own_end, own_number=own_number) or telephone.account_of(account)
    event = AccountEvent(account=key, kind="call", reference=news.call_id, data=data)
    caller = telephone.party(news.caller, own_number=own_number)
    callee = telephone.party(news.callee, own_number=own_number)
    told = (direction == "in" and news.caller) or (
        direction == "out"
        and callee.identifiers
        and news.outcome is CallOutcome.ANSWERED
        and not news.assumed
    )
    if not told:
        return ParsedExchange(events=(event,))
    message = InboundMessage(
        account=key,
        external_id=news.call_id,
        sent_at=exchange.received_at,
        sender=caller,
        kind="call",
        data=data,
        recipients=(callee,),
        echo=direction == "out",
    )
    return ParsedExchange(messages=(message,), events=(event,))


def _direction(news: CallNews, own_number: str) -> Direction:
    """By which end is the channel's own number, for events that do not say."""
    own = telephone.e164(own_number)
    if own and telephone.e164(news.callee, own_number=own) == own:
        return "in"
    if own and telephone.e164(news.caller, own_number=own) == own:
        return "out"
    return ""


def seconds(text: str) -> int | None:
    """A vendor's duration, None when it gives none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else None
