"""The one upward seam: this app says that something waits, whoever works on it listens."""

from __future__ import annotations

from django.dispatch import Signal

receipts_waiting = Signal()
"""Sent after a receipt has been committed. No arguments: the inbox table says what there is."""
