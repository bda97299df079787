"""What runs by the clock, and which queue each task waits in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

TASK_ROUTES: dict[str, dict[str, str]] = {
    "routing.tasks.drain_inbox": {"queue": "inbox"},
    "channels_app.tasks.deliver_channel": {"queue": "delivery"},
    "channels_app.tasks.deliver_outbox": {"queue": "delivery"},
    "channels_app.tasks.fetch_media": {"queue": "delivery"},
    "channels_app.tasks.watch_channels": {"queue": "delivery"},
    "channels_app.tasks.poll_mailbox": {"queue": "mailboxes"},
    "channels_app.tasks.poll_mailboxes": {"queue": "mailboxes"},
    "analytics.*": {"queue": "analytics"},
}
# Work of the processor and the database, for processes; and work that waits for others, for threads.
QUEUES = ("inbox", "analytics", "maintenance")
WAITING_QUEUES = ("delivery", "mailboxes")


def _every(task: str, **interval: float) -> dict[str, Any]:
    """A run that found no worker in time is dropped: the next one does its work."""
    period = timedelta(**interval)
    return {"task": task, "schedule": period, "options": {"expires": period.total_seconds()}}


BEAT: dict[str, dict[str, Any]] = {
    # The sweeps: what a lost nudge left behind.
    "drain inbox": _every("routing.tasks.drain_inbox", seconds=10),
    "deliver outbox": _every("channels_app.tasks.deliver_outbox", seconds=15),
    "fetch media": _every("channels_app.tasks.fetch_media", seconds=60),
    "poll mailboxes": _every("channels_app.tasks.poll_mailboxes", seconds=60),
    "index search": _every("channels_app.tasks.index_search", seconds=5),
    "file documents": _every("channels_app.tasks.file_documents", seconds=60),
    # What time does to conversations: promises broken, snoozes over, customers gone silent.
    "sweep clocks": _every("routing.tasks.sweep_clocks", seconds=30),
    "sweep threads": _every("routing.tasks.sweep_threads", seconds=60),
    "ask for ratings": _every("routing.tasks.ask_for_ratings", minutes=2),
    "assign conversations": _every("routing.tasks.assign_conversations", seconds=20),
    "return failed answers": _every("routing.tasks.return_failed_answers", seconds=60),
    "clear draft files": _every("routing.tasks.clear_draft_files", hours=6),
    "give back of absent": _every("routing.tasks.give_back_of_absent", minutes=5),
    "watch channels": _every("channels_app.tasks.watch_channels", minutes=30),
    "watch inbox": _every("routing.tasks.watch_inbox", seconds=60),
    "send summaries": _every("routing.tasks.send_summaries", minutes=10),
    "count rule uses": _every("routing.tasks.count_rule_uses", minutes=5),
    # What is kept no longer than it must be.
    "purge expired": _every("channels_app.tasks.purge_expired", hours=1),
    "end sessions": _every("channels_app.tasks.end_sessions", hours=6),
    # The figures: the hour that is going on, and what came in late for hours that are over.
    "rollup current hour": _every("analytics.tasks.rollup_current_hour", seconds=30),
    "rollup late data": _every("analytics.tasks.rollup_late_data", minutes=5),
    "send reports": _every("analytics.tasks.send_reports", minutes=60),
    "watch silence": _every("analytics.tasks.watch_silence", minutes=15),
}
