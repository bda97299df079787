from __future__ import annotations

from typing import Any

from django import template

from channels_app.models import CommunicationMessage
from channels_app.selectors.calls import call_view

register = template.Library()


@register.inclusion_tag("channels_app/phone_call.html")
def phone_call(message: CommunicationMessage) -> dict[str, Any]:
    """How a telephone call ended, with a link that calls back; nothing for other messages."""
    return {"call": call_view(message)}
