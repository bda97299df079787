"""How many threads of this courier one channel may keep busy: a provider that hangs must not take them all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

# Of the sixteen that a courier has. Whoever finds no slot leaves its work to those who have one.
PER_CHANNEL = 4

_taken: Counter[str] = Counter()
_lock = threading.Lock()


@contextmanager
def channel_slot(channel_id: str) -> Iterator[bool]:
    """Whether this thread may work for the channel; the slot is free again after the block."""
    with _lock:
        free = _taken[channel_id] < PER_CHANNEL
        _taken[channel_id] += free
    try:
        yield free
    finally:
        with _lock:
            _taken[channel_id] -= free
            if not _taken[channel_id]:
                del _taken[channel_id]
