"""One module per subject; importing them registers the pages."""

from channels_app.admin import (
    channel,
    contact,
    contact_import,
    entity,
    incident,
    mailbox,
    outbox,
    receipt,
    registry,
    rota,
    team,
    template,
    user,
)

__all__ = [
    "channel",
    "contact",
    "contact_import",
    "entity",
    "incident",
    "mailbox",
    "outbox",
    "receipt",
    "registry",
    "rota",
    "team",
    "template",
    "user",
]
