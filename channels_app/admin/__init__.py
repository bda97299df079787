"""One module per subject; importing them registers the pages."""

from channels_app.admin import (
    audit,
    channel,
    contact,
    contact_import,
    entity,
    incident,
    invitation,
    mailbox,
    outbox,
    receipt,
    registry,
    retention,
    rota,
    team,
    template,
    user,
)

__all__ = [
    "audit",
    "channel",
    "contact",
    "contact_import",
    "entity",
    "incident",
    "invitation",
    "mailbox",
    "outbox",
    "receipt",
    "registry",
    "retention",
    "rota",
    "team",
    "template",
    "user",
]
