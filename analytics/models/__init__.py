from analytics.models.report import ReportDelivery, ReportSchedule
from analytics.models.rollup import BrandDay, ChannelAnalytics, ConversationRating, RollupState, RoutingFlow

__all__ = [
    "BrandDay",
    "ChannelAnalytics",
    "ConversationRating",
    "ReportDelivery",
    "ReportSchedule",
    "RollupState",
    "RoutingFlow",
]
