"""Why an action is refused, in words for whoever asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID


class DeskRefused(Exception):
    """The action cannot be done like this; the text says why, in the language of the request."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that was written in a conversation after the composer was opened.

    kind: the customer wrote, a colleague answered (here or from the medium's own app), or a colleague
    wrote a note. who: a name or an address. text: the beginning of it.
    """

    message_id: UUID
    kind: Literal["customer", "answer", "note"]
    who: str
    at: datetime
    text: str


class AnswerConflict(DeskRefused):
    """Something came in between that the composer had not seen; oldest first.

    Sending again with `confirmed=True` sends knowingly. `seen` is the token of what is there now.
    """

    def __init__(self, text: str, news: Sequence[News], seen: str) -> None:
        super().__init__(text)
        self.news = tuple(news)
        self.seen = seen


@dataclass(frozen=True, slots=True)
class Leak:
    """Something of another brand in a message. A `refuse` never leaves; a `warn` leaves when confirmed.

    kind: what it is about. where: the offending text, e.g. the address. sentence: for the user.
    """

    kind: Literal["sender", "signature", "template", "attachment", "cc", "recipient", "link", "text"]
    level: Literal["refuse", "warn"]
    where: str
    sentence: str


class LeakRefused(DeskRefused):
    """The message holds something of another brand: `findings`, of which at least one is refused, or is
    only a warning that was not confirmed (`confirmed_leaks`)."""

    def __init__(self, findings: Sequence[Leak]) -> None:
        super().__init__(" ".join(finding.sentence for finding in findings))
        self.findings = tuple(findings)

    @property
    def can_be_confirmed(self) -> bool:
        return all(finding.level == "warn" for finding in self.findings)
