"""Message rules of the demo brands, on their support mailbox: one for partners, one for threats, one switched off."""

from __future__ import annotations

from typing import Any

from channels_app.models import BusinessEntityChannel, CommunicationChannel

RULES: tuple[dict[str, Any], ...] = (
    {
        "id": "demo-partner",
        "name": "Partners naar de planning",
        "enabled": True,
        "conditions": {"senders": ["partner_domain"], "media": ["email"]},
        "consequence": {"route_to": "operations", "add_labels": ["partner"]},
    },
    {
        "id": "demo-juridisch",
        "name": "Juridische brieven",
        "enabled": True,
        "conditions": {"keywords": ["ingebrekestelling", "advocaat", "dagvaarding"]},
        "consequence": {"raise_urgency": True, "add_labels": ["juridisch"]},
    },
    {
        "id": "demo-werving",
        "name": "Wervingsbureaus",
        "enabled": False,
        "conditions": {"subject_contains": ["kandidaat voor uw vacature"]},
        "consequence": {"label_only": True, "add_labels": ["werving"]},
    },
)


def rules_ensure(mailbox: BusinessEntityChannel) -> None:
    """Give a mailbox that was only just made its rules."""
    for row in CommunicationChannel.objects.filter(business_entity_channel=mailbox, message_routing_rules=[]):
        row.message_routing_rules = [
            {**rule, "id": f"{rule['id']}-{mailbox.business_entity.entity_code}"} for rule in RULES
        ]
        row.save(update_fields=["message_routing_rules", "updated_at"])
