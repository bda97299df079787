from analytics.models.rollup import ChannelAnalytics, ConversationRating, RollupState, RoutingFlow

__all__ = ["ChannelAnalytics", "ConversationRating", "RollupState", "RoutingFlow"]
