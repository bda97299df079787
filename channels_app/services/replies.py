"""From which channel an answer leaves."""

from __future__ import annotations

from uuid import UUID

from channels_app.selectors.directory import ChannelRef


def reply_channel_id(source: ChannelRef, owner: ChannelRef | None) -> UUID:
    """The channel by which a conversation that arrived at `source` and belongs to `owner` is answered.

    Where the medium carries its own conversation ids (mail), an answer may leave from the owner's
    address, if the owner has one on that medium within the same brand. Elsewhere the customer wrote to
    a number, and only that number may answer.
    """
    if (
        owner is not None
        and source.provider.capabilities.native_threads
        and owner.medium == source.medium
        and owner.entity_id == source.entity_id
    ):
        return owner.id
    return source.id
