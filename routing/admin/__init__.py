"""One module per subject; importing them registers the pages."""

from routing.admin import backtest, clocks, log, presence, rating, thread

__all__ = ["backtest", "clocks", "log", "presence", "rating", "thread"]
