from analytics.models.report import ReportDelivery, ReportSchedule
from analytics.models.rollup import BrandDay, ChannelAnalytics, RollupState, RoutingFlow

__all__ = [
    "BrandDay",
    "ChannelAnalytics",
    "ReportDelivery",
    "ReportSchedule",
    "RollupState",
    "RoutingFlow",
]
