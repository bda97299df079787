from analytics.models.report import ReportDelivery, ReportSchedule
from analytics.models.rollup import ChannelAnalytics, ConversationRating, RollupState, RoutingFlow

__all__ = [
    "ChannelAnalytics",
    "ConversationRating",
    "ReportDelivery",
    "ReportSchedule",
    "RollupState",
    "RoutingFlow",
]
