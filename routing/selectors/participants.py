"""Who wrote in a conversation: the customer, or somebody else who takes part, such as a subcontractor."""

from __future__ import annotations

from collections.abc import Sequence

from channels_app.models import CommunicationMessage, CommunicationThread, ContactIdentifier
from channels_app.schemas import normalise_email
from channels_app.services.replies import reply_address

INBOUND_LOOKED_AT = 30
# Kinds that say something about an earlier message instead of asking something.
_REMARKS = ("reaction", "revoke", "system")


def newest_inbound(thread: CommunicationThread) -> list[CommunicationMessage]:
    """What people last wrote in this conversation, newest first, their channels loaded; one query."""
    return list(
        CommunicationMessage.objects.filter(
            thread=thread, direction=CommunicationMessage.Direction.INBOUND, automated=""
        )
        .exclude(kind__in=_REMARKS)
        .select_related("channel")
        .order_by("-sent_at", "-id")[:INBOUND_LOOKED_AT]
    )


def customers_message(
    inbound: Sequence[CommunicationMessage], identifiers: Sequence[ContactIdentifier]
) -> CommunicationMessage | None:
    """The customer's newest of these messages; where none is recognised as theirs, the newest."""
    theirs = newest_from(inbound, [identifier.value for identifier in identifiers])
    return theirs or (inbound[0] if inbound else None)


def newest_from(
    inbound: Sequence[CommunicationMessage], addresses: Sequence[str]
) -> CommunicationMessage | None:
    """The newest of these messages that came from one of these addresses, or asks for answers there."""
    wanted = {same_address(address) for address in addresses}
    for message in inbound:
        if wanted & {
            same_address(message.sender),
            same_address(reply_address(message.sender, message.data)),
        }:
            return message
    return None


def same_address(address: str) -> str:
    """The form in which two spellings of one address are equal."""
    return normalise_email(address) if "@" in address else address.strip()
