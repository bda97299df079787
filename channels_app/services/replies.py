"""From which channel an answer leaves, and to which address it goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from channels_app.selectors.directory import ChannelRef

LONGEST_ADDRESS = 320  # of mail; telephone numbers and user ids are far shorter


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


def reply_address(sender: str, data: Mapping[str, Any]) -> str:
    """Where an answer to a message goes: to its Reply-To, where the medium has one and it names somebody.

    sender: the message's; data: its structured part. "" when what is there cannot be anybody's address.
    """
    given = str(data.get("reply_to") or "") or sender
    return given if len(given) <= LONGEST_ADDRESS else ""
