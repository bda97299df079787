"""The departments of a brand to which a conversation can be given."""

from __future__ import annotations

from channels_app.models import CommunicationThread
from channels_app.selectors.directory import configuration_version
from routing.selectors.brands import brand_profile


def departments_elsewhere(thread: CommunicationThread) -> list[str]:
    """Codes of the active departments of the brand but the one that has the conversation (loaded with its channel)."""
    compiled = brand_profile(thread.business_entity_id, configuration_version()).compiled
    owner = thread.channel.channel_code if thread.channel is not None else ""
    return [
        department.code
        for department in compiled.departments
        if department.active and department.code != owner
    ]
