"""Importing the modules registers the pages."""

from analytics.admin import rollup

__all__ = ["rollup"]
