"""One module per subject; importing them registers the pages."""

from routing.admin import clocks, log, thread

__all__ = ["clocks", "log", "thread"]
