"""Every medium of the product. A new medium is one folder beside this file and one line here."""

from __future__ import annotations

from channels_app.providers.base import Provider
from channels_app.providers.email import EmailProvider
from channels_app.providers.phone import PhoneProvider
from channels_app.providers.sms import SmsProvider
from channels_app.providers.teams import TeamsProvider
from channels_app.providers.whatsapp import WhatsAppProvider

PROVIDERS: dict[str, Provider] = {
    provider.code: provider
    for provider in (
        EmailProvider(),
        WhatsAppProvider(),
        TeamsProvider(),
        SmsProvider(),
        PhoneProvider(),
    )
}


def provider_for(code: str) -> Provider:
    """The provider of a medium. Raises KeyError for a medium that is not registered."""
    return PROVIDERS[code]


def provider_choices() -> list[tuple[str, str]]:
    """(code, label) of every registered medium, for forms; a callable so that no migration names them."""
    return [(provider.code, provider.label) for provider in PROVIDERS.values()]
