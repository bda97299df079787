"""The state of a channel as staff see it: works, suspended, in trouble; where its provider must call."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from channels_app.admin.display import NOTHING, moment_html, pill
from channels_app.models import BusinessEntityChannel
from channels_app.providers.registry import provider_for


def state_pill(channel: BusinessEntityChannel, open_incidents: int = 0) -> SafeString:
    if not channel.is_active:
        return pill(_("Off"))
    if channel.suspended_at is not None:
        return pill(_("Suspended"), "bad", channel.suspended_reason)
    if open_incidents:
        return pill(_("Incident"), "bad")
    if channel.last_check and not channel.last_check.get("ok"):
        return pill(_("Check failed"), "warning")
    return pill(_("Works"), "good") if channel.last_check else pill(_("Not checked"))


def last_check_html(channel: BusinessEntityChannel) -> SafeString | str:
    """What the last check found, item by item."""
    if not channel.last_check:
        return _("Never checked. Press “Check connection” above.")
    return format_html(
        "{}",
        render_to_string(
            "admin/channels_app/check_items.html",
            {
                "check": channel.last_check,
                "facts": check_facts(channel),
                "at": moment_html(channel.last_checked_at),
            },
        ),
    )


def check_facts(channel: BusinessEntityChannel) -> list[tuple[str, Any]]:
    """What the provider told about the account, with its names in words."""
    names = {
        "verified_name": _("Name shown to customers"),
        "quality_rating": _("Quality rating"),
        "status": _("State at the provider"),
        "messaging_limit_tier": _("Messaging limit"),
        "throughput": _("Throughput"),
        "token_expires_at": _("Token expires"),
    }
    data = (channel.last_check or {}).get("data") or {}
    return [
        (names.get(key, key.replace("_", " ").capitalize()), value)
        for key, value in data.items()
        if isinstance(value, str | int | float) and value != ""
    ]


def webhook_addresses(channel: BusinessEntityChannel) -> list[tuple[str, str]]:
    """(what it is for, URL) of every address at which the provider may call for this channel."""
    capabilities = provider_for(channel.channel_type).capabilities
    if not capabilities.webhook:
        return []
    base = f"{settings.PUBLIC_BASE_URL.rstrip('/')}/webhooks/{channel.channel_type}/"
    addresses = [(_("All accounts of this medium"), base)] if capabilities.shared_webhook else []
    if not channel._state.adding:
        addresses.append((_("Only this channel"), f"{base}{channel.pk}/"))
    return addresses


def webhook_html(channel: BusinessEntityChannel) -> SafeString | str:
    addresses = webhook_addresses(channel)
    if not addresses:
        return NOTHING
    return format_html("{}", render_to_string("admin/channels_app/webhooks.html", {"addresses": addresses}))
