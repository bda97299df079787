"""Whatever staff and customers do, in whatever order: clock, state and escalations fit together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_app.models import CommunicationMessage, CommunicationThread
from routing.models import Escalation, SlaTimer, ThreadEvent
from routing.services.desk.assigning import thread_assign, thread_give_back, thread_take
from routing.services.desk.blocking import (
    sender_block,
    sender_unblock,
    thread_mark_spam,
    thread_unmark_spam,
)
from routing.services.desk.errors import DeskRefused
from routing.services.desk.escalating import thread_escalate
from routing.services.desk.forwarding import Forward, forward_send
from routing.services.desk.merging import thread_unmerge, threads_merge
from routing.services.desk.progress import thread_reopen, thread_resolve, thread_snooze, thread_wake
from routing.services.desk.replying import Reply, reply_send
from routing.services.desk.undoing import reply_undo
from routing.services.override import MoveRefused, thread_move_to_code
from routing.services.upkeep import threads_resolve_idle, threads_wake
from tests.factories import Brand
from tests.routing.desk.conftest import Write

pytestmark = pytest.mark.django_db

SENDER = "31680001111"
STAFF = (
    "take", "give_back", "assign", "snooze", "wake", "resolve", "reopen", "escalate", "spam", "not_spam", "block",
    "unblock", "reply", "reply_and_resolve", "undo", "forward", "move", "merge", "unmerge",
)  # fmt: skip
OTHERS = ("customer", "time")


class World:
    """One customer on one number, two colleagues, and a clock that moves on with every step."""

    def __init__(self, brand: Brand, agent: Any, colleague: Any, write: Write, now: datetime) -> None:
        self.brand, self.agent, self.colleague, self.write = brand, agent, colleague, write
        self.now = now
        self.steps = 0
        self.threads = [write(brand, "mijn laadpaal is kapot", sender=SENDER)]

    def step(self, action: str) -> None:
        self.now += timedelta(minutes=7)
        self.steps += 1
        thread = CommunicationThread.objects.filter(merged_into=None).order_by("-created_at").first()
        assert thread is not None
        try:
            with transaction.atomic():
                self._do(action, thread)
        except (DeskRefused, MoveRefused, PermissionDenied):
            pass

    def _do(self, action: str, thread: CommunicationThread) -> None:
        who: dict[str, Any] = {"thread": thread, "user": self.agent, "now": self.now}
        key = f"k{self.steps}"
        simple: dict[str, Callable[[], Any]] = {
            "customer": lambda: self.write(self.brand, f"bericht {self.steps}", sender=SENDER, at=self.now),
            "time": self._time,
            "take": lambda: thread_take(**who, confirmed=True),
            "give_back": lambda: thread_give_back(**who),
            "assign": lambda: thread_assign(**who, to=self.colleague),
            "snooze": lambda: thread_snooze(**who, until=self.now + timedelta(minutes=10)),
            "wake": lambda: thread_wake(**who),
            "resolve": lambda: thread_resolve(**who),
            "reopen": lambda: thread_reopen(**who),
            "escalate": lambda: thread_escalate(**who, reason="help"),
            "spam": lambda: thread_mark_spam(**who),
            "not_spam": lambda: thread_unmark_spam(**who),
            "block": lambda: sender_block(**who),
            "unblock": lambda: sender_unblock(**who),
            "reply": lambda: reply_send(**who, reply=Reply(body="x", key=key, confirmed=True)),
            "reply_and_resolve": lambda: reply_send(
                **who, reply=Reply(body="x", key=key, confirmed=True, resolve_after=True)
            ),
            "undo": lambda: self._undo(),
            "forward": lambda: forward_send(**who, forward=Forward(to="a@b.example", body="x", key=key)),
            "move": lambda: thread_move_to_code(**who, code=("admin", "support")[self.steps % 2], reason="x"),
            "merge": lambda: self._merge(thread),
            "unmerge": lambda: self._unmerge(),
        }
        simple[action]()

    def _time(self) -> None:
        self.now += timedelta(days=9 if self.steps % 2 else 0)
        threads_wake(now=self.now)
        threads_resolve_idle(now=self.now)

    def _undo(self) -> None:
        message = CommunicationMessage.objects.filter(message_type="reply").order_by("-id").first()
        if message is not None:
            reply_undo(message=message, user=self.agent, now=self.now)

    def _merge(self, thread: CommunicationThread) -> None:
        other = CommunicationThread.objects.filter(merged_into=None).exclude(pk=thread.pk).first()
        if other is not None:
            threads_merge(source=other, target=thread, user=self.agent, now=self.now)

    def _unmerge(self) -> None:
        merged = CommunicationThread.objects.filter(merged_into__isnull=False).first()
        if merged is not None:
            thread_unmerge(source=merged, user=self.agent, now=self.now)

    def check(self, action: str) -> None:
        for thread in CommunicationThread.objects.all():
            clocks = list(SlaTimer.objects.filter(thread=thread, state="running"))
            state = (action, thread.status, thread.waiting_since, [clock.started_at for clock in clocks])
            assert len(clocks) <= 1, state
            assert [clock.started_at for clock in clocks] == [thread.waiting_since] * bool(
                thread.waiting_since
            ), state
            assert [clock.due_at for clock in clocks] == [thread.response_due_at] * bool(
                thread.response_due_at
            ), state
            resolved = thread.status == "resolved"
            assert resolved == (thread.resolved_at is not None), state
            assert (thread.status == "snoozed") == (thread.snoozed_until is not None), state
            if resolved:
                assert not clocks, state
                assert not Escalation.objects.filter(thread=thread, state="open").exists(), state
            assert resolved or not (thread.set_aside or thread.merged_into_id), state
            assert thread.merged_into_id is None or not thread.messages.exists(), state
        open_ones = CommunicationThread.objects.exclude(status="resolved")
        assert open_ones.count() <= 1


@settings(
    max_examples=15, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(actions=st.lists(st.sampled_from((*STAFF, *OTHERS, "customer", "reply")), min_size=4, max_size=14))
def test_any_order_of_actions_leaves_conversations_consistent(
    chargecars: Brand, agent: Any, colleague: Any, write: Write, actions: list[str]
) -> None:
    with transaction.atomic():
        world = World(chargecars, agent, colleague, write, timezone.now())
        for action in actions:
            before = ThreadEvent.objects.count()
            world.step(action)
            world.check(action)
            assert ThreadEvent.objects.count() >= before
        transaction.set_rollback(True)
