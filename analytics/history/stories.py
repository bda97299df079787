"""What happened in one conversation, as lines for PostgreSQL's COPY. No clock and no database in here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from analytics.history.company import Brand, Desk
from analytics.history.words import Words

# Table -> columns, in the order of their foreign keys.
COLUMNS = {
    "communication_threads": (
        "id", "created_at", "updated_at", "business_entity_id", "contact_id", "source_channel_id", "channel_id",
        "medium", "single_open", "reference_number", "status", "set_aside", "last_message_at", "last_inbound_at",
        "waiting_since", "response_due_at", "first_response_at", "resolved_at", "escalated_at",
    ),
    "communication_messages": (
        "id", "created_at", "business_entity_id", "thread_id", "channel_id", "direction", "message_type", "kind",
        "external_id", "body", "data", "automated", "answers_id", "template_id", "state", "error_code", "sent_at",
        "delivered_at", "read_at",
    ),
    "message_routing_logs": (
        "id", "created_at", "business_entity_id", "communication_message_id", "thread_id", "source_channel_id",
        "target_channel_id", "routing_reason", "routing_confidence", "unsure", "manual_override",
        "override_reason",
    ),
    "sla_timers": (
        "id", "created_at", "business_entity_id", "thread_id", "message_id", "channel_id", "started_at", "due_at",
        "breached_at", "answered_at", "elapsed_minutes", "business_minutes", "first_response", "state",
    ),
    "escalations": (
        "id", "created_at", "business_entity_id", "thread_id", "channel_id", "cause", "state",
    ),
    "conversation_ratings": (
        "id", "created_at", "business_entity_id", "thread_id", "channel_id", "score", "rated_at",
    ),
    "outbox_items": (
        "id", "created_at", "business_entity_id", "channel_id", "payload", "state", "attempts", "available_at",
        "finished_at",
    ),
}  # fmt: skip

# A customer that nobody answered is found within days; one that went silent is resolved after two weeks.
FORGOTTEN = timedelta(days=2)
IDLE = timedelta(days=14)

_AUTOMATIC = "We hebben uw bericht ontvangen."
_SIGNED_OFF = ("", "", "", "", "", "", "", "131047", "131047", "131026")

Line = Callable[[str, tuple[Any, ...]], None]


class Stories:
    """Makes conversations one after another; `lines` holds what they wrote, per table."""

    def __init__(self, seed: int, until: datetime) -> None:
        self.random = Random(seed)  # noqa: S311 repeatable on purpose
        self.words = Words(seed + 2)
        self.until = until
        self.messages = 0
        self.threads = 0
        self.lines: dict[str, list[tuple[datetime, str]]] = {table: [] for table in COLUMNS}

    def tell(self, brand: Brand, start: datetime) -> None:
        """One conversation of a brand, from its first message on."""
        draw = self.random.random
        desk = brand.desks[int(draw() ** 1.3 * len(brand.desks))]
        owner = desk if draw() < 0.75 else brand.desks[int(draw() * len(brand.desks))]
        automated = draw() < 0.18
        self.threads += 1
        _Story(self, brand, desk, owner, start, automated).play()

    def write(self, table: str, at: datetime, values: tuple[Any, ...]) -> None:
        self.lines[table].append((at, "\t".join(map(_text, values))))

    def new_id(self, at: datetime) -> str:
        """A time-ordered UUID."""
        bits = self.random.getrandbits(76)
        milliseconds = int(at.timestamp() * 1000)
        return f"{milliseconds:012x}7{bits >> 64:03x}8{bits & 0xFFFFFFFFFFFFFFF:015x}"

    def take(self) -> dict[str, list[str]]:
        """The lines so far, in order of time, as they would have been stored."""
        taken = {}
        for table, lines in self.lines.items():
            lines.sort(key=lambda line: line[0])
            taken[table] = [line for _, line in lines]
            self.lines[table] = []
        return taken


class _Story:
    def __init__(
        self, stories: Stories, brand: Brand, desk: Desk, owner: Desk, start: datetime, automated: bool
    ) -> None:
        self.stories, self.brand, self.desk, self.owner, self.start = stories, brand, desk, owner, start
        self.automated = automated
        self.random = stories.random
        self.id = stories.new_id(start)
        self.at = start
        self.first_response: datetime | None = None
        self.resolved: datetime | None = None
        self.escalated: datetime | None = None
        self.last_inbound = start
        self.waiting: tuple[datetime, datetime] | None = None

    def play(self) -> None:
        draw = self.random.random
        self._card()
        turns = 0
        while True:
            turns += 1
            if not self._turn(first=turns == 1) or self.automated:
                break
            if draw() > 0.45 or turns == 6:
                self._end()
                break
            self.at += timedelta(seconds=60 + int(draw() ** 3 * 86400))
            if self.at >= self.stories.until:
                break
        self._thread()

    def _turn(self, *, first: bool) -> bool:
        """The customer writes and is answered; False when nobody answered (yet)."""
        draw = self.random.random
        question = self._inbound()
        if self.automated:
            self.resolved = self.at
            return True
        asked = self.at
        due = self.owner.calendar.due(asked, self.owner.sla_minutes)
        if first and draw() < 0.6:
            self._outbound("auto_response", asked + timedelta(seconds=4), _AUTOMATIC, answers=question)
        answered = self.owner.calendar.due(asked, draw() ** 2 * 95) + timedelta(seconds=int(draw() * 50))
        forgotten = draw() < 0.03 and self.stories.until - asked < FORGOTTEN
        if forgotten or answered >= self.stories.until:
            self.waiting = asked, due
            late = due if due < self.stories.until else None
            self._timer(question, asked, due, late, None)
            self._escalate(late)
            return False
        self.at = answered
        self._outbound("reply" if draw() < 0.9 else "echo", answered, self.stories.words.text())
        late = due if answered > due else None
        self._timer(question, asked, due, late, answered)
        self.first_response = self.first_response or answered
        self._escalate(late)
        return True

    def _end(self) -> None:
        draw = self.random.random
        at = self.at + timedelta(seconds=30 + int(draw() * 7200))
        if draw() > 0.88:
            at = self.at + IDLE
        if at >= self.stories.until:
            return
        self.resolved = at
        if draw() < 0.3:
            rated = at + timedelta(seconds=60 + int(draw() ** 2 * 7200))
            if rated < self.stories.until:
                score = 1 + int(draw() ** 0.5 * 5)
                values = (
                    self.stories.new_id(rated),
                    rated,
                    self.brand.id,
                    self.id,
                    self.owner.id,
                    score,
                    rated,
                )
                self.stories.write("conversation_ratings", rated, values)

    def _inbound(self) -> str:
        draw = self.random.random
        message_id = self.stories.new_id(self.at)
        data, kind = "{}", "text"
        if self.desk.medium == "sms":
            data = f'{{"segments": {1 + int(draw() * 3)}}}'
        elif self.desk.medium == "phone":
            kind = "call"
            outcome = "missed" if draw() < 0.3 else "answered"
            data = f'{{"outcome": "{outcome}", "answer_seconds": {3 + int(draw() * 40)}}}'
        automated = ("bounce" if draw() < 0.9 else "auto_reply") if self.automated else ""
        self._message(
            message_id, "inbound", "customer", self.at, self.stories.words.text(), "received",
            kind=kind, data=data, automated=automated,
        )  # fmt: skip
        self.last_inbound = self.at
        log_id = self.stories.new_id(self.at)
        self.stories.write(
            "message_routing_logs",
            self.at,
            (
                log_id, self.at, self.brand.id, message_id, self.id, self.desk.id, self.owner.id, "keyword", "0.87",
                draw() < 0.1, False, "",
            ),
        )  # fmt: skip
        if draw() < 0.03:
            moved = self.at + timedelta(minutes=2)
            self.stories.write(
                "message_routing_logs",
                moved,
                (
                    self.stories.new_id(moved), moved, self.brand.id, None, self.id, self.desk.id, self.owner.id,
                    "moved", None, False, True, "verkeerde afdeling",
                ),
            )  # fmt: skip
        return message_id

    def _outbound(self, message_type: str, at: datetime, body: str, *, answers: str | None = None) -> None:
        draw = self.random.random
        error = self.random.choice(_SIGNED_OFF) if message_type != "echo" and draw() < 0.5 else ""
        delivered = read = None
        template = self.brand.template if draw() < 0.2 and self.desk.medium == "whatsapp" else None
        state = "failed" if error else "sent"
        if not error and draw() < 0.8:
            state, delivered = "delivered", at + timedelta(seconds=3)
            if draw() < 0.6:
                state, read = "read", at + timedelta(seconds=10 + int(draw() ** 4 * 86400))
        self._message(
            self.stories.new_id(at), "outbound", message_type, at, body, state,
            error=error, delivered=delivered, read=read, answers=answers, template=template,
        )  # fmt: skip

    def _message(
        self, message_id: str, direction: str, message_type: str, at: datetime, body: str, state: str, *,
        kind: str = "text", data: str = "{}", automated: str = "", error: str = "",
        delivered: datetime | None = None, read: datetime | None = None, answers: str | None = None,
        template: UUID | None = None,
    ) -> None:  # fmt: skip
        self.stories.messages += 1
        self.stories.write(
            "communication_messages",
            at,
            (
                message_id, at, self.brand.id, self.id, self.desk.id, direction, message_type, kind, message_id,
                body, data, automated, answers, template, state, error, at, delivered, read,
            ),
        )  # fmt: skip

    def _timer(
        self,
        message_id: str,
        asked: datetime,
        due: datetime,
        late: datetime | None,
        answered: datetime | None,
    ) -> None:
        elapsed = business = None
        state = "running"
        if answered is not None:
            elapsed = round((answered - asked).total_seconds() / 60, 2)
            business = round(self.owner.calendar.minutes_between(asked, answered), 2)
            state = "breached" if late else "met"
        self.stories.write(
            "sla_timers",
            asked,
            (
                self.stories.new_id(asked), asked, self.brand.id, self.id, message_id, self.owner.id, asked, due,
                late, answered, elapsed, business, self.first_response is None, state,
            ),
        )  # fmt: skip

    def _escalate(self, late: datetime | None) -> None:
        if late is None or self.escalated is not None or self.random.random() > 0.95:
            return
        self.escalated = late
        self.stories.write(
            "escalations",
            late,
            (self.stories.new_id(late), late, self.brand.id, self.id, self.owner.id, "breach", "closed"),
        )

    def _card(self) -> None:
        if not self.brand.teams or self.automated:
            return
        team = self.brand.teams[int(self.random.random() * len(self.brand.teams))]
        sent = self.start + timedelta(seconds=2)
        attempts = 1 + (self.random.random() < 0.05)
        self.stories.write(
            "outbox_items",
            sent,
            (
                self.stories.new_id(sent), sent, self.brand.id, team.id, '{"event": "new_thread"}', "sent", attempts,
                sent, sent,
            ),
        )  # fmt: skip

    def _thread(self) -> None:
        status = "resolved" if self.resolved is not None else "open" if self.waiting else "waiting"
        waiting_since, due = self.waiting or (None, None)
        self.stories.write(
            "communication_threads",
            self.start,
            (
                self.id, self.start, self.at, self.brand.id, self.random.choice(self.brand.contacts), self.desk.id,
                self.owner.id, self.desk.medium, False, f"{self.brand.prefix}-HIS-{self.id}", status,
                self.automated, self.at, self.last_inbound, waiting_since, due, self.first_response,
                self.resolved, self.escalated,
            ),
        )  # fmt: skip


def _text(value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID):
        return value.hex
    return str(value)
