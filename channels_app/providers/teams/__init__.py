"""Microsoft Teams: cards to a team's channel through a Workflows webhook."""

from channels_app.providers.teams.card import MAX_BYTES, envelope
from channels_app.providers.teams.config import TeamsConfig
from channels_app.providers.teams.provider import TeamsProvider

__all__ = ["MAX_BYTES", "TeamsConfig", "TeamsProvider", "envelope"]
