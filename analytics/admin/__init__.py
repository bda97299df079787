"""Importing the modules registers the pages."""

from analytics.admin import report, rollup

__all__ = ["report", "rollup"]
