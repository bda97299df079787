"""One module per subject; importing them registers the pages."""

from routing.admin import backtest, clocks, log, rating, thread

__all__ = ["backtest", "clocks", "log", "rating", "thread"]
