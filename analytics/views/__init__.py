"""The pages of the figures."""

from analytics.views.dashboard import dashboard, export, findings, first_page
from analytics.views.rows import rows

__all__ = ["dashboard", "export", "findings", "first_page", "rows"]
