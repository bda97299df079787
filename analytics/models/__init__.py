from analytics.models.rollup import ChannelAnalytics

__all__ = ["ChannelAnalytics"]
